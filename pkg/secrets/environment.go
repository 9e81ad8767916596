package secrets

import (
	"fmt"
	"regexp"
	"strings"
)

// EnvironmentName is an ESC environment: ORG/PROJECT/ENV.
type EnvironmentName struct{ Organization, Project, Name string }

var environmentPart = regexp.MustCompile(`\A[A-Za-z0-9_.-]+\z`)

// ParseEnvironmentName reads ORG/PROJECT/ENV.
func ParseEnvironmentName(text string) (EnvironmentName, error) {
	parts := strings.Split(text, "/")
	ok := len(parts) == 3
	for _, part := range parts {
		ok = ok && environmentPart.MatchString(part) && strings.Trim(part, ".") != ""
	}
	if !ok {
		return EnvironmentName{}, fmt.Errorf("environment %q is not of the form ORG/PROJECT/ENV", text)
	}
	return EnvironmentName{parts[0], parts[1], parts[2]}, nil
}

// String is ORG/PROJECT/ENV.
func (n EnvironmentName) String() string {
	return n.Organization + "/" + n.Project + "/" + n.Name
}

// Store is the environment beside n that holds the values.
func (n EnvironmentName) Store() EnvironmentName {
	n.Name += "-store"
	return n
}

// Import is the name as other environments of the organization import it.
func (n EnvironmentName) Import() string { return n.Project + "/" + n.Name }
