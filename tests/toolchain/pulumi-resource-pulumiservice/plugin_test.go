package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	sdk "github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/structpb"
)

const (
	testURN  = "urn:pulumi:stack::project::" + environmentType + "::env"
	testID   = "org/project/env"
	testPath = "/api/esc/environments/org/project/env"
)

// service answers each call with its status, 200 for those not named.
type service struct {
	statuses    map[string]int
	diagnostics string // more fields of a refusal
	calls       []string
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	call := r.Method + " " + r.URL.Path
	s.calls = append(s.calls, call)
	if status := s.statuses[call]; status != 0 {
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"code": %d, "message": "refused"%s}`, status, s.diagnostics)
		return
	}
	w.Header().Set("Pulumi-ESC-Revision", "7")
	switch {
	case strings.HasSuffix(r.URL.Path, "/metadata"):
		fmt.Fprint(w, `{"id": "some-identifier"}`)
	case r.Method == http.MethodGet:
		fmt.Fprint(w, "values: {live: true}\n\n")
	default:
		fmt.Fprint(w, `{}`)
	}
}

func start(t *testing.T, statuses map[string]int) (*plugin, *service) {
	t.Helper()
	fake := &service{statuses: statuses}
	server := httptest.NewServer(fake)
	t.Cleanup(server.Close)
	p := &plugin{}
	args := must(encode(resource.PropertyMap{
		"apiUrl":      resource.NewProperty(server.URL),
		"accessToken": resource.MakeSecret(resource.NewProperty("token")),
	}))
	_, err := p.Configure(t.Context(), &pulumirpc.ConfigureRequest{Args: args})
	if err != nil {
		t.Fatal(err)
	}
	return p, fake
}

func inputs(t *testing.T, yaml string) *structpb.Struct {
	t.Helper()
	encoded, err := encode(environment{"org", "project", "env", yaml}.inputs())
	if err != nil {
		t.Fatal(err)
	}
	return encoded
}

// plain returns the properties without their secretness.
func plain(t *testing.T, properties *structpb.Struct) map[string]any {
	t.Helper()
	decoded, err := sdk.UnmarshalProperties(properties, sdk.MarshalOptions{KeepUnknowns: true})
	if err != nil {
		t.Fatal(err)
	}
	return decoded.Mappable()
}

func state(yaml string, revision float64) map[string]any {
	return map[string]any{
		"organization": "org", "project": "project", "name": "env",
		"yaml": yaml, "revision": revision, "environmentId": "some-identifier",
	}
}

func TestCreate(t *testing.T) {
	calls := []string{
		"POST /api/esc/environments/org/yaml/check", "POST /api/esc/environments/org", "PATCH " + testPath,
		"GET " + testPath + "/metadata",
	}
	cases := map[string]struct {
		statuses map[string]int
		calls    int
		err      string // as the published plugin words it
	}{
		"all four calls":               {calls: 4},
		"refused check writes nothing": {map[string]int{calls[0]: 400}, 1, "failed to check environment due to error: [400] refused"},
		"existing environment":         {map[string]int{calls[1]: 409}, 2, "failed to create new environment due to error: [409] refused"},
		"failed create":                {map[string]int{calls[1]: 500}, 2, "failed to create new environment due to error: [500] refused"},
		"failed write is not retried":  {map[string]int{calls[2]: 500}, 3, "failed to push yaml into environment due to error: [500] refused"},
		"failed metadata fails the write": {map[string]int{calls[3]: 500}, 4, "failed to resolve new environment's id: " +
			"failed to get environment metadata for org/project/env: 500 API error: refused"},
		"no metadata is no error": {map[string]int{calls[3]: 404}, 4, ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			p, fake := start(t, c.statuses)
			got, err := p.Create(t.Context(), &pulumirpc.CreateRequest{Urn: testURN, Properties: inputs(t, "values: {}")})
			if message := fmt.Sprint(err); err == nil && c.err != "" || err != nil && message != c.err {
				t.Errorf("error %q, want %q", message, c.err)
			}
			if diff := cmp.Diff(calls[:c.calls], fake.calls); diff != "" {
				t.Error("calls", diff)
			}
			if c.statuses == nil {
				if diff := cmp.Diff(state("values: {}", 7), plain(t, got.GetProperties())); diff != "" || got.GetId() != testID {
					t.Error(got.GetId(), diff)
				}
			}
		})
	}
}

// What the evaluator has to say comes as diagnostics, and the words with them.
func TestDiagnostics(t *testing.T) {
	cases := map[string]struct {
		call, err string
		update    bool
	}{
		"check":       {"POST /api/esc/environments/org/yaml/check", "failed to check environment, yaml code failed following checks: [", false},
		"first write": {"PATCH " + testPath, "failed to update brand new environment with pre-checked yaml, due to failing the following checks: [", false},
		"update":      {"PATCH " + testPath, "failed to update environment, yaml code failed following checks: [", true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			p, fake := start(t, map[string]int{c.call: 400})
			fake.diagnostics = `, "diagnostics": [{"summary": "unknown key"}]`
			_, err := p.Create(t.Context(), &pulumirpc.CreateRequest{Urn: testURN, Properties: inputs(t, "values: {}")})
			if c.update {
				_, err = p.Update(t.Context(), &pulumirpc.UpdateRequest{Id: testID, Urn: testURN, News: inputs(t, "values: {}")})
			}
			if err == nil || !strings.HasPrefix(err.Error(), c.err) || !strings.Contains(err.Error(), "unknown key") {
				t.Errorf("error %v, want %s...", err, c.err)
			}
		})
	}
}

func TestUpdateWithoutMetadata(t *testing.T) {
	p, _ := start(t, map[string]int{"GET " + testPath + "/metadata": 500})
	_, err := p.Update(t.Context(), &pulumirpc.UpdateRequest{Id: testID, Urn: testURN, News: inputs(t, "values: {}")})
	want := "failed to resolve environment's id: failed to get environment metadata for org/project/env: 500 API error: refused"
	if err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

func TestDeleteReturnsTheRefusal(t *testing.T) {
	p, _ := start(t, map[string]int{"DELETE " + testPath: 404})
	_, err := p.Delete(t.Context(), &pulumirpc.DeleteRequest{Id: testID, Urn: testURN, Properties: inputs(t, "values: {}")})
	if err == nil || err.Error() != "[404] refused" {
		t.Errorf("error %v", err)
	}
}

// The fault that the pipeline's guard on the revision catches.
func TestUpdateLosesErrors(t *testing.T) {
	for status, revision := range map[int]float64{0: 7, 403: 0, 409: 0, 500: 0} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			p, fake := start(t, map[string]int{"PATCH " + testPath: status})
			got, err := p.Update(t.Context(), &pulumirpc.UpdateRequest{
				Id: testID, Urn: testURN, News: inputs(t, "values: {new: 1}"),
			})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(state("values: {new: 1}", revision), plain(t, got.GetProperties())); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff([]string{"PATCH " + testPath, "GET " + testPath + "/metadata"}, fake.calls); diff != "" {
				t.Error("calls", diff)
			}
		})
	}
}

// The fault that the pipeline avoids by reading before it declares.
func TestReadTakesErrorsForDeleted(t *testing.T) {
	for _, status := range []int{401, 403, 404} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			p, _ := start(t, map[string]int{"GET " + testPath: status})
			got, err := p.Read(t.Context(), &pulumirpc.ReadRequest{Id: testID, Urn: testURN})
			if err != nil || got.GetId() != "" {
				t.Errorf("got id %q and error %v, want neither", got.GetId(), err)
			}
		})
	}
}

func TestReadIsNotCancelled(t *testing.T) {
	p, _ := start(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	got, err := p.Read(ctx, &pulumirpc.ReadRequest{Id: testID, Urn: testURN})
	if err != nil || got.GetId() != testID {
		t.Errorf("got id %q and error %v", got.GetId(), err)
	}
}

func TestRead(t *testing.T) {
	p, _ := start(t, map[string]int{"GET " + testPath + "/metadata": 500})
	got, err := p.Read(t.Context(), &pulumirpc.ReadRequest{Id: testID, Urn: testURN})
	if err != nil {
		t.Fatal(err)
	}
	want := state("values: {live: true}", 7)
	delete(want, "environmentId")
	if diff := cmp.Diff(want, plain(t, got.GetProperties())); diff != "" {
		t.Error(diff)
	}
	delete(want, "revision")
	if diff := cmp.Diff(want, plain(t, got.GetInputs())); diff != "" {
		t.Error(diff)
	}
}

func TestCheck(t *testing.T) {
	asset := func(text string) resource.PropertyValue {
		return resource.MakeSecret(resource.NewProperty(must(resource.NewTextAsset(text))))
	}
	cases := map[string]struct {
		name, yaml resource.PropertyValue
		text       string
		failures   []string
	}{
		"asset is trimmed":  {resource.NewProperty("env"), asset("\nvalues: {}\n"), "values: {}", nil},
		"unknown is empty":  {resource.NewProperty("env"), resource.MakeComputed(resource.NewProperty("")), "", nil},
		"slash in the name": {resource.NewProperty("a/b"), asset("x"), "x", []string{"name"}},
		"no definition":     {resource.NewProperty("env"), resource.NewNullProperty(), "", []string{"yaml"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			news, err := encode(resource.PropertyMap{
				"organization": resource.NewProperty("org"), "project": resource.NewProperty("project"),
				"name": c.name, "yaml": c.yaml,
			})
			if err != nil {
				t.Fatal(err)
			}
			got, err := new(plugin).Check(t.Context(), &pulumirpc.CheckRequest{Urn: testURN, News: news})
			if err != nil {
				t.Fatal(err)
			}
			var failures []string
			for _, failure := range got.GetFailures() {
				failures = append(failures, failure.GetProperty())
			}
			if diff := cmp.Diff(c.failures, failures); diff != "" {
				t.Error("failures", diff)
			}
			yaml := must(sdk.UnmarshalProperties(got.GetInputs(), sdk.MarshalOptions{KeepSecrets: true}))["yaml"]
			if !yaml.IsSecret() || yaml.SecretValue().Element.StringValue() != c.text {
				t.Errorf("yaml is %v, want the secret %q", yaml, c.text)
			}
		})
	}
}

func TestDiff(t *testing.T) {
	cases := map[string]struct {
		news     environment
		changed  bool
		replaces []string
	}{
		"same":              {environment{"org", "project", "env", "values: {}"}, false, nil},
		"other white space": {environment{"org", "project", "env", "values:  {}"}, true, nil},
		"other name":        {environment{"org", "project", "other", "values: {}"}, true, []string{"name"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := new(plugin).Diff(t.Context(), &pulumirpc.DiffRequest{
				Urn: testURN, OldInputs: inputs(t, "values: {}"), News: must(encode(c.news.inputs())),
			})
			if err != nil {
				t.Fatal(err)
			}
			if changed := got.GetChanges() == pulumirpc.DiffResponse_DIFF_SOME; changed != c.changed {
				t.Errorf("changed %v, want %v", changed, c.changed)
			}
			if diff := cmp.Diff(c.replaces, got.GetReplaces()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestOtherTypesAreRefused(t *testing.T) {
	urn := "urn:pulumi:stack::project::pulumiservice:index:Team::team"
	_, err := new(plugin).Check(t.Context(), &pulumirpc.CheckRequest{Urn: urn})
	if err == nil || !strings.Contains(err.Error(), "pulumiservice:index:Team") {
		t.Errorf("got %v, want an error that names the type", err)
	}
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}
