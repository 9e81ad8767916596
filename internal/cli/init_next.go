package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/ai-cherry/sophia-secrets/internal/scaffold"
	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

// sayNext prints the way from the files to the first sync, a command a line. The
// first commit starts no workflow: before the first up there is nothing to sync.
func (c *CLI) sayNext(dir string, r scaffold.Repository, known bool) {
	s := r.Stack
	name := s.Organization + "/" + s.Repository
	var steps [][2]string
	add := func(command, why string) { steps = append(steps, [2]string{command, why}) }
	if dir != "." {
		add("cd "+quoted(dir), "")
	}
	add("go mod tidy", "pins what the jobs build; a private copy of the module: docs/start.md")
	add("pulumi login", "")
	add(fmt.Sprintf("pulumi stack init %s/%s", s.Environment.Organization, r.StackName), "")
	if !isRepository(dir) {
		add("git init --initial-branch "+s.DefaultBranch, "")
	}
	add("git add . && git commit --message 'Add the secret pipeline [skip ci]'", "no job runs before the first up")
	switch {
	case hasRemote(dir):
		add("git push --set-upstream origin HEAD", "")
	case known:
		add(fmt.Sprintf("git remote add origin https://github.com/%s.git && git push --set-upstream origin HEAD", name), "")
	default:
		add(fmt.Sprintf("gh repo create %s --private --source . --push", name), "private: the mark shows dates")
	}
	add("gh secret set PULUMI_ACCESS_TOKEN --repo "+name, "with it the sync writes to ESC")
	add("export GITHUB_TOKEN=... PULUMI_ACCESS_TOKEN=...", "yours; the rights they need: docs/start.md")
	add("pulumi preview", "")
	add("pulumi up", "its commit of the mark starts the first sync")
	add("git pull", "")
	add("go tool secretctl status", "")
	c.say("\nnext:")
	for i, step := range steps {
		line := fmt.Sprintf("%3d. %s", i+1, step[0])
		if step[1] != "" {
			line += "   # " + step[1]
		}
		c.say("%s", line)
	}
	c.say("\nthen let %s do it: https://%s/blob/main/docs/ci.md", workflow.PulumiPath(r.StackName), scaffold.Module)
}

// isRepository reports whether dir is the top of a git checkout.
func isRepository(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, ".git"))
	return err == nil
}

func hasRemote(dir string) bool {
	config, err := os.ReadFile(filepath.Join(dir, ".git", "config"))
	return err == nil && strings.Contains(string(config), `[remote "origin"]`)
}

// quoted is a path as a shell takes it.
func quoted(path string) string {
	if strings.Trim(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-") == "" {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}
