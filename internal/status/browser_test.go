package status

import (
	"fmt"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// probe looks at the page as its reader does, and leaves what is wrong in an element.
const probe = `
const wrong = [];
const want = (ok, what) => { if (!ok) wrong.push(what); };
const levels = [...document.querySelectorAll("h1, h2, h3")].map((h) => Number(h.tagName[1]));
want(levels[0] === 1 && levels.filter((l) => l === 1).length === 1, "headings " + levels);
levels.forEach((l, i) => want(i === 0 || l <= levels[i - 1] + 1, "a heading too deep"));
document.querySelectorAll("input, select").forEach((field) => want(field.labels.length === 1 && field.labels[0].textContent.trim(), "no label: " + field.id));
document.querySelectorAll("section").forEach((part) => want(document.getElementById(part.getAttribute("aria-labelledby"))?.textContent, "a section without a name"));
const form = document.querySelector(".filters");
want(!form.hidden, "the script did not run");
const color = (text) => text.match(/[\d.]+/g).map(Number);
const luminance = ([r, g, b]) => [r, g, b].map((c) => c / 255).map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
  .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
const behind = (element) => {
  for (let e = element; e; e = e.parentElement) {
    const back = color(getComputedStyle(e).backgroundColor);
    if (back.length === 3 || back[3] > 0) return back;
  }
  return [255, 255, 255];
};
let measured = 0;
document.querySelectorAll("body *").forEach((e) => {
  const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
  if (!own || e.tagName === "SCRIPT" || e.tagName === "OPTION" || !e.getClientRects().length) return;
  const [a, b] = [luminance(color(getComputedStyle(e).color)), luminance(behind(e))];
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  measured++;
  want(ratio >= 4.5, "contrast " + ratio.toFixed(2) + ": " + e.textContent.slice(0, 30));
});
want(measured > 50, "only " + measured + " texts measured");
want(document.documentElement.scrollWidth <= innerWidth, "wider than the window: " + document.documentElement.scrollWidth);
const search = document.getElementById("search");
const rows = [...document.querySelectorAll("tbody tr")];
document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "/", bubbles: true, cancelable: true }));
want(document.activeElement === search, "/ does not search");
search.value = "openai";
search.dispatchEvent(new Event("input", { bubbles: true }));
want(rows.filter((r) => !r.hidden).length === 1 && document.getElementById("shown").textContent.startsWith("1 of "), "search shows " + rows.filter((r) => !r.hidden).length);
search.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
want(rows.every((r) => !r.hidden), "Esc does not show all");
const result = document.createElement("pre");
result.id = "result";
result.textContent = wrong.length ? wrong.join("\n") : "sound";
document.body.append(result);
`

// chromium opens a page in the headless browser, where there is one, and returns what
// that prints.
func chromium(t *testing.T, file string, flags ...string) string {
	t.Helper()
	browser, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("no chromium")
	}
	cmd := exec.CommandContext(t.Context(), browser, append([]string{"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--user-data-dir=" + t.TempDir(), "file://" + file}, flags...)...)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// With UPDATE=1, the picture of the documents is taken anew: of the page in a world
// where a few things are wrong.
func TestPicture(t *testing.T) {
	if os.Getenv("UPDATE") == "" {
		t.Skip("UPDATE=1 takes the picture")
	}
	w := newWorld(t)
	w.grow(12)
	w.damage()
	file := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(file, []byte(w.page()), 0o600); err != nil {
		t.Fatal(err)
	}
	picture, err := filepath.Abs("../../docs/status.png")
	if err != nil {
		t.Fatal(err)
	}
	chromium(t, file, "--screenshot="+picture, "--window-size=1200,950", "--hide-scrollbars", "--blink-settings=preferredColorScheme=1")
}

// TestBrowser opens the page where Chromium is: bright and dark, wide and narrow.
func TestBrowser(t *testing.T) {
	w := newWorld(t)
	w.grow(50)
	w.damage()
	text := w.page()
	// The policy lets the probe in by its hash as well.
	policy := html.EscapeString(digest(pageJS))
	text = strings.Replace(text, strings.ReplaceAll(policy, "+", "&#43;"), strings.ReplaceAll(policy+"&#39; &#39;"+digest(probe), "+", "&#43;"), 1)
	text = strings.Replace(text, "</body>", "<script>"+probe+"</script></body>", 1)
	file := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for scheme, name := range []string{"dark", "bright"} { // as Blink numbers them
		for _, width := range []int{1280, 500} {
			t.Run(fmt.Sprintf("%s %d", name, width), func(t *testing.T) {
				out := chromium(t, file, "--dump-dom", fmt.Sprintf("--window-size=%d,1000", width), fmt.Sprintf("--blink-settings=preferredColorScheme=%d", scheme))
				_, rest, _ := strings.Cut(out, `<pre id="result">`)
				if result, _, _ := strings.Cut(rest, "</pre>"); result != "sound" {
					t.Errorf("%q", result)
				}
			})
		}
	}
}
