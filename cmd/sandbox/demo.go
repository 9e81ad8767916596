package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ai-cherry/sophia-secrets/internal/fixture"
	"github.com/ai-cherry/sophia-secrets/internal/sandbox/engine"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

func demoCommand() *cobra.Command {
	var keep bool
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Preview, up, drift, preview, up, with the real Pulumi engine",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := demo(cmd.Context(), cmd.OutOrStdout(), keep); err != nil {
				return failure{err}
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&keep, "keep", false, "leave the sandbox running and print how to use it")
	return cmd
}

// demo tells the story of the pipeline. It ends with an error at the first step
// that does not do what it says.
func demo(ctx context.Context, out io.Writer, keep bool) error {
	catalog, err := fixture.Catalog()
	if err != nil {
		return err
	}
	options, err := demoProject(catalog)
	if err != nil {
		return err
	}
	w, err := engine.New(ctx, options)
	if err != nil {
		return err
	}
	defer w.Close()
	s := &story{ctx: ctx, out: out, w: w, seen: map[string]bool{}}
	s.build(len(options.Adopted), len(options.Managed))
	s.use()
	s.drift()
	s.repair()
	if s.err != nil {
		return s.err
	}
	s.say("\nEvery step did what it said.")
	if keep {
		return s.keep()
	}
	return nil
}

// demoProject generates a value for every secret. The stack holds a few of them;
// people set the others.
func demoProject(catalog *secrets.Catalog) (engine.Options, error) {
	o := engine.Options{Root: ".", Adopted: map[string]string{}, Managed: map[string]secrets.Value{}}
	for _, s := range catalog.Secrets {
		o.Adopted[s.GitHubName] = engine.NewValue("demo-", s)
	}
	for _, name := range []string{"DOCKER_TOKEN", "GITHUB_TOKEN", "OPENAI_API_KEY", "POSTGRES_PASSWORD", "SNOWFLAKE_ROLE"} {
		s, ok := catalog.ByName(name)
		if !ok {
			return o, fmt.Errorf("the catalog of the fixture has no %s, which the demo manages: add it", name)
		}
		o.Managed[name] = secrets.NewValue(o.Adopted[s.GitHubName])
		delete(o.Adopted, s.GitHubName)
	}
	return o, nil
}

// alone counts the resources that belong to no secret: the stack, two providers,
// the pipeline, two environments, three files.
const alone = 9

func (s *story) build(adopted, managed int) {
	resources := adopted + 2*managed + alone // a managed secret is a node and an organization secret
	s.title("Nothing is built yet. GitHub holds %d secrets that people set, the stack's config\n"+
		"   %d values. Before anything is written, a preview shows all that up will make.", adopted, managed)
	s.preview(fmt.Sprintf("+ %d to create", resources))
	s.title("One up builds the pipeline, so nobody sets it up by hand in three services.")
	s.up(fmt.Sprintf("+ %d created", resources))
	s.title("The up pushed the mark, whose push starts the workflow. Its sync step writes all\n" +
		"   values to ESC in one revision, so there is never half of a set.")
	s.sync(0)
}

func (s *story) use() {
	s.title("An application reads by key, wherever the value came from.")
	s.secretctl(0, "get", "openai_api_key")
	s.title("Nothing has drifted, so a nightly preview, which fails on any change, passes.")
	s.clean()
}

func (s *story) drift() {
	s.title("Somebody edits the workflow, somebody the environment. Two secrets are deleted in\n" +
		"   GitHub: a managed one, and one that people set. One preview shows all four, before\n" +
		"   an application notices.")
	text, _ := s.w.Sandbox.File(fixture.WorkflowPath)
	s.w.Sandbox.WriteFile(fixture.WorkflowPath, strings.Replace(text, "SECRET_OPENAI_API_KEY", "OPENAI_KEY", 1), "somebody")
	s.fail(s.w.Sandbox.SetDefinition(fixture.Environment, "values:\n  "+fixture.RootKey+":\n    openai_api_key: overridden\n", "somebody"))
	s.w.Sandbox.DeleteSecret("POSTGRES_PASSWORD")
	s.w.Sandbox.DeleteSecret("ANTHROPIC_API_KEY")
	s.preview("RepositoryFile workflow update", "Environment environment update",
		"ActionsOrganizationSecret POSTGRES_PASSWORD create", "organization secret ANTHROPIC_API_KEY is missing; secretctl restore ANTHROPIC_API_KEY puts the store's copy back")
	s.title("One up repairs three of them. The fourth value is known to its owner alone, so up\n" +
		"   says what to type.")
	s.up("RepositoryFile workflow updated", "Environment environment updated",
		"ActionsOrganizationSecret POSTGRES_PASSWORD created", "organization secret ANTHROPIC_API_KEY is missing; secretctl restore ANTHROPIC_API_KEY puts the store's copy back")
	s.title("Sync keeps the old value of the secret that did not arrive, so applications go on.\n" +
		"   It exits 1, so nobody mistakes that for success.")
	s.sync(1)
}

func (s *story) repair() {
	s.title("The owner sets the secret. Up moves the mark, and the sync that its push starts\n" +
		"   writes the new value, without anybody remembering to.")
	s.fail(s.w.Sandbox.SetSecret("ANTHROPIC_API_KEY", "demo-set-again", "private"))
	s.up("RepositoryFile mark updated")
	s.sync(0)
	s.title("Nothing drifts: all four are mended, and no value was lost on the way.")
	s.clean()
}
