package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// question is one thing that init needs to know.
type question struct {
	flag, text, otherwise string
	answer                *string
	check                 func(string) error
}

// questions are all but the names, in the order in which they are asked.
func (f *initFlags) questions(dir string) []question {
	environment := func(text string) error {
		_, err := secrets.ParseEnvironmentName(text)
		return err
	}
	return []question{
		{"organization", "GitHub organization that holds the secrets", "", &f.organization, secrets.CheckName},
		{"repository", "its repository for the pipeline", dir, &f.repository, secrets.CheckName},
		{"environment", "ESC environment that applications open, ORG/PROJECT/ENV", "", &f.environment, environment},
		{"root-key", "key of it that holds the secrets", "app", &f.rootKey, secrets.CheckRootKey},
	}
}

// gather completes the flags: with what somebody answers, and with the names that
// the organization holds. All that is missing or wrong after that is one error.
func (c *CLI) gather(ctx context.Context, dir string, f *initFlags) error {
	var missing []string
	var errs []error
	for _, q := range f.questions(folderName(dir)) {
		if *q.answer == "" && c.Ask != nil {
			*q.answer = c.ask(ctx, q)
		}
		if *q.answer == "" {
			missing = append(missing, "--"+q.flag)
		} else if err := q.check(*q.answer); err != nil {
			errs = append(errs, fmt.Errorf("--%s: %w", q.flag, err))
		}
	}
	if err := c.gatherNames(ctx, f); err != nil {
		return err
	}
	if len(f.names) == 0 {
		missing = append(missing, "--names (or GITHUB_TOKEN, for those that the organization holds)")
	}
	if len(missing) > 0 {
		errs = append([]error{fmt.Errorf("missing: %s", strings.Join(missing, ", "))}, errs...)
	}
	if err := errors.Join(errs...); err != nil {
		return usage(err)
	}
	return nil
}

func folderName(dir string) string {
	absolute, err := filepath.Abs(dir)
	if name := filepath.Base(absolute); err == nil && secrets.CheckName(name) == nil {
		return name
	}
	return ""
}

// ask repeats a question until the answer is fine; "" if there is none.
func (c *CLI) ask(ctx context.Context, q question) string {
	text := q.text + ": "
	if q.otherwise != "" {
		text = fmt.Sprintf("%s [%s]: ", q.text, q.otherwise)
	}
	for {
		line, err := c.Ask(ctx, text, false)
		if err != nil {
			_, _ = io.WriteString(c.Stderr, "\n")
			return ""
		}
		answer := cmp.Or(strings.TrimSpace(line), q.otherwise)
		wrong := q.check(answer)
		if wrong == nil {
			return answer
		}
		_, _ = fmt.Fprintf(c.Stderr, "%s\n", wrong)
	}
}

func (c *CLI) gatherNames(ctx context.Context, f *initFlags) error {
	if len(f.names) == 0 {
		held, err := c.held(ctx, f.organization)
		switch {
		case err != nil && c.Ask != nil:
			_, _ = fmt.Fprintf(c.Stderr, "warning: %s\n", err)
		case err != nil:
			return err
		}
		if f.names = held; c.Ask != nil {
			f.names = c.askNames(ctx, f.organization, held)
		}
	}
	var names []string
	for _, name := range f.names {
		if name = strings.TrimSpace(name); name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	f.names = names
	return nil
}

func (c *CLI) askNames(ctx context.Context, organization string, held []string) []string {
	q := question{text: "names of the secrets, separated by commas", check: func(text string) error {
		if strings.Trim(text, ", ") == "" {
			return errors.New("one name at least")
		}
		return nil
	}}
	if len(held) > 0 {
		_, _ = fmt.Fprintf(c.Stderr, "%s holds %s\n", organization, strings.Join(held, ", "))
		q.otherwise = "all of them"
	}
	answer := c.ask(ctx, q)
	switch answer {
	case q.otherwise:
		return held
	case "":
		return nil
	}
	return strings.Split(answer, ",")
}

// held are the names of the organization's secrets, if there is a token to ask
// with. The sync's own token is not for applications.
func (c *CLI) held(ctx context.Context, organization string) ([]string, error) {
	client, ok, err := c.optionalGitHub()
	if !ok || err != nil || secrets.CheckName(organization) != nil {
		return nil, err
	}
	list, err := client.Secrets(ctx, organization)
	if err != nil {
		return nil, couldNot(err, serviceHint(err, ""))
	}
	var names []string
	for _, s := range list {
		if s.Name != (secrets.Stack{}).TokenName() {
			names = append(names, s.Name)
		}
	}
	slices.Sort(names)
	return names, nil
}
