package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/ai-cherry/sophia-secrets/internal/doctor"
	"github.com/ai-cherry/sophia-secrets/internal/github"
	"github.com/ai-cherry/sophia-secrets/internal/observe"
	"github.com/ai-cherry/sophia-secrets/internal/uses"
)

func (c *CLI) doctorCommand() *cobra.Command {
	f := &format{words: []string{"text", "json"}}
	command := &cobra.Command{
		Use:   "doctor [NAME]",
		Short: "Check everything that the pipeline needs, or follow one secret to its reader; exit 1 when a check fails",
		Long: "doctor checks tokens, rights, the repository, the workflow and its runs, the\n" +
			"environment and the clock: a line each, with the command that mends what fails.\n" +
			"With a name, a GitHub name, an alias or a key it follows that secret: GitHub has it,\n" +
			"the workflow passes it, sync maps it, the reader has it, nothing overrides it.",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.check(); err != nil {
				return err
			}
			return c.doctor(cmd.Context(), f.chosen, args)
		},
	}
	command.ValidArgsFunction = c.complete(nameOf)
	f.addTo(command)
	return command
}

func (c *CLI) doctor(ctx context.Context, format string, args []string) error {
	in, err := c.input(ctx)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, serviceTimeout)
	defer cancel()
	if len(args) == 1 {
		return c.follow(ctx, in, format, args[0])
	}
	d, err := c.newDoctor(in)
	if err != nil {
		return err
	}
	return c.writeChecks(format, d.Examine(ctx))
}

// newDoctor leaves out the client whose token is missing: that is a check's to say.
func (c *CLI) newDoctor(in input) (doctor.Doctor, error) {
	d := doctor.Doctor{Stack: in.stack, Catalog: in.catalog, Read: c.readHere, Now: time.Now}
	address, err := c.address("GITHUB_API_URL", github.APIURL(in.stack.GitHubBaseURL))
	if err != nil {
		return d, err
	}
	if token, err := c.token("GITHUB_TOKEN"); err == nil {
		d.GitHub = github.New(address, token, c.HTTP)
	}
	if _, err := c.address("PULUMI_API", in.stack.PulumiAPIURL); err != nil {
		return d, err
	}
	if client, err := c.escClient(in.stack); err == nil {
		d.ESC = client
	}
	d.Observe = observe.Observer{Stack: in.stack, Catalog: in.catalog, Uses: in.uses, GitHub: d.GitHub, ESC: d.ESC, Now: time.Now()}
	return d, nil
}

func (c *CLI) follow(ctx context.Context, in input, format, name string) error {
	s, nearest, ok := doctor.Find(in.catalog, name)
	if !ok {
		hint := "secretctl list"
		if len(nearest) > 0 {
			hint = "secretctl doctor " + nearest[0]
		}
		said := fmt.Sprintf("the catalog has no %q", name)
		if lines := in.uses.Readers(name); len(lines) > 0 { // a key that was renamed or removed
			said += ", which is read in " + uses.Name(lines, len(lines))
		}
		return &failure{exitUsage, errors.New(said), hint}
	}
	clients, err := c.services(in.stack)
	if err != nil {
		return err
	}
	d, err := c.newDoctor(in)
	if err != nil {
		return err
	}
	d.GitHub, d.ESC = clients.github, clients.esc
	checks, err := d.Follow(ctx, s)
	if err != nil {
		return couldNot(err, serviceHint(err, "secretctl doctor"))
	}
	return c.writeChecks(format, checks)
}

// readHere reads a file beside Pulumi.yaml.
func (c *CLI) readHere(path string) (string, bool) {
	text, err := os.ReadFile(filepath.Join(c.folder(), filepath.FromSlash(path)))
	return string(text), err == nil
}

func (c *CLI) writeChecks(format string, checks []doctor.Check) error {
	text := c.checksText(checks)
	if format == "json" {
		text = checksJSON(checks)
	}
	if err := c.write(text); err != nil {
		return err
	}
	n := 0
	for _, check := range checks {
		if check.State == doctor.Fail {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	return findings(n, "failed check")
}

// checksText is a line for each check; the command that mends it stands below.
func (c *CLI) checksText(checks []doctor.Check) string {
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	for _, check := range checks {
		line := check.Evidence
		if check.Command != "" {
			line += ": " + check.Command
		}
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\n", check.State, check.Name, line)
	}
	_ = table.Flush() // a Builder takes everything
	if !c.colours() {
		return text.String()
	}
	var painted strings.Builder
	for line := range strings.Lines(text.String()) {
		state, rest, _ := strings.Cut(line, " ")
		painted.WriteString(stateColours[doctor.State(state)] + state + plain + " " + rest)
	}
	return painted.String()
}

var stateColours = map[doctor.State]string{doctor.Pass: green, doctor.Fail: red, doctor.Unknown: yellow}

func checksJSON(checks []doctor.Check) string {
	type jsonCheck struct {
		Name     string       `json:"name"`
		State    doctor.State `json:"state"`
		Evidence string       `json:"evidence"`
		Command  string       `json:"command,omitempty"`
	}
	document := struct {
		Version int         `json:"version"`
		Failed  bool        `json:"failed"`
		Checks  []jsonCheck `json:"checks"`
	}{Version: 1, Failed: doctor.Failed(checks), Checks: []jsonCheck{}}
	for _, c := range checks {
		document.Checks = append(document.Checks, jsonCheck(c))
	}
	text, _ := json.MarshalIndent(document, "", "  ") // strings alone: cannot fail
	return string(text) + "\n"
}
