package status

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ai-cherry/sophia-secrets/internal/drift"
	"github.com/ai-cherry/sophia-secrets/internal/github"
	"github.com/ai-cherry/sophia-secrets/internal/sync"
	"github.com/ai-cherry/sophia-secrets/pkg/esc"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

// Status is where everything stands.
type Status struct {
	Rows     []drift.Row
	Pipeline []drift.Finding // what is about no secret of the catalog
}

// Observer looks at one stack's pipeline.
type Observer struct {
	Stack   secrets.Stack
	Catalog *secrets.Catalog
	GitHub  *github.Client
	ESC     *esc.Client
	Now     time.Time
}

// Observe reads the organization, the repository, the environment and the store:
// seven requests, one more for each further hundred secrets, and one for each
// secret whose repositories the catalog names.
func (o *Observer) Observe(ctx context.Context) (Status, error) {
	world, mark, err := o.world(ctx)
	if err != nil {
		return Status{}, err
	}
	file, err := o.GitHub.File(ctx, o.Stack.Organization, o.Stack.Repository, workflow.Path)
	if err != nil {
		return Status{}, err
	}
	keys, err := o.storeKeys(ctx)
	if err != nil {
		return Status{}, err
	}
	environment, err := o.environment(ctx)
	if err != nil {
		return Status{}, err
	}
	world.Mark = mark
	s := Status{Rows: drift.Rows(world, passes(file), keys)}
	for _, f := range drift.Find(world) {
		if _, ok := o.Catalog.ByName(f.Name); !ok {
			s.Pipeline = append(s.Pipeline, f)
		}
	}
	s.Pipeline = append(s.Pipeline, o.workflowFinding(file)...)
	if mark.IsZero() {
		s.Pipeline = append(s.Pipeline, definition("%s holds no mark", workflow.MarkPath)...)
	}
	s.Pipeline = append(s.Pipeline, environment...)
	return s, nil
}

func (o *Observer) world(ctx context.Context) (drift.World, time.Time, error) {
	w := drift.World{Organization: o.Stack.Organization, Catalog: o.Catalog, Managed: map[string]drift.Managed{}, Now: o.Now}
	for _, name := range o.Stack.Managed {
		w.Managed[name] = drift.Managed{}
	}
	list, err := o.GitHub.Secrets(ctx, o.Stack.Organization)
	if err != nil {
		return w, time.Time{}, err
	}
	for _, l := range list {
		live := drift.Live{Name: strings.ToUpper(l.Name), Visibility: l.Visibility, UpdatedAt: l.UpdatedAt.UTC()}
		if live.Repositories, err = o.repositories(ctx, live); err != nil {
			return w, time.Time{}, err
		}
		w.Live = append(w.Live, live)
	}
	if w.Store, err = sync.Observe(ctx, o.ESC, o.Stack.Environment.Store()); err != nil {
		return w, time.Time{}, err
	}
	text, err := o.GitHub.File(ctx, o.Stack.Organization, o.Stack.Repository, workflow.MarkPath)
	mark, _ := workflow.ParseMark([]byte(text)) // one that cannot be read counts as none
	return w, mark.Date, err
}

// repositories asks who may read a secret where the catalog says who should.
func (o *Observer) repositories(ctx context.Context, l drift.Live) ([]string, error) {
	s, ok := o.Catalog.BySource(l.Name)
	if !ok || len(s.Repositories) == 0 || l.Visibility != "selected" || slices.Contains(o.Stack.Managed, s.Name) {
		return nil, nil
	}
	list, err := o.GitHub.Repositories(ctx, o.Stack.Organization, l.Name)
	names := []string{}
	for _, r := range list {
		names = append(names, r.Name)
	}
	slices.Sort(names)
	return names, err
}

// storeKeys are the keys under the root key of the store; none without a store.
func (o *Observer) storeKeys(ctx context.Context) ([]string, error) {
	d, err := o.ESC.Get(ctx, o.Stack.Environment.Store())
	if errors.Is(err, esc.ErrNotFound) {
		return nil, nil
	}
	var keys []string
	for _, path := range esc.Keys(d.Text) {
		if key, ok := strings.CutPrefix(path, o.Stack.RootKey+"."); ok {
			keys = append(keys, key)
		}
	}
	return keys, err
}

func (o *Observer) environment(ctx context.Context) ([]drift.Finding, error) {
	name := o.Stack.Environment
	d, err := o.ESC.Get(ctx, name)
	declared := esc.EnvironmentText(name.Store())
	switch {
	case errors.Is(err, esc.ErrNotFound):
		return definition("environment %s does not exist", name), nil
	case err == nil && strings.TrimSpace(d.Text) != strings.TrimSpace(declared):
		return definition("environment %s differs from what is declared", name), nil
	}
	return nil, err
}

func (o *Observer) workflowFinding(file string) []drift.Finding {
	declared := workflow.Render(workflow.ForStack(o.Stack, o.Catalog))
	switch file {
	case declared:
		return nil
	case "":
		return definition("%s does not exist", workflow.Path)
	}
	return definition("%s differs from what is declared", workflow.Path)
}

func definition(format string, what any) []drift.Finding {
	return []drift.Finding{{Kind: drift.Definition, Message: fmt.Sprintf(format, what), Hint: "pulumi up"}}
}

// passes tells which secrets a workflow passes to the sync.
func passes(file string) func(string) bool {
	var lines []string
	for line := range strings.Lines(file) {
		lines = append(lines, strings.TrimSpace(line))
	}
	return func(name string) bool {
		return slices.Contains(lines, secrets.Variable(name)+": ${{ secrets."+name+" }}")
	}
}

// Drifts reports whether anything is not as declared.
func (s Status) Drifts() bool {
	return len(s.Pipeline) > 0 || slices.ContainsFunc(s.Rows, drift.Row.Drifts)
}
