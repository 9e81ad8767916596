package secrets

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLookups(t *testing.T) {
	catalog, problems := Parse("catalog.yaml", []byte("secrets:\n  - {name: B, github_name: G, key: k, aliases: [Z, A]}\n  - name: C\n"))
	if problems != nil {
		t.Fatal(problems)
	}
	if diff := cmp.Diff([]string{"A", "C", "G", "Z"}, catalog.Sources()); diff != "" {
		t.Errorf("sources (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"G", "Z", "A"}, catalog.Secrets[0].Sources()); diff != "" {
		t.Errorf("sources of one (-want +got):\n%s", diff)
	}
	for _, tc := range []struct {
		name string
		find func(string) (Secret, bool)
		word string
		want string
	}{
		{"key", catalog.ByKey, "k", "B"},
		{"key of the name", catalog.ByKey, "c", "C"},
		{"key that the name would have", catalog.ByKey, "b", ""},
		{"name", catalog.ByName, "B", "B"},
		{"GitHub name as name", catalog.ByName, "G", ""},
		{"source", catalog.BySource, "G", "B"},
		{"source in lower case", catalog.BySource, "g", "B"},
		{"alias", catalog.BySource, "A", "B"},
		{"name as source", catalog.BySource, "B", ""},
		{"nothing", catalog.BySource, "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if s, ok := tc.find(tc.word); s.Name != tc.want || ok != (tc.want != "") {
				t.Errorf("%q finds %q, want %q", tc.word, s.Name, tc.want)
			}
		})
	}
}

// TestDigest: what changes a sync changes the digest, and nothing else does.
func TestDigest(t *testing.T) {
	digest := func(text string) string {
		catalog, problems := Parse("catalog.yaml", []byte("secrets:\n"+text))
		if problems != nil {
			t.Fatal(problems)
		}
		return catalog.Digest()
	}
	const text = "  - {name: A}\n  - {name: B, format: url}\n"
	was := digest(text)
	for change, with := range map[string]string{"format": "pem", "allow_placeholder": "true", "required": "false", "key": "c", "aliases": "[C]"} {
		if digest(strings.Replace(text, "name: A", "name: A, "+change+": "+with, 1)) == was {
			t.Errorf("%s does not count", change)
		}
	}
	for _, same := range []string{"owner: C", "allow_placeholder: false", "required: true"} {
		if digest(strings.Replace(text, "name: A", "name: A, "+same, 1)) != was {
			t.Errorf("%s counts", same)
		}
	}
}

func TestParseSize(t *testing.T) {
	line := "  - name: A_RATHER_LONG_NAME_FOR_ONE\n"
	text := "secrets:\n" + strings.Repeat(line, 10<<20/len(line))
	file := filepath.Join(t.TempDir(), "catalog.yaml")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	catalog, problems, err := Load(file)
	if catalog != nil || err != nil || len(problems) != 1 || problems[0].Rule != "size" {
		t.Errorf("10 MB: %v, %d problems, %v", catalog, len(problems), err)
	}
}

func TestLoadMissing(t *testing.T) {
	_, problems, err := Load(filepath.Join(t.TempDir(), "none.yaml"))
	if problems != nil || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("problems %v, error %v", problems, err)
	}
}

// FuzzParse: whatever stands in the file, there are problems or a catalog whose
// names GitHub takes.
func FuzzParse(f *testing.F) {
	files, _ := filepath.Glob("testdata/check/*.yaml")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		catalog, problems := Parse("catalog.yaml", data)
		if (catalog == nil) != (len(problems) > 0) {
			t.Fatalf("catalog %v, problems %v", catalog, problems)
		}
		if catalog == nil {
			return
		}
		for _, name := range catalog.Sources() {
			if !githubName.MatchString(name) || strings.HasPrefix(name, "GITHUB_") {
				t.Errorf("GitHub would refuse %q", name)
			}
		}
		if len(catalog.Sources()) > MaxSources {
			t.Error("more names than a workflow sees")
		}
	})
}
