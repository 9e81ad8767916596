package workflow

import (
	"regexp"
	"slices"

	"go.yaml.in/yaml/v4"
)

var (
	passed    = regexp.MustCompile(`\A\$\{\{ *secrets\.([A-Za-z_][A-Za-z0-9_]*) *\}\}\z`)
	reference = regexp.MustCompile(`\bsecrets\.([A-Za-z_][A-Za-z0-9_]*)`)
)

// Variable is the environment variable in which the workflow passes the secret
// githubName to sync. The prefix keeps a secret from shadowing a credential, PATH
// or a variable of the runner.
func Variable(githubName string) string { return "SECRET_" + githubName }

// Passes returns the variables of a workflow's steps that hold a secret and
// nothing else, each with the GitHub name of its secret. A text that is not a
// workflow passes none.
func Passes(text string) map[string]string {
	var file struct {
		Jobs map[string]struct {
			Steps []struct {
				Env map[string]string `yaml:"env"`
			} `yaml:"steps"`
		} `yaml:"jobs"`
	}
	names := map[string]string{}
	if yaml.Unmarshal([]byte(text), &file) != nil {
		return names
	}
	for _, job := range file.Jobs {
		for _, step := range job.Steps {
			for variable, value := range step.Env {
				if match := passed.FindStringSubmatch(value); match != nil {
					names[variable] = match[1]
				}
			}
		}
	}
	return names
}

// References returns the GitHub names of all secrets that a text mentions, sorted.
func References(text string) []string {
	var names []string
	for _, match := range reference.FindAllStringSubmatch(text, -1) {
		names = append(names, match[1])
	}
	slices.Sort(names)
	return slices.Compact(names)
}
