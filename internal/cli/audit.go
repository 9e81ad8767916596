package cli

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

// auditor is the command that audits code. It is apart from secretctl, since the job
// that holds the secrets must not compile a scanner.
const auditor = "secretaudit"

func (c *CLI) auditCommand() *cobra.Command {
	return &cobra.Command{
		Use:                "audit [ARG...]",
		Short:              "Run secretaudit, which finds what reads each secret; its arguments and exit code",
		DisableFlagParsing: true, // they are secretaudit's
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.audit(cmd.Context(), args)
		},
	}
}

func (c *CLI) audit(ctx context.Context, args []string) error {
	path, err := exec.LookPath(auditor)
	if err != nil && !errors.Is(err, exec.ErrDot) {
		return couldNot(fmt.Errorf("%s is not installed", auditor), installAuditor(debug.ReadBuildInfo()))
	}
	if err != nil {
		return couldNot(fmt.Errorf("starting %s: %w", auditor, err), "")
	}
	child := exec.CommandContext(context.WithoutCancel(ctx), path, args...)
	child.Stdin, child.Stdout, child.Stderr = c.Stdin, c.Stdout, c.Stderr
	return c.runChild(ctx, child)
}

// installAuditor is the command that installs secretaudit of the version that this
// secretctl was built from.
func installAuditor(info *debug.BuildInfo, ok bool) string {
	const name = "github.com/ai-cherry/sophia-secrets"
	module, version := name, ""
	if ok {
		for _, m := range append([]*debug.Module{&info.Main}, info.Deps...) {
			if m.Path == name || strings.HasSuffix(m.Path, "/sophia-secrets") {
				module, version = m.Path, m.Version
			}
		}
	}
	if version == "" || version == "(devel)" {
		version = "latest"
	}
	return fmt.Sprintf("go install %s/cmd/%s@%s", module, auditor, version)
}
