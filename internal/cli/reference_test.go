package cli

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

const reference = "../../docs/secretctl.md"

// docs/secretctl.md is what the commands say of themselves; UPDATE=1 renews it.
func TestReference(t *testing.T) {
	got := "# secretctl\n\nEvery command, from the code. `secretctl COMMAND --help` prints the same.\n\n" +
		"Exit codes: 0 fine, 1 findings or drift, 2 wrong usage, 3 it could not be done; after `secretctl run`, that of the\n" +
		"command. Completion for a shell: `secretctl completion --help`. `NO_COLOR=1` turns colours off.\n"
	root := (&CLI{}).command()
	got += flagsOf(root.PersistentFlags())
	for _, command := range root.Commands() {
		got += describe(command)
	}
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(reference, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(reference)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("UPDATE=1 go test ./internal/cli -run Reference (-page +code):\n%s", diff)
	}
}

func describe(command *cobra.Command) string {
	text := "\n## " + command.UseLine() + "\n\n" + command.Short + ".\n"
	if command.Long != "" {
		text += "\n" + command.Long + "\n"
	}
	text += flagsOf(command.LocalFlags())
	for _, below := range command.Commands() {
		text += describe(below)
	}
	return text
}

func flagsOf(flags *pflag.FlagSet) string {
	var rows strings.Builder
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" {
			return
		}
		kind, usage := pflag.UnquoteUsage(f)
		rows.WriteString("| `" + strings.TrimSpace("--"+f.Name+" "+kind) + "` | " + strings.ReplaceAll(usage, "|", `\|`) + " |\n")
	})
	if rows.Len() == 0 {
		return ""
	}
	return "\n| flag | |\n|---|---|\n" + rows.String()
}

// Every command says how it is used in a sentence without a full stop.
func TestHelp(t *testing.T) {
	for _, command := range (&CLI{}).command().Commands() {
		if command.Short == "" || strings.HasSuffix(command.Short, ".") {
			t.Errorf("%s: %q", command.Name(), command.Short)
		}
	}
}

func TestColours(t *testing.T) {
	for _, tc := range []struct {
		terminal bool
		env      map[string]string
		want     bool
	}{
		{true, nil, true}, {false, nil, false},
		{true, map[string]string{"NO_COLOR": "1"}, false}, {true, map[string]string{"TERM": "dumb"}, false},
	} {
		c := &CLI{Terminal: tc.terminal, Lookup: func(name string) (string, bool) { text, ok := tc.env[name]; return text, ok }}
		if got := c.colours(); got != tc.want {
			t.Errorf("terminal %v, %v: %v", tc.terminal, tc.env, got)
		}
	}
}
