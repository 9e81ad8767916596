package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ai-cherry/sophia-secrets/internal/sandbox/engine"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
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

// managed are the secrets that the demo's stack holds the values of; people set
// the other 29.
var managed = []string{
	"DOCKER_TOKEN", "GITHUB_APP_ID", "GITHUB_TOKEN", "GRAFANA_PASSWORD", "OPENAI_API_KEY", "PINECONE_ENVIRONMENT",
	"POSTGRES_PASSWORD", "SNOWFLAKE_ACCOUNT", "SNOWFLAKE_DATABASE", "SNOWFLAKE_ROLE", "SNOWFLAKE_USERNAME", "SNOWFLAKE_WAREHOUSE",
}

const environment = "scoobyjava-org/default/sophia-ai-production"

// demo tells the story of the pipeline. It ends with an error at the first step
// that does not go as told.
func demo(ctx context.Context, out io.Writer, keep bool) error {
	options, err := demoWorld("catalog.yaml")
	if err != nil {
		return err
	}
	w, err := engine.New(ctx, options)
	if err != nil {
		return err
	}
	defer w.Close()
	s := &story{ctx: ctx, out: out, w: w, pulumi: &changes{out: out}}
	for _, chapter := range []func(*story){(*story).build, (*story).use, (*story).drift, (*story).repair} {
		chapter(s)
	}
	if s.err != nil {
		return s.err
	}
	s.say("Every step went as told.")
	if keep {
		s.keep()
	}
	return nil
}

// demoWorld generates a value for every secret of the catalog.
func demoWorld(catalogFile string) (engine.Options, error) {
	catalog, problems, err := secrets.Load(catalogFile)
	if err != nil || len(problems) > 0 {
		return engine.Options{}, fmt.Errorf("loading the catalog: %d problems: secretctl check: %w", len(problems), err)
	}
	o := engine.Options{Root: ".", Adopted: map[string]string{}, Managed: map[string]secrets.Value{}}
	for _, s := range catalog.Secrets {
		o.Adopted[s.GitHubName] = engine.NewValue("demo-", s)
	}
	for _, name := range managed {
		s, _ := catalog.ByName(name)
		o.Managed[name] = secrets.NewValue(o.Adopted[s.GitHubName])
		delete(o.Adopted, s.GitHubName)
	}
	return o, nil
}

// story runs steps until one fails; those after it do nothing.
type story struct {
	ctx    context.Context
	out    io.Writer
	pulumi io.Writer // out, for what Pulumi prints
	w      *engine.World
	step   int
	err    error
}

func (s *story) build() {
	s.title("An empty world: 29 secrets that people set in the organization, 12 values in the stack's config")
	s.preview("+ 61 to create")
	s.title("One up builds the pipeline")
	s.up("+ 61 created")
	s.title("The push of the mark starts the workflow; its sync step moves the values")
	s.sync(0)
}

func (s *story) use() {
	s.title("An application reads by key")
	s.secretctl(0, "get", "openai_api_key")
	s.title("Nothing drifts")
	s.clean()
}

func (s *story) drift() {
	s.title("Somebody edits the workflow, somebody the environment; somebody deletes a managed secret, somebody one that people set")
	text, _ := s.w.Sandbox.File(workflow.Path)
	s.w.Sandbox.WriteFile(workflow.Path, strings.Replace(text, "SECRET_OPENAI_API_KEY", "OPENAI_KEY", 1), "somebody")
	s.fail(s.w.Sandbox.SetDefinition(environment, "values:\n  sophia:\n    openai_api_key: overridden\n", "somebody"))
	s.w.Sandbox.DeleteSecret("POSTGRES_PASSWORD")
	s.w.Sandbox.DeleteSecret("ANTHROPIC_API_KEY")
	s.preview("RepositoryFile workflow update", "Environment environment update",
		"ActionsOrganizationSecret POSTGRES_PASSWORD create", "organization secret ANTHROPIC_API_KEY is missing: gh secret set")
	s.title("One up repairs what it can, and says who has to do the rest")
	s.up("RepositoryFile workflow updated", "Environment environment updated",
		"ActionsOrganizationSecret POSTGRES_PASSWORD created", "organization secret ANTHROPIC_API_KEY is missing: gh secret set")
	s.title("Sync keeps the value of the secret that did not arrive, and does not call that well")
	s.sync(1)
}

func (s *story) repair() {
	s.title("The person sets the secret; up moves the mark, and the sync that its push starts is whole again")
	s.fail(s.w.Sandbox.SetSecret("ANTHROPIC_API_KEY", "demo-set-again", "private"))
	s.up("RepositoryFile mark updated")
	s.sync(0)
	s.title("Nothing drifts")
	s.clean()
}

// keep waits with the sandbox running.
func (s *story) keep() {
	s.say("\nThe sandbox runs until you press Ctrl-C. In another terminal, in this folder, with Pulumi installed:\n")
	for _, name := range []string{"GITHUB_TOKEN", "PULUMI_ACCESS_TOKEN", "PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE"} {
		text, _ := s.w.Lookup(name)
		s.say("  export %s=%s", name, text)
	}
	config := s.w.Dir + "/Pulumi." + engine.StackName + ".yaml"
	s.say("  pulumi preview --stack %s --config-file %s", engine.StackName, config)
	s.say("  pulumi up --stack %s --config-file %s", engine.StackName, config)
	<-s.ctx.Done()
}

func (s *story) say(format string, args ...any) { _, _ = fmt.Fprintf(s.out, format+"\n", args...) }

func (s *story) title(text string) {
	if s.err == nil {
		s.step++
		s.say("\n== %d. %s", s.step, text)
	}
}

func (s *story) fail(err error) {
	if s.err == nil && err != nil {
		text, _, _ := strings.Cut(err.Error(), "\n") // what Pulumi printed stands above
		s.err = fmt.Errorf("step %d: %s", s.step, text)
	}
}

// told ends a step: the command must have gone well and printed these words.
func (s *story) told(out string, err error, want []string) {
	s.fail(err)
	for _, text := range want {
		if !strings.Contains(strings.Join(strings.Fields(out), " "), text) {
			s.fail(fmt.Errorf("%q was not printed", text))
		}
	}
}

func (s *story) preview(want ...string) {
	if s.err != nil {
		return
	}
	s.say("$ pulumi preview")
	out, err := s.w.Preview(s.ctx, s.pulumi, false)
	s.told(out, err, want)
}

func (s *story) clean() {
	if s.err != nil {
		return
	}
	s.say("$ pulumi preview --expect-no-changes")
	out, err := s.w.Preview(s.ctx, s.pulumi, true)
	s.told(out, err, nil)
}

func (s *story) up(want ...string) {
	if s.err != nil {
		return
	}
	s.say("$ pulumi up")
	out, err := s.w.Up(s.ctx, s.pulumi)
	s.told(out, err, want)
}

func (s *story) sync(code int) {
	if s.err != nil {
		return
	}
	s.say("$ secretctl sync")
	got, err := s.w.Sync(s.ctx, s.out, s.out)
	s.fail(err)
	if got != code {
		s.fail(fmt.Errorf("secretctl sync exits %d instead of %d", got, code))
	}
}

func (s *story) secretctl(code int, args ...string) {
	if s.err != nil {
		return
	}
	s.say("$ secretctl %s", strings.Join(args, " "))
	var out bytes.Buffer
	if got := s.w.Secretctl(s.ctx, s.w.Credentials(), io.MultiWriter(&out, s.out), os.Stderr, args...); got != code || out.Len() == 0 {
		s.fail(fmt.Errorf("secretctl %s exits %d with %d bytes of output", args[0], got, out.Len()))
	}
	s.say("")
}
