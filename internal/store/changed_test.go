package store

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

// Since when a value is in GitHub survives the text of a record, and takes little of
// it: a hundred sources, none of them rotated for years, stay under 6 KB.
func TestChangedInARecord(t *testing.T) {
	record := Record{Serial: 1000, Catalog: "0123456789abcdef", After: 10000, Run: "12345678901-ABCDEFGH",
		Delivered: workflow.Sources{}, Undelivered: workflow.Sources{}, Changed: map[workflow.Source]Change{}}
	for i := range 100 {
		s := organization(fmt.Sprintf("AVERAGE_SECRET_NAME_%02d", i))
		record.Delivered[s] = day1.Add(time.Duration(i) * time.Hour).Format(time.RFC3339)
		record.Changed[s] = Change{dayOf(record.Delivered[s]).Add(-time.Duration(999-i) * day), i%2 == 0}
	}
	text := record.text()
	got, ok := parseRecord(text)
	if diff := cmp.Diff(record, got); !ok || diff != "" {
		t.Error(diff)
	}
	if n := len(text); n > 6<<10 {
		t.Errorf("%d bytes", n)
	}
}

func TestChangeOf(t *testing.T) {
	a, b, c := organization("A"), organization("B"), organization("C")
	for _, tc := range []struct {
		changed string
		want    map[workflow.Source]string
	}{
		{"", map[workflow.Source]string{a: "2026-08-01 or before", b: "2026-08-02 or before", c: ""}}, // of an older version
		{"0 3+", map[workflow.Source]string{a: "2026-08-01", b: "2026-07-30 or before", c: ""}},
		{"-2 0+", map[workflow.Source]string{a: "2026-08-03", b: "2026-08-02 or before", c: ""}},
		{"0", map[workflow.Source]string{a: "2026-08-01 or before", b: "2026-08-02 or before"}}, // somebody took a line out
		{"0 x", map[workflow.Source]string{a: "2026-08-01 or before", b: "2026-08-02 or before"}},
	} {
		r := Record{Delivered: workflow.Sources{a: "2026-08-01T10:00:00Z", b: "2026-08-02T23:59:59Z"}}
		r.Changed = parseChanged(tc.changed, r.Delivered)
		for source, want := range tc.want {
			got, ok := r.ChangeOf(source)
			if ok != (want != "") || ok && got.String() != want {
				t.Errorf("%q: %s changed %s, want %q", tc.changed, source, got, want)
			}
		}
		if back := parseChanged(r.changedText(), r.Delivered); !cmp.Equal(back, r.Changed) {
			t.Errorf("%q comes back as %v", tc.changed, back)
		}
	}
}
