package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/ai-cherry/sophia-secrets/internal/status"
)

func (c *CLI) statusCommand() *cobra.Command {
	var format string
	command := &cobra.Command{
		Use:   "status",
		Short: "Show where every secret stands, from GitHub to ESC; exit 1 on drift",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if formats := []string{"json", "markdown", "text"}; !slices.Contains(formats, format) {
				return usage(fmt.Errorf(`--format %q is not one of "json", "markdown", "text"`, format))
			}
			return c.status(cmd.Context(), format)
		},
	}
	command.Flags().StringVar(&format, "format", "text", `"text", "json" or "markdown"`)
	return command
}

func (c *CLI) status(ctx context.Context, format string) error {
	catalog, stack, services, err := c.pipeline()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	observer := &status.Observer{Stack: stack, Catalog: catalog, GitHub: services.github, ESC: services.esc, Now: time.Now()}
	s, err := observer.Observe(ctx)
	if err != nil {
		return couldNot(err, serviceHint(err, "secretctl status, when the cause is mended"))
	}
	write := map[string]func() error{
		"text":     func() error { return s.WriteText(c.Stdout) },
		"json":     func() error { return s.WriteJSON(c.Stdout) },
		"markdown": func() error { return s.WriteMarkdown(c.Stdout) },
	}
	if err := write[format](); err != nil {
		return couldNot(fmt.Errorf("writing the status: %w", err), "")
	}
	if s.Drifts() {
		return &failure{exitFindings, errors.New("there is drift"), "pulumi preview"}
	}
	return nil
}
