package pipeline

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"

	"github.com/ai-cherry/sophia-secrets/internal/github"
	"github.com/ai-cherry/sophia-secrets/internal/oidc"
	"github.com/ai-cherry/sophia-secrets/internal/uses"
	"github.com/ai-cherry/sophia-secrets/pkg/esc"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
	"github.com/ai-cherry/sophia-secrets/pkg/transport"
)

// settings is what the program was given: config, catalog and the readers that
// its credentials open.
type settings struct {
	secrets.Stack
	catalog     *secrets.Catalog
	uses        *uses.Uses               // who reads what; nil when nothing is known
	values      map[string]secrets.Value // of the managed secrets, by name
	esc         *esc.Client
	github      *github.Client
	oidc        *oidc.Client
	now         time.Time
	strictly    bool          // findings fail the preview
	dateTimeout time.Duration // how long an up waits for GitHub to show a write
}

// settings gathers everything that is wrong with the input into one error.
func (o Options) settings(ctx *pulumi.Context) (*settings, error) {
	stack, configErr := secrets.NewStack(ctx.Project(), func(key string) (string, bool) {
		return ctx.GetConfig(ctx.Project() + ":" + key)
	})
	values, valuesErr := configValues(ctx)
	plainErr := o.refusePlainValues(ctx)
	catalog, catalogErr := o.catalog(ctx, stack.Catalog)
	read, readErr := uses.Load(filepath.Join(o.folder(ctx), filepath.Dir(filepath.FromSlash(stack.Catalog)), uses.FileName))
	githubToken, githubErr := o.token("GITHUB_TOKEN")
	pulumiToken, pulumiErr := o.token("PULUMI_ACCESS_TOKEN")
	strictly, strictErr := o.strictly()
	err := errors.Join(configErr, valuesErr, plainErr, catalogErr, readErr, githubErr, pulumiErr, strictErr)
	if err == nil {
		err = checkValues(catalog, values, ctx.Project())
	}
	if err != nil {
		return nil, err
	}
	stack.Name = ctx.Stack()
	stack.Managed = slices.Sorted(maps.Keys(values))
	return &settings{
		Stack:       stack,
		catalog:     catalog,
		uses:        read,
		values:      values,
		esc:         esc.New(esc.Options{APIURL: stack.PulumiAPIURL, Token: pulumiToken, HTTP: o.HTTP}),
		github:      github.New(github.APIURL(stack.GitHubBaseURL), githubToken, o.HTTP),
		oidc:        oidc.New(stack.PulumiAPIURL, pulumiToken, o.HTTP),
		now:         o.Now(),
		strictly:    strictly,
		dateTimeout: dateTimeout,
	}, nil
}

func (o Options) catalog(ctx *pulumi.Context, path string) (*secrets.Catalog, error) {
	catalog, problems, err := secrets.Load(filepath.Join(o.folder(ctx), filepath.FromSlash(path)))
	errs := []error{err}
	for _, p := range problems {
		errs = append(errs, errors.New(p.String()))
	}
	return catalog, errors.Join(errs...)
}

// folder is that of Pulumi.yaml.
func (o Options) folder(ctx *pulumi.Context) string {
	if o.Dir == "" {
		return ctx.RootDirectory()
	}
	return o.Dir
}

// strictly reads the variable that makes findings fail a preview.
func (o Options) strictly() (bool, error) {
	switch text, _ := o.Lookup(StrictVariable); text {
	case "", "false":
		return false, nil
	case "true":
		return true, nil
	default:
		return false, fmt.Errorf(`%s is %q, not one of "false", "true": unset it`, StrictVariable, text)
	}
}

// token reads a credential. The providers read theirs from the environment too:
// as an input a token would sit in the state and differ at every run.
func (o Options) token(name string) (secrets.Value, error) {
	text, _ := o.Lookup(name)
	if text == "" {
		return secrets.Value{}, fmt.Errorf("%s is not set: export it, with a token that may write", name)
	}
	token, err := transport.ParseToken(text)
	switch {
	case err != nil:
		return secrets.Value{}, fmt.Errorf("%s %w", name, err)
	case token.Len() < len(text):
		return secrets.Value{}, fmt.Errorf("%s has white space around it, which the providers do not cut off: export it without", name)
	}
	return token, nil
}

// configValues reads the values of the managed secrets. Its errors quote nothing.
func configValues(ctx *pulumi.Context) (map[string]secrets.Value, error) {
	const fix = "pulumi config set --secret --path values.NAME"
	var values map[string]secrets.Value
	if err := config.GetObject(ctx, "values", &values); err != nil {
		return nil, fmt.Errorf("config %s:values is not a map of texts by secret name: %s", ctx.Project(), fix)
	}
	if len(values) > 0 && !ctx.IsConfigSecret(ctx.Project()+":values") {
		return nil, fmt.Errorf("config %s:values is not encrypted: rotate these values, then %s", ctx.Project(), fix)
	}
	return values, nil
}

// checkValues refuses what must not replace a value in GitHub.
func checkValues(catalog *secrets.Catalog, values map[string]secrets.Value, project string) error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(values)) {
		secret, ok := catalog.ByName(name)
		if !ok {
			errs = append(errs, fmt.Errorf("config %s:values has %s, which the catalog does not name: add it there, or pulumi config rm --path values.%s", project, name, name))
		} else if reason := secret.Refuse(values[name]); reason != "" {
			errs = append(errs, fmt.Errorf("config %s:values has %s, which is %s: pulumi config set --secret --path values.%s", project, name, reason, name))
		}
	}
	return errors.Join(errs...)
}
