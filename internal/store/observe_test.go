package store

import (
	"testing"
	"time"

	"github.com/ai-cherry/sophia-secrets/pkg/esc"
)

var day1 = time.Date(2026, 8, 1, 10, 0, 0, 0, time.UTC)

func TestHandEdit(t *testing.T) {
	synced, edited := esc.Revision{Number: 1, Tags: []string{SyncedTag}}, esc.Revision{Number: 2, Author: "ana"}
	for _, tc := range []struct {
		name  string
		state State
		want  esc.Revision
	}{
		{"no store", State{}, esc.Revision{}},
		{"never synced", State{Exists: true, Revisions: []esc.Revision{edited}}, esc.Revision{}},
		{"no revisions", State{Exists: true, Mark: day1}, esc.Revision{}},
		{"sync was last", State{Exists: true, Mark: day1, Revisions: []esc.Revision{{Number: 3, Tags: []string{SyncedTag}}, edited, synced}}, esc.Revision{}},
		{"somebody was last", State{Exists: true, Mark: day1, Revisions: []esc.Revision{edited, synced}}, edited},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, ok := tc.state.HandEdit()
			if got.Number != tc.want.Number || ok != (tc.want.Number != 0) {
				t.Errorf("got %+v, %v", got, ok)
			}
		})
	}
}
