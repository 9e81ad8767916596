// Command sandbox runs GitHub and Pulumi Cloud on this machine, in memory, to try
// the pipeline against.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// The exit codes.
const (
	exitFine  = 0
	exitUsage = 2
	exitError = 3
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// failure is an error that is not about the command line.
type failure struct{ error }

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := &cobra.Command{
		Use:           "sandbox",
		Short:         "GitHub and Pulumi Cloud on this machine, to try the pipeline without an account",
		SilenceErrors: true, SilenceUsage: true,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.AddCommand(serveCommand(), demoCommand())
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	var failed failure
	switch {
	case err == nil:
		return exitFine
	case errors.As(err, &failed):
		_, _ = fmt.Fprintln(stderr, "error:", err)
		return exitError
	default:
		_, _ = fmt.Fprintf(stderr, "error: %v\nhint: sandbox --help\n", err)
		return exitUsage
	}
}
