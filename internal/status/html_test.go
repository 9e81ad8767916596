package status

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ai-cherry/sophia-secrets/internal/drift"
	"github.com/ai-cherry/sophia-secrets/internal/fixture"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// grow makes a world of n secrets that have all been synced, one of them overdue a
// year later.
func (w *world) grow(n int) {
	w.Helper()
	text := strings.Replace(fixture.Grow(n), "  - name: ANTHROPIC_API_KEY\n", "  - name: ANTHROPIC_API_KEY\n    owner: data team\n    rotate_every: 90d\n", 1)
	catalog, problems := secrets.Parse("catalog.yaml", []byte(text))
	if len(problems) > 0 {
		w.Fatal(problems)
	}
	w.catalog, w.o.Catalog, w.o.Stack.Managed = text, catalog, nil
	for _, name := range []string{"ALPHA", "GH_BETA", "GAMMA"} {
		w.box.DeleteSecret(name)
	}
	for i, s := range catalog.Secrets {
		value := fmt.Sprintf("generated-%d", i)
		switch s.Format.String() {
		case "pem":
			value = "-----BEGIN TEST KEY-----\nbTRyazNyLWtleQ==\n-----END TEST KEY-----\n"
		case "url":
			value = "https://hooks.example.com/" + value
		}
		w.must(w.box.SetSecret(s.GitHubName, value, "private"))
	}
	w.files()
	w.box.WriteFile("catalog.yaml", text, "pipeline")
	w.sync()
}

// damage breaks several links of the way.
func (w *world) damage() {
	w.Helper()
	w.box.SetClock(start.Add(time.Hour))
	w.must(
		w.box.SetSecret("OPENAI_API_KEY", "another", "private"),
		w.box.SetSecret("LEFT_OVER", "x", "all"),
		w.box.SetDefinition(w.o.Stack.Environment.String(), "values:\n  a: z\n", "ana"))
	w.box.DeleteSecret("LINEAR_API_KEY")
	w.box.WriteFile(fixture.WorkflowPath, strings.Replace(w.workflow(), "SECRET_FIGMA_PAT:", "SECRET_FIGMA:", 1), "ana")
	w.o.Now = start.AddDate(1, 0, 0)
}

func (w *world) page() string {
	w.Helper()
	seen, err := w.o.World(w.Context())
	w.must(err)
	return rendered(w.T, seen)
}

func rendered(t *testing.T, seen drift.World) string {
	t.Helper()
	var b strings.Builder
	if err := WriteHTML(&b, seen); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

var (
	ids      = regexp.MustCompile(` id="([^"]*)"`)
	fragment = regexp.MustCompile(` href="#([^"]*)"`)
	outward  = regexp.MustCompile(`(?i)(\b(src|action|formaction|poster|data|srcset|style|on[a-z]+)=)|(href="[^#])|url\(|@import|<(link|img|iframe|object|base)\b`)
)

// sound is what holds of every page: nothing is fetched, every link leads somewhere.
func sound(t *testing.T, text string) {
	t.Helper()
	markup := strings.Replace(text, pageJS, "", 1)
	if found := outward.FindString(markup); found != "" {
		t.Errorf("the page holds %q", found)
	}
	known := map[string]bool{}
	for _, match := range ids.FindAllStringSubmatch(markup, -1) {
		if known[match[1]] {
			t.Errorf("two things are called %s", match[1])
		}
		known[match[1]] = true
	}
	for _, match := range fragment.FindAllStringSubmatch(markup, -1) {
		if !known[match[1]] {
			t.Errorf("a link leads to %s, which is not there", match[1])
		}
	}
	if strings.Contains(text, "unsafe-inline") || !strings.Contains(text, "default-src &#39;none&#39;") && !strings.Contains(text, "default-src 'none'") {
		t.Error("no strict policy")
	}
	if strings.Count(text, "<style>"+pageCSS+"</style>") != 1 || strings.Count(text, "<script>"+pageJS+"</script>") != 1 {
		t.Error("the policy's texts are not those of the page")
	}
}

func TestPage(t *testing.T) {
	for _, n := range []int{50, 99} { // and the token of the sync: a job receives a hundred
		w := newWorld(t)
		w.grow(n)
		healthy := w.page()
		w.damage()
		damaged := w.page()
		for name, text := range map[string]string{"healthy": healthy, "damaged": damaged} {
			sound(t, text)
			t.Logf("%s, %d secrets: %d KB", name, n, len(text)/1000)
			if len(text) > 300_000 {
				t.Errorf("%s: %d bytes for %d secrets", name, len(text), n)
			}
			for _, s := range w.o.Catalog.Secrets {
				if !strings.Contains(text, `id="secret-`+s.Name+`"`) {
					t.Errorf("%s: no %s", name, s.Name)
				}
			}
		}
		if strings.Contains(healthy, `class="broken"`) || !strings.Contains(healthy, "Everything is as declared") {
			t.Errorf("a healthy world looks broken:\n%s", healthy)
		}
		for _, want := range []string{"data team", "overdue", "missing", "not passed", "not arriving", `<a class="badge bad"`, "LEFT_OVER", "secretctl rotate ANTHROPIC_API_KEY"} {
			if !strings.Contains(damaged, want) {
				t.Errorf("no %q on the page of a damaged world", want)
			}
		}
	}
}

// Each station is marked by the drift that is there, and by no other.
func TestPageStations(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*world)
		want   []string
	}{
		"healthy":     {func(*world) {}, nil},
		"missing":     {func(w *world) { w.box.DeleteSecret("ALPHA") }, []string{"GitHub"}},
		"workflow":    {func(w *world) { w.box.WriteFile(fixture.WorkflowPath, w.workflow()+"# more\n", "ana") }, []string{"Workflow"}},
		"maintenance": {func(w *world) { w.box.RemoveFile(fixture.MaintenancePath, "ana") }, []string{"Workflow"}},
		"environment": {func(w *world) {
			w.must(w.box.SetDefinition(w.o.Stack.Environment.String(), "values: {}\n", "ana"))
		}, []string{"Environment"}},
		"no environment": {func(w *world) { w.box.DeleteEnvironment(w.o.Stack.Environment.String()) }, []string{"Environment"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			tc.change(w)
			seen, err := w.o.World(t.Context())
			w.must(err)
			var got []string
			for _, s := range newPage(seen).Stations {
				if len(s.Broken) > 0 {
					got = append(got, s.Name)
				}
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("broken: %v, want %v", got, tc.want)
			}
		})
	}
}

// Names from elsewhere stay text.
func TestPageEscapes(t *testing.T) {
	const evil = `"><img src=x onerror=alert(1)></script><script>alert(2)</script>`
	w := followed([]string{"A"}, []string{"a"})
	w.Catalog.Secrets[0].Owner = evil
	w.Live = append(w.Live, drift.Live{Name: evil})
	w.Repository.Name = evil
	w.Stack.Organization, w.Stack.Repository = evil, evil
	text := rendered(t, w)
	if strings.Contains(text, "<img") || strings.Count(text, "<script>") != 1 || strings.Count(text, "</script>") != 1 {
		t.Error(text)
	}
	if n := strings.Count(text, "&lt;img src=x"); n < 4 {
		t.Errorf("the name is there %d times", n)
	}
}

// The line is that of the workflow as the repository holds it.
func TestPassedAt(t *testing.T) {
	w := newWorld(t)
	lines := strings.Split(w.workflow(), "\n")
	got := passedAt(w.workflow())
	if len(got) == 0 {
		t.Fatal("no line")
	}
	for name, number := range got {
		if !strings.Contains(lines[number-1], "SECRET_"+name+": ${{ secrets."+name+" }}") {
			t.Errorf("%s: line %d is %q", name, number, lines[number-1])
		}
	}
}

func TestPageFails(t *testing.T) {
	if WriteHTML(full{}, followed(nil, nil)) == nil {
		t.Error("no error")
	}
}
