package cli

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ai-cherry/sophia-secrets/pkg/access"
)

func (c *CLI) getCommand() *cobra.Command {
	t := &target{}
	cmd := &cobra.Command{
		Use:     "get KEY",
		Short:   "Print the value of a key and nothing else, as applications read it",
		Example: "  secretctl get openai_api_key",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.get(cmd.Context(), args[0], *t)
		},
	}
	cmd.ValidArgsFunction = c.complete(keysOf)
	t.addTo(cmd, "to open")
	return cmd
}

func (c *CLI) get(ctx context.Context, key string, t target) error {
	reader, err := c.reader(t)
	if err != nil {
		return err
	}
	value, err := reader.Get(ctx, key)
	if err != nil {
		return c.getFailure(ctx, err)
	}
	text := value.Reveal()
	if c.Terminal && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	return c.write(text)
}

// reader reads the environment as applications do.
func (c *CLI) reader(t target) (*access.Reader, error) {
	stack, err := c.targetStack(t)
	if err != nil {
		return nil, err
	}
	token, err := c.token("PULUMI_ACCESS_TOKEN")
	if err != nil {
		return nil, err
	}
	reader, err := access.New(
		access.Environment(stack.Environment.String()),
		access.RootKey(stack.RootKey),
		access.API(stack.PulumiAPIURL),
		access.Token(token.Reveal()),
		access.HTTPClient(c.HTTP),
	)
	if err != nil {
		return nil, couldNot(err, "")
	}
	return reader, nil
}

func (c *CLI) getFailure(ctx context.Context, err error) error {
	var missing *access.MissingError
	var down *access.UnavailableError
	switch {
	case errors.As(err, &missing):
		return &failure{exitFindings, err, c.missingHint(ctx, missing)}
	case errors.As(err, &down):
		return couldNot(down, serviceHint(down, ""))
	}
	return couldNot(err, "")
}

// missingHint consults the catalog, if there is one.
func (c *CLI) missingHint(ctx context.Context, missing *access.MissingError) string {
	catalog, _, _ := c.loadCatalog(ctx)
	if catalog != nil {
		if _, ok := catalog.ByKey(missing.Key); ok {
			return "secretctl status"
		}
	}
	if len(missing.Nearest) > 0 {
		return "secretctl get " + missing.Nearest[0]
	}
	return "secretctl list"
}
