package drift

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-cherry/sophia-secrets/internal/uses"
)

// read is what uses.yaml says.
func read(t *testing.T, text string) *uses.Uses {
	t.Helper()
	path := filepath.Join(t.TempDir(), uses.FileName)
	if err := os.WriteFile(path, []byte("repositories:\n  acme/web:\n    keys:\n"+text), 0o600); err != nil {
		t.Fatal(err)
	}
	u, err := uses.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// A key with readers that nothing serves is for a person, in the same words while
// the store has it still; a secret that is missing names its readers.
func TestReaders(t *testing.T) {
	w := healthy()
	w.Uses = read(t, "      a: [x.py:1]\n      was_a: [a.py:1, b.py:2, c.py:3, d.py:4]\n")
	const message = `key "was_a" is read in 4 places (acme/web/a.py:1, acme/web/b.py:2, acme/web/c.py:3 and 1 more), and no secret serves it`
	want := []Finding{{Kind: "unserved", Class: ByPerson, Names: []string{"was_a"}, Message: message, Hint: "secretctl check"}}
	if diff := cmp.Diff(want, only("unserved", Find(w))); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	w.Store.Text = "values:\n  app:\n    was_a: x\n"
	want[0].Message += "; the store still has it, and no sync renews it"
	if diff := cmp.Diff(want, only("unserved", Find(w))); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	w.Live = w.Live[1:]
	w.grant()
	missing := only(Missing, Find(w))
	if len(missing) != 1 || !strings.HasSuffix(missing[0].Message, "A is missing; it is read in 1 place (acme/web/x.py:1)") {
		t.Errorf("%+v", missing)
	}
}

func only(kind Kind, all []Finding) (some []Finding) {
	for _, f := range all {
		if f.Kind == kind {
			some = append(some, f)
		}
	}
	return some
}
