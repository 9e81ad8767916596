package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"time"

	"github.com/ai-cherry/sophia-secrets/internal/audit"
	"github.com/ai-cherry/sophia-secrets/internal/audit/finding"
	"github.com/ai-cherry/sophia-secrets/internal/audit/tree"
	"github.com/ai-cherry/sophia-secrets/internal/uses"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

func (c *Command) audit(ctx context.Context, f *flags) error {
	a, err := c.newAudit(f)
	if err != nil {
		return err
	}
	stop := c.progress(a.Walk)
	result, err := a.Run(ctx)
	stop()
	if err != nil {
		return couldNot(err, "")
	}
	findings := result.Findings
	for i := range findings {
		findings[i].File = a.Walk.Path(findings[i].File)
	}
	if f.baseline != "" {
		if findings, err = c.applyBaseline(f, findings); err != nil {
			return err
		}
	}
	if err := formats[f.format](c.Stdout, findings); err != nil {
		return couldNot(fmt.Errorf("writing the findings: %w", err), "")
	}
	if f.uses != "" {
		if err := f.writeUses(ctx, result.Reads); err != nil {
			return err
		}
	}
	if n := finding.Count(findings); n > 0 {
		first := findings[slices.IndexFunc(findings, func(f finding.Finding) bool { return !f.Note })]
		return found(n, "secretaudit explain "+first.Rule)
	}
	return nil
}

// newAudit gathers what an audit needs.
func (c *Command) newAudit(f *flags) (*audit.Audit, error) {
	path := cmp.Or(f.catalog, filepath.Join(f.root, "catalog.yaml"))
	catalog, problems, err := secrets.Load(path)
	if err != nil {
		return nil, couldNot(err, "secretaudit --catalog FILE "+f.root)
	}
	for _, p := range problems {
		_, _ = io.WriteString(c.Stderr, p.String()+"\n")
	}
	if len(problems) > 0 {
		return nil, couldNot(errors.New("the catalog has problems"), "secretctl check --catalog "+path)
	}
	config, err := audit.LoadConfig(cmp.Or(f.config, filepath.Join(f.root, audit.ConfigName)), f.config != "")
	if err != nil {
		return nil, couldNot(err, "")
	}
	others, err := f.others(path)
	if err != nil {
		return nil, couldNot(err, "")
	}
	return &audit.Audit{
		Walk: &tree.Walk{Root: f.root, Exclude: config.Exclude}, Catalog: catalog, CatalogPath: path, Config: config, Others: others, On: f.on,
	}, nil
}

// on reports whether a rule counts.
func (f *flags) on(rule string) bool {
	if len(f.only) > 0 {
		return slices.Contains(f.only, rule)
	}
	return !slices.Contains(f.except, rule)
}

// others is what is known of repositories, from the file that is going to be written
// or the one beside the catalog.
func (f *flags) others(catalog string) (*uses.Uses, error) {
	return uses.Load(cmp.Or(f.uses, filepath.Join(filepath.Dir(catalog), uses.FileName)))
}

// progress says on a terminal how many files were read, until it is stopped.
func (c *Command) progress(w *tree.Walk) (stop func()) {
	if !c.Terminal {
		return func() {}
	}
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		ticker := time.NewTicker(200 * time.Millisecond)
		defer ticker.Stop()
		for {
			select {
			case <-done:
				_, _ = io.WriteString(c.Stderr, "\r\x1b[K")
				return
			case <-ticker.C:
				_, _ = fmt.Fprintf(c.Stderr, "\r%d files", w.Files.Load())
			}
		}
	}()
	return func() { close(done); <-ended }
}
