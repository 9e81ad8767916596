package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-cherry/sophia-secrets/internal/fixture"
)

const printed = `Previewing update (production):

@ Previewing update.....
    a:index:Secret ONE 
 +  a:index:Stack stack create 
 +  a:index:Secret TWO create 
    a:index:Secret ONE  warning: ONE is missing
 +  a:index:Secret THREE creating (0s) 
 +  a:index:Secret THREE create (0.01s) 
 ~  a:index:File file refreshing (0s)
 ~  a:index:File file update [diff: ~content]
 +  a:index:Secret FOUR create 
 +  a:index:Secret FIVE create 
 +  a:index:Stack stack create 
Diagnostics:
  a:index:Secret (ONE):
    warning: ONE is missing

  a:index:File (file):
    --- live
    +++ declared

Resources:
    + 5 to create

`

func TestFoldPulumi(t *testing.T) {
	const head = `Previewing update (production):
 +  a:index:Stack stack create
 +  a:index:Secret TWO create
 +  a:index:Secret THREE create (0.01s)
 ~  a:index:File file update [diff: ~content]
    … and 2 more a:index:Secret create
Diagnostics:
  a:index:Secret (ONE):
`
	const tail = `Resources:
    + 5 to create
`
	seen := map[string]bool{}
	for _, diagnostics := range []string{`    warning: ONE is missing
  a:index:File (file):
    --- live
    +++ declared
`, `    … as above
  a:index:File (file):
    … as above
`} {
		if diff := cmp.Diff(head+diagnostics+tail, foldPulumi(printed, seen)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func TestFoldReport(t *testing.T) {
	for _, tc := range []struct{ name, text, want string }{
		{"all written", `SECRET  KEY  VERDICT  NOTE
A       a    written
B       b    written
C       c    written
D       d    written
E       e    written
revision 3 of x: 5 written
`, `SECRET  KEY  VERDICT  NOTE
A       a    written
B       b    written
C       c    written
    … and 2 more written
revision 3 of x: 5 written
`},
		{"a finding", `SECRET  KEY  VERDICT    NOTE
A       a    unchanged
B       b    kept       arrived empty
C       c    unchanged
revision 3, edited by ana at noon, was overwritten
revision 3 of x: 2 unchanged, 1 kept
`, `SECRET  KEY  VERDICT    NOTE
B       b    kept       arrived empty
    … and 2 unchanged
revision 3, edited by ana at noon, was overwritten
revision 3 of x: 2 unchanged, 1 kept
`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, foldReport(tc.text)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Every secret of the fixture has a value, with people or in the stack.
func TestDemoProject(t *testing.T) {
	catalog, err := fixture.Catalog()
	if err != nil {
		t.Fatal(err)
	}
	o, err := demoProject(catalog)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range catalog.Secrets {
		if _, managed := o.Managed[s.Name]; o.Adopted[s.GitHubName] == "" && !managed {
			t.Errorf("%s has no value", s.Name)
		}
	}
	catalog.Secrets = catalog.Secrets[:1]
	if _, err := demoProject(catalog); err == nil {
		t.Error("a managed secret is not in the catalog, and that is no error")
	}
}
