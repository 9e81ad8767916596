package status

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"path"
	"strings"
	"time"

	"github.com/ai-cherry/sophia-secrets/internal/drift"
	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

//go:embed page.tmpl
var pageText string

//go:embed page.css
var pageCSS string

//go:embed page.js
var pageJS string

// page is what page.tmpl shows. Every text in it is escaped there but the two that
// are part of the program.
type page struct {
	World    drift.World
	Policy   string // allows these two texts and nothing else
	CSS      template.CSS
	JS       template.JS
	Stations []station
	Secrets  []entry
	Todo     []note // what has to be ended
	Notes    []note // information
	Owners   []string
	Counts   counts
}

type counts struct{ Arriving, Overdue, DueSoon int }

// WriteHTML prints one page that needs nothing else: no request, and no script to
// be read.
func WriteHTML(w io.Writer, world drift.World) error {
	parsed, err := template.New("page").Funcs(template.FuncMap{"date": date, "minute": minute, "plural": plural}).Parse(pageText)
	if err != nil {
		return err
	}
	return parsed.Execute(w, newPage(world))
}

func newPage(w drift.World) page {
	p := page{World: w, CSS: template.CSS(pageCSS), JS: template.JS(pageJS)}
	p.Policy = fmt.Sprintf("default-src 'none'; style-src '%s'; script-src '%s'; base-uri 'none'; form-action 'none'", digest(pageCSS), digest(pageJS))
	s := Of(w)
	for i, f := range s.Findings() {
		n := note{Finding: f, ID: fmt.Sprintf("finding-%d", i+1)}
		_, n.OfSecret = w.Catalog.ByName(f.Name)
		if f.Class == drift.Information {
			p.Notes = append(p.Notes, n)
		} else {
			p.Todo = append(p.Todo, n)
		}
	}
	p.Stations = stations(w, p.Todo)
	p.Secrets = entries(w, s.Rows, append(p.Todo[:len(p.Todo):len(p.Todo)], p.Notes...))
	p.Owners = owners(p.Secrets)
	for _, e := range p.Secrets {
		if e.Arrives() {
			p.Counts.Arriving++
		}
		switch e.Rotation.Kind {
		case drift.Overdue:
			p.Counts.Overdue++
		case drift.DueSoon:
			p.Counts.DueSoon++
		}
	}
	return p
}

// digest is a hash as a Content-Security-Policy names it.
func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// note is a finding with a place on the page.
type note struct {
	drift.Finding
	ID       string
	OfSecret bool
}

// EndedBy says who ends it.
func (n note) EndedBy() string {
	return map[drift.Class]string{
		drift.ByUp: "the next pulumi up", drift.BySync: "the next sync", drift.ByPerson: "somebody", drift.Information: "nobody",
	}[n.Class]
}

// Typed reports whether the hint is a command.
func (n note) Typed() bool {
	for _, command := range []string{"pulumi ", "secretctl ", "gh ", "git "} {
		if strings.HasPrefix(n.Hint, command) {
			return true
		}
	}
	return false
}

// station is one of the places that every value passes.
type station struct {
	Name, What string
	Broken     []note
}

// kindStations are those at which a kind of finding breaks the way; all others do
// so in GitHub.
var kindStations = map[string]int{
	"definition": 1, "renamed": 1, "unpushed": 1,
	"token": 2, "stale": 2, "undelivered": 2,
	"tampered": 3, "outside": 3, "unknown": 3,
}

func stations(w drift.World, todo []note) []station {
	all := []station{
		{Name: "GitHub", What: "secrets of " + w.Stack.Organization},
		{Name: "Workflow", What: path.Base(w.Stack.WorkflowPath())},
		{Name: "Sync", What: "its last run"},
		{Name: "Store", What: w.Stack.Environment.Store().String()},
		{Name: "Environment", What: w.Stack.Environment.String()},
	}
	for _, n := range todo {
		at := kindStations[n.About()]
		switch {
		case n.Kind == drift.Overdue: // the value arrives all the same
			continue
		case n.Kind != drift.Definition:
		case strings.HasPrefix(n.Message, "environment "+w.Stack.Environment.Store().String()+" "):
			at = 3
		case strings.HasPrefix(n.Message, "environment "+w.Stack.Environment.String()+" "):
			at = 4
		}
		all[at].Broken = append(all[at].Broken, n)
	}
	return all
}

func date(t time.Time) string   { return t.UTC().Format(time.DateOnly) }
func minute(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 MST") }

func plural(n int, one, many string) string {
	if n == 1 {
		return fmt.Sprintf("%d %s", n, one)
	}
	return fmt.Sprintf("%d %s", n, many)
}

// passedAt returns the lines of the workflow that pass a secret.
func passedAt(text string) map[string]int {
	lines := map[string]int{}
	passed := workflow.Passes(text)
	number := 0
	for line := range strings.Lines(text) {
		number++
		variable, _, ok := strings.Cut(strings.TrimSpace(line), ":")
		if name, passes := passed[variable]; ok && passes && variable == workflow.Variable(name) {
			lines[name] = number
		}
	}
	return lines
}
