package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/ai-cherry/sophia-secrets/internal/status"
)

// serviceTimeout bounds a command that reads both services.
const serviceTimeout = 2 * time.Minute

// statusFlags are what status takes.
type statusFlags struct {
	format format
	all    bool
}

func (c *CLI) statusCommand() *cobra.Command {
	f := &statusFlags{format: format{words: []string{"text", "json", "markdown", "html"}}}
	command := &cobra.Command{
		Use:   "status",
		Short: "Show where every secret stands, from GitHub to ESC; exit 1 on drift",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := f.format.check(); err != nil {
				return err
			}
			return c.status(cmd.Context(), f)
		},
	}
	f.format.addTo(command)
	command.Flags().BoolVar(&f.all, "all", false, "print every secret, not only those with findings")
	return command
}

func (c *CLI) status(ctx context.Context, f *statusFlags) error {
	ctx, cancel := context.WithTimeout(ctx, serviceTimeout)
	defer cancel()
	seen, err := c.observe(ctx, "secretctl status")
	if err != nil {
		return err
	}
	s := status.Of(seen.world)
	write := map[string]func() error{
		"text":     func() error { return s.WriteText(c.Stdout, status.Text{All: f.all, Paint: c.painter()}) },
		"json":     func() error { return s.WriteJSON(c.Stdout) },
		"markdown": func() error { return s.WriteMarkdown(c.Stdout) },
		"html":     func() error { return status.WriteHTML(c.Stdout, seen.world) },
	}
	if err := write[f.format.chosen](); err != nil {
		return couldNot(fmt.Errorf("writing the status: %w", err), "")
	}
	if s.Drifts() {
		return &failure{exitFindings, errors.New("there is drift"), "pulumi preview"}
	}
	return nil
}
