package verify

import (
	"context"
	"fmt"

	"github.com/ai-cherry/sophia-secrets/pkg/esc"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

// Verify configures one verification.
type Verify struct {
	ESC         *esc.Client
	Environment secrets.EnvironmentName
	RootKey     string
	Catalog     *secrets.Catalog
	Job         func(name string) (string, bool) // the SECRET_ variables of a job; nil outside of one
}

// Run opens the environment and checks every key. The error is for an environment
// that cannot be read; then nothing is known of any key.
func (v Verify) Run(ctx context.Context) (Report, error) {
	report := Report{Version: reportVersion, Environment: v.Environment.String(), Keys: []Row{}}
	opened, err := v.ESC.Open(ctx, v.Environment)
	if err != nil {
		report.Error = err.Error()
		return report, err
	}
	for _, s := range v.Catalog.Secrets {
		for _, key := range s.Keys() {
			got, _ := opened.At(v.RootKey, key)
			row := Row{Key: key, Name: s.Name, Problem: Judge(s, got)}
			if row.Problem == "" {
				row.Problem = v.compare(s, got.Text)
			}
			row.Finding = row.Problem != "" && (s.Required || row.Problem != absent)
			report.Keys = append(report.Keys, row)
		}
	}
	return report, nil
}

const absent = "missing"

// Judge says what is wrong with what an application gets for a key, by itself; "" if
// nothing is. The zero Value is a key that is not there.
func Judge(s secrets.Secret, got esc.Value) string {
	switch {
	case got.Kind == "":
		return absent
	case got.Kind != esc.String:
		return fmt.Sprintf("not a text but %s", kinds[got.Kind])
	case !got.Secret:
		return "in clear text: whoever may read the environment's definition sees it"
	}
	return s.Refuse(got.Text)
}

// Same reports whether an application gets this value, as a secret.
func Same(got esc.Value, want secrets.Value) bool {
	return got.Kind == esc.String && got.Secret && got.Text.Equal(want)
}

var kinds = map[esc.Kind]string{
	esc.Null: "null", esc.Bool: "a boolean", esc.Number: "a number", esc.List: "a list", esc.Object: "an object",
	esc.Unknown: "something that could not be computed",
}

// compare looks at each variable in which the job received the value.
func (v Verify) compare(s secrets.Secret, got secrets.Value) string {
	if v.Job == nil {
		return ""
	}
	for _, name := range s.Sources() {
		if text, _ := v.Job(workflow.Variable(name)); text != "" && !got.Equal(secrets.NewValue(text)) {
			return fmt.Sprintf("not the value that the job received as %s", name)
		}
	}
	return ""
}
