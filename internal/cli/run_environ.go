package cli

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// What a process may be given on Linux: 128 KiB in one variable, and about 2 MiB of
// variables and arguments, of which some is left for the arguments and for what the
// command itself sets for others.
const (
	maxVariableBytes = 128 * 1024
	maxEnvironBytes  = 1536 * 1024
)

// childEnviron is secretctl's own environment, overridden by the values. It keeps
// PULUMI_ACCESS_TOKEN, with which the command can read every other secret.
func (c *CLI) childEnviron(ctx context.Context, f *runFlags, chosen []secrets.Secret) ([]string, error) {
	environ := os.Environ()
	if c.Environ != nil {
		environ = c.Environ()
	}
	if f.keep {
		chosen = slices.DeleteFunc(slices.Clone(chosen), func(s secrets.Secret) bool { return isSet(environ, s.Name) })
	}
	values, err := c.values(ctx, f.target, chosen)
	if err != nil {
		return nil, err
	}
	environ = slices.DeleteFunc(slices.Clone(environ), func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		return !values[name].Empty()
	})
	for name, value := range values {
		switch text := value.Reveal(); {
		case strings.Contains(text, "\x00"):
			return nil, couldNot(fmt.Errorf("%s holds a zero byte, which no variable can: leave it out with --only", name), "")
		case len(name)+len("=")+len(text)+len("\x00") > maxVariableBytes:
			return nil, couldNot(fmt.Errorf("%s has %d bytes, and a variable may have %d: leave it out with --only", name, len(text), maxVariableBytes), "")
		default:
			environ = append(environ, name+"="+text)
		}
	}
	return environ, checkSize(environ)
}

func isSet(environ []string, name string) bool {
	return slices.ContainsFunc(environ, func(variable string) bool { return strings.HasPrefix(variable, name+"=") })
}

// values reads the values of the chosen secrets, by name. An empty one counts as
// missing.
func (c *CLI) values(ctx context.Context, t target, chosen []secrets.Secret) (map[string]secrets.Value, error) {
	reader, err := c.reader(t)
	if err != nil {
		return nil, err
	}
	values := map[string]secrets.Value{}
	var missing []string
	for _, s := range chosen {
		value, _, err := reader.Lookup(ctx, s.Key)
		switch {
		case err != nil:
			return nil, c.getFailure(ctx, err)
		case !value.Empty():
			values[s.Name] = value
		case s.Required:
			missing = append(missing, s.Key)
		}
	}
	if len(missing) > 0 {
		return nil, &failure{exitFindings, fmt.Errorf("no value for %s", strings.Join(missing, ", ")), "secretctl status"}
	}
	return values, nil
}

func checkSize(environ []string) error {
	size := 0
	for _, variable := range environ {
		size += len(variable) + len("\x00") + 8 // and a pointer to it
	}
	if size <= maxEnvironBytes {
		return nil
	}
	return couldNot(fmt.Errorf("the variables have %d bytes together, over the %d that a process can safely be given: pass fewer keys with --only", size, maxEnvironBytes), "")
}
