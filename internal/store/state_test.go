package store

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-cherry/sophia-secrets/pkg/esc"
	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

var day1 = time.Date(2026, 8, 1, 10, 0, 0, 0, time.UTC)

func revisions(numbers ...int) []esc.Revision {
	var all []esc.Revision
	for _, n := range numbers {
		all = append(all, esc.Revision{Number: n})
	}
	return all
}

func TestHandEdit(t *testing.T) {
	tagged := []esc.Revision{{Number: 2, Tags: []string{"latest", firstSyncedTag}}, {Number: 1}}
	for _, tc := range []struct {
		name  string
		state State
		want  int // 0 is none
	}{
		{"no store", State{}, 0},
		{"never synced", State{Exists: true, Revisions: revisions(2, 1)}, 0},
		{"no revisions", State{Exists: true, Record: &Record{After: 1}}, 0},
		{"sync was last", State{Record: &Record{After: 2}, Revisions: revisions(3, 2, 1)}, 0},
		{"sync was last, with gaps", State{Record: &Record{After: 14}, Revisions: revisions(21, 14, 7)}, 0},
		{"somebody was last", State{Record: &Record{After: 2}, Revisions: revisions(4, 3, 2)}, 4},
		{"somebody was last, with gaps", State{Record: &Record{After: 14}, Revisions: revisions(28, 21, 14)}, 28},
		{"rolled back", State{Record: &Record{After: 2}, Revisions: revisions(9, 8, 7)}, 9},
		{"the first edition, sync was last", State{FirstMark: day1, Revisions: tagged}, 0},
		{"the first edition, somebody was last", State{FirstMark: day1, Revisions: revisions(3, 2)}, 3},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, ok := tc.state.HandEdit()
			if ok != (tc.want != 0) || ok && got.Number != tc.want {
				t.Errorf("got %+v, %v", got, ok)
			}
		})
	}
}

func organization(name string) workflow.Source {
	return workflow.Source{Level: workflow.Organization, Name: name}
}

// The record keeps its place, leaves what people wrote alone, and comes back as it
// was.
func TestRecordInADocument(t *testing.T) {
	record := Record{
		Serial: 3, Catalog: "0123", After: 7, Run: "12-AB",
		Delivered:   workflow.Sources{organization("A"): "2026-08-01T10:00:00Z", {Level: workflow.Repository, Name: "B"}: "2026-08-02T10:00:00Z"},
		Undelivered: workflow.Sources{organization("C"): "not of the format regex:a: #b"},
	}
	for _, tc := range []struct {
		name, text string
		inValues   bool
		want       string // what is left of the text without the record
	}{
		{"empty", "", false, "values:\n  app: {}\n"},
		{"seed", Seed("app"), false, Seed("app")},
		{"refused in the description", Seed("app"), true, Seed("app")},
		{"of people", "description: ours\nvalues:\n  app: {}\n", false, "description: ours\nvalues:\n  app: {}\n"},
		{"flow style", "{values: {app: {a: b}}}", false, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d, err := ParseDocument(tc.text, "app")
			if err != nil {
				t.Fatal(err)
			}
			for range 2 {
				d.SetRecord(record, tc.inValues)
			}
			text := d.String()
			got, ok := ReadRecord(text)
			if diff := cmp.Diff(record, got); diff != "" || !ok {
				t.Fatalf("%v %s\n%s", ok, diff, text)
			}
			if inValues := strings.Contains(text, recordKey); inValues != (tc.inValues || tc.name == "of people") {
				t.Errorf("in values: %v\n%s", inValues, text)
			}
			again, err := ParseDocument(text, "app")
			if err != nil || again.String() != text {
				t.Errorf("it does not survive: %v\n%s", err, again)
			}
			again.SetRecord(record, true) // a service that accepted it does so no more
			if moved, ok := ReadRecord(again.String()); !ok || !cmp.Equal(moved, record) || strings.Count(again.String(), recordTitle) != 1 {
				t.Errorf("moving it:\n%s", again)
			}
		})
	}
}

func TestRecordOfAHundredSourcesIsShort(t *testing.T) {
	record := Record{Serial: 1000, Catalog: "0123456789abcdef", After: 10000, Run: "12345678901-ABCDEFGH", Delivered: workflow.Sources{}}
	for i := range 100 {
		record.Delivered[organization("AVERAGE_SECRET_NAME_"+string(rune('A'+i/26))+string(rune('A'+i%26)))] = "2026-08-01T10:00:00Z"
	}
	if n := len(record.text()); n > 6<<10 {
		t.Errorf("%d bytes", n)
	}
}

func TestNoRecord(t *testing.T) {
	for _, text := range []string{"", "[", "description: of people\n", "description:\n  a: b\n", "description: 'sophia-secrets record: ['\n", "values: text\n", Seed("app")} {
		if got, ok := ReadRecord(text); ok {
			t.Errorf("%q has record %+v", text, got)
		}
	}
}
