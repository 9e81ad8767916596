package command

import (
	"context"
	"errors"
	"os/exec"
	"regexp"
	"strings"

	"github.com/ai-cherry/sophia-secrets/internal/uses"
)

// writeUses writes who reads what in this repository.
func (f *flags) writeUses(ctx context.Context, reads uses.Reads) error {
	name := f.repository
	if name == "" {
		var err error
		if name, err = remote(ctx, f.root); err != nil {
			return couldNot(err, "secretaudit --uses "+f.uses+" --repository OWNER/NAME "+f.root)
		}
	}
	known, err := uses.Load(f.uses)
	if err != nil {
		return couldNot(err, "")
	}
	if known == nil {
		known = &uses.Uses{}
	}
	known.Set(name, reads)
	if err := known.Write(f.uses); err != nil {
		return couldNot(err, "")
	}
	return nil
}

// repositoryURL is https://HOST/OWNER/NAME.git, git@HOST:OWNER/NAME and their like.
var repositoryURL = regexp.MustCompile(`[/:]([A-Za-z0-9_.-]+)/([A-Za-z0-9_.-]+?)(?:\.git)?/?$`)

// remote is the repository that git knows as origin. Its address may hold a token, so
// nothing else of it is ever printed.
func remote(ctx context.Context, root string) (string, error) {
	out, err := exec.CommandContext(ctx, "git", "-C", root, "config", "--get", "remote.origin.url").Output()
	m := repositoryURL.FindStringSubmatch(strings.TrimSpace(string(out)))
	if err != nil || m == nil {
		return "", errors.New("git knows no remote origin of the folder: name the repository")
	}
	return m[1] + "/" + m[2], nil
}
