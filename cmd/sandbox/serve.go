package main

import (
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ai-cherry/sophia-secrets/internal/fixture"
	"github.com/ai-cherry/sophia-secrets/internal/sandbox"
)

// serveCommand is the command that runs the sandbox until it is interrupted.
func serveCommand() *cobra.Command {
	var options sandbox.Options
	var names string
	c := &cobra.Command{
		Use:   "serve",
		Short: "Run the sandbox until interrupted, and print how to point the pipeline at it",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			s, err := sandbox.Start(options)
			if err != nil {
				return failure{fmt.Errorf("starting the sandbox: %w", err)}
			}
			defer func() { _ = s.Close() }()
			if err := setSecrets(s, names); err != nil {
				return failure{err}
			}
			printExports(c.OutOrStdout(), s, options)
			<-c.Context().Done()
			return nil
		},
	}
	flags := c.Flags()
	flags.StringVar(&options.Address, "address", "127.0.0.1:8080", "loopback `address` to listen on; port 0 takes a free one")
	flags.StringVar(&options.Organization, "organization", fixture.Organization, "GitHub `organization`")
	flags.StringVar(&options.Repository, "repository", fixture.Repository, "`name` of its repository")
	flags.StringVar(&options.PulumiOrganization, "pulumi-organization", fixture.PulumiOrganization, "Pulumi `organization`")
	flags.StringVar(&names, "secret-names", "", "`file` with a GitHub name a line: organization secrets to set to random values")
	return c
}

// setSecrets sets each name of a file to a random value; without a file it does
// nothing.
func setSecrets(s *sandbox.Server, file string) error {
	if file == "" {
		return nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("reading secret names: %w", err)
	}
	for name := range strings.FieldsSeq(string(text)) {
		if err := s.SetSecret(name, rand.Text(), "private"); err != nil {
			return fmt.Errorf("setting secret %s: %w", name, err)
		}
	}
	return nil
}

// printExports prints what a shell needs. The tokens are good for this sandbox
// only.
func printExports(w io.Writer, s *sandbox.Server, o sandbox.Options) {
	_, _ = fmt.Fprintf(w, `# The sandbox listens on %[1]s. Interrupt it to end it; everything in it is lost then.
export GITHUB_TOKEN=%[2]s
export GITHUB_API_URL=%[3]s
export PULUMI_ACCESS_TOKEN=%[4]s
export PULUMI_API=%[1]s
# For Pulumi, with the state in a folder of its own:
export PULUMI_BACKEND_URL=file://$(mktemp -d)
export PULUMI_CONFIG_PASSPHRASE=sandbox
#   pulumi stack init sandbox
#   pulumi config set organization %[6]s
#   pulumi config set repository %[7]s
#   pulumi config set environment %[8]s/default/sandbox
#   pulumi config set rootKey app
#   pulumi config set githubBaseUrl %[5]s
#   pulumi config set pulumiApiUrl %[1]s
`, s.PulumiURL(), s.Tokens().GitHub, s.GitHubAPI(), s.Tokens().Pulumi, s.GitHubURL(), o.Organization, o.Repository, o.PulumiOrganization)
}
