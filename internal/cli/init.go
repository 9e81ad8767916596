package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ai-cherry/sophia-secrets/internal/github"
	"github.com/ai-cherry/sophia-secrets/internal/scaffold"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// initFlags are what init needs to know. Without a terminal all of them are flags.
type initFlags struct {
	organization, repository, environment, rootKey string
	names                                          []string
}

func (c *CLI) initCommand() *cobra.Command {
	f := &initFlags{}
	cmd := &cobra.Command{
		Use:   "init [DIR]",
		Short: "Write the repository of a company that starts with this pipeline; nothing is replaced",
		Long: "init writes a Go program, its config, a catalog and both workflows into DIR, the\n" +
			"current folder by default, and says what to do next. On a terminal it asks for what\n" +
			"no flag gives. With GITHUB_TOKEN it takes the names that the organization holds.",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("catalog") {
				return usage(errors.New("init writes DIR/catalog.yaml: leave --catalog out"))
			}
			return c.init(cmd.Context(), append(args, ".")[0], f)
		},
	}
	cmd.Flags().StringVar(&f.organization, "organization", "", "the GitHub organization that holds the secrets")
	cmd.Flags().StringVar(&f.repository, "repository", "", "its repository that is written, without the owner")
	cmd.Flags().StringVar(&f.environment, "environment", "", "the environment that applications will open, ORG/PROJECT/ENV")
	cmd.Flags().StringVar(&f.rootKey, "root-key", "", "the key of it that holds the secrets")
	cmd.Flags().StringSliceVar(&f.names, "names", nil, "the secrets, `A,B,C` (default: those that the organization holds)")
	return cmd
}

func (c *CLI) init(ctx context.Context, dir string, f *initFlags) error {
	if err := c.checkStackName(); err != nil {
		return err
	}
	kept, err := c.mayInit(dir)
	if err != nil {
		return err
	}
	if err := c.gather(ctx, dir, f); err != nil {
		return err
	}
	stack, err := f.stack()
	if err != nil {
		return usage(err)
	}
	known := c.lookUp(ctx, &stack)
	info, _ := debug.ReadBuildInfo()
	r := scaffold.Repository{Stack: stack, StackName: c.stackName, Version: scaffold.Version(info), Names: f.names}
	files, problems := r.Files()
	if len(problems) > 0 {
		return usage(namesProblems(problems))
	}
	for _, name := range kept {
		delete(files, name)
	}
	written, err := scaffold.Write(dir, files)
	if err != nil {
		return couldNot(err, "")
	}
	for _, name := range written {
		c.say("wrote %s", filepath.Join(dir, filepath.FromSlash(name)))
	}
	for _, name := range kept {
		c.say("left %s as it is", filepath.Join(dir, filepath.FromSlash(name)))
	}
	c.sayNext(dir, r, known)
	return nil
}

// mayInit refuses a folder that has one of the files, before anything is asked. It
// returns those that stay.
func (c *CLI) mayInit(dir string) (kept []string, err error) {
	inTheWay, kept, err := scaffold.Existing(dir, c.stackName)
	switch {
	case err != nil:
		return nil, couldNot(err, "")
	case len(inTheWay) > 0:
		return nil, couldNot(fmt.Errorf("%s has %s already: init replaces nothing, and wrote nothing", dir, strings.Join(inTheWay, ", ")), "")
	}
	return kept, nil
}

// stack is the config that init writes.
func (f *initFlags) stack() (secrets.Stack, error) {
	config := map[string]string{
		"organization": f.organization, "repository": f.repository, "environment": f.environment, "rootKey": f.rootKey,
	}
	return secrets.NewStack(f.repository, func(key string) (string, bool) {
		text, ok := config[key]
		return text, ok
	})
}

// lookUp asks GitHub for the default branch, if there is a token. Without an answer
// the branch is main, which up corrects in the workflow that it declares.
func (c *CLI) lookUp(ctx context.Context, stack *secrets.Stack) (known bool) {
	client, ok, err := c.optionalGitHub()
	if !ok && err == nil {
		return false
	}
	var r github.Repository
	if err == nil {
		r, err = client.Repository(ctx, stack.Organization, stack.Repository)
	}
	switch {
	case errors.Is(err, github.ErrNotFound):
	case err != nil:
		_, _ = fmt.Fprintf(c.Stderr, "warning: the default branch is taken for %s: %s\n", stack.DefaultBranch, err)
	case branchName.MatchString(r.DefaultBranch):
		stack.DefaultBranch = r.DefaultBranch
	}
	return err == nil
}

// optionalGitHub is a client if GITHUB_TOKEN is set.
func (c *CLI) optionalGitHub() (client *github.Client, ok bool, err error) {
	text, _ := c.Lookup("GITHUB_TOKEN")
	if text = strings.TrimSpace(text); text == "" {
		return nil, false, nil
	}
	api, err := c.address("GITHUB_API_URL", github.APIURL(""))
	return github.New(api, secrets.NewValue(text), c.HTTP), true, err
}

// namesProblems are the problems of the catalog, as those of the flag that made it.
func namesProblems(problems []secrets.Problem) error {
	var errs []error
	for _, p := range problems {
		errs = append(errs, fmt.Errorf("--names: %s", inLine.ReplaceAllString(p.Message, "")))
	}
	return errors.Join(errs...)
}

var inLine = regexp.MustCompile(` on line [0-9]+`)
