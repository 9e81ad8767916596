package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ai-cherry/sophia-secrets/internal/github"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

func (c *CLI) appTokenCommand() *cobra.Command {
	var readOnly bool
	cmd := &cobra.Command{
		Use:   "app-token",
		Short: "Give the following steps of a job a GitHub token of the App in APP_ID and APP_PRIVATE_KEY",
		Long: "app-token asks GitHub for a token that is good for an hour and for what pulumi up\n" +
			"needs, or with --read-only for what pulumi preview needs. The job finds it as the\n" +
			"output \"token\" of the step; it is masked in the log.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.appToken(cmd.Context(), readOnly) },
	}
	cmd.Flags().BoolVar(&readOnly, "read-only", false, "a token that cannot write")
	return cmd
}

func (c *CLI) appToken(ctx context.Context, readOnly bool) error {
	stack, err := c.stack()
	if err != nil {
		return err
	}
	outputs, app, err := c.job()
	if err != nil {
		return err
	}
	api, err := c.address("GITHUB_API_URL", github.APIURL(stack.GitHubBaseURL))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, serviceTimeout)
	defer cancel()
	token, err := app.Token(ctx, api, stack.Organization, permissions(stack, readOnly), c.HTTP)
	if err != nil {
		return couldNot(err, "")
	}
	return c.handOver(token, outputs)
}

// job is what a step of a job finds: the file of its outputs and the App.
func (c *CLI) job() (outputs string, app github.App, err error) {
	var missing []string
	get := func(name string) string {
		text, _ := c.Lookup(name)
		if text = strings.TrimSpace(text); text == "" {
			missing = append(missing, name)
		}
		return text
	}
	outputs = get("GITHUB_OUTPUT")
	app = github.App{ID: get("APP_ID"), Key: secrets.NewValue(get("APP_PRIVATE_KEY"))}
	if len(missing) > 0 {
		return "", app, couldNot(fmt.Errorf("not set: %s; this is for a job of GitHub whose environment has the App's variable and secret", strings.Join(missing, ", ")), "")
	}
	return outputs, app, nil
}

// handOver masks the token before anything can print it.
func (c *CLI) handOver(token secrets.Value, outputs string) error {
	if strings.ContainsAny(token.Reveal(), "\r\n") {
		return couldNot(errors.New("the token of GitHub holds a line end"), "")
	}
	if err := c.write("::add-mask::" + token.Reveal() + "\n"); err != nil {
		return err
	}
	file, err := os.OpenFile(outputs, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return couldNot(fmt.Errorf("opening the outputs of the step: %w", err), "")
	}
	_, err = file.WriteString("token=" + token.Reveal() + "\n")
	if err := errors.Join(err, file.Close()); err != nil {
		return couldNot(fmt.Errorf("writing the outputs of the step: %w", err), "")
	}
	return nil
}

// permissions are what a preview and an up ask of GitHub. docs/ci.md says what each
// is for.
func permissions(stack secrets.Stack, readOnly bool) map[string]string {
	all := map[string]string{"metadata": "read", "organization_secrets": "read", "secrets": "read", "contents": "read"}
	if stack.GitHubEnvironment != "" {
		all["environments"] = "read"
	}
	if !readOnly {
		for _, name := range []string{"organization_secrets", "contents", "workflows", "actions"} {
			all[name] = "write"
		}
	}
	return all
}
