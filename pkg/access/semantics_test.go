package access_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/ai-cherry/sophia-secrets/internal/cases"
	"github.com/ai-cherry/sophia-secrets/pkg/access"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// script is a case of cases.Semantics, which the Python module is
// tested with as well.
type script struct {
	Name     string
	TTL      int
	Stale    *int
	Fallback map[string]string
	Steps    []step
}

type step struct {
	Source      access.Map
	Down        string
	Wait        int
	Get         *string
	Default     *string
	Value       *string
	Missing     *[]string
	Unavailable string
	Error       string
	Fetches     *int
}

// world is a source that a script changes.
type world struct {
	source  access.Map
	down    string
	fetches int
}

func (w *world) Fetch(ctx context.Context) (map[string]secrets.Value, error) {
	w.fetches++
	if w.down != "" {
		return nil, errors.New(w.down)
	}
	return w.source.Fetch(ctx)
}

func TestSemantics(t *testing.T) {
	for _, s := range readScripts(t) {
		t.Run(s.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { s.run(t) })
		})
	}
}

func readScripts(t *testing.T) []script {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(cases.Semantics))
	decoder.DisallowUnknownFields()
	var scripts []script
	if err := decoder.Decode(&scripts); err != nil {
		t.Fatal(err)
	}
	return scripts
}

func (s script) run(t *testing.T) {
	w := &world{}
	options := []access.Option{access.From(w), access.TTL(time.Duration(cmp.Or(s.TTL, 300)) * time.Second)}
	if s.Stale != nil {
		options = append(options, access.StaleIfError(time.Duration(*s.Stale)*time.Second))
	}
	if s.Fallback != nil {
		options = append(options, access.Fallback(func(key string) (string, bool) {
			text, ok := s.Fallback[key]
			return text, ok
		}))
	}
	reader := newReader(t, options...)
	for i, step := range s.Steps {
		step.run(t, i, w, reader)
	}
}

func (s step) run(t *testing.T, i int, w *world, reader *access.Reader) {
	t.Helper()
	if s.Source != nil || s.Down != "" {
		w.source, w.down = s.Source, s.Down
	}
	time.Sleep(time.Duration(s.Wait) * time.Second)
	if s.Get != nil {
		s.read(t, i, reader)
	}
	if s.Fetches != nil && w.fetches != *s.Fetches {
		t.Errorf("step %d: %d fetches, want %d", i, w.fetches, *s.Fetches)
	}
}

// read reads with Get and with Lookup: the two must agree.
func (s step) read(t *testing.T, i int, reader *access.Reader) {
	t.Helper()
	value, err := reader.Get(t.Context(), *s.Get)
	missing, down := new(access.MissingError), new(access.UnavailableError)
	if s.Default != nil && errors.As(err, &missing) {
		value, err = secrets.NewValue(*s.Default), nil
	}
	switch {
	case s.Value != nil && (err != nil || value.Reveal() != *s.Value):
		t.Errorf("step %d: %q, %v, want %q", i, value.Reveal(), err, *s.Value)
	case s.Missing != nil && !errors.As(err, &missing):
		t.Errorf("step %d: %v, want a MissingError", i, err)
	case s.Missing != nil && !gocmp.Equal(append([]string{}, missing.Nearest...), *s.Missing):
		t.Errorf("step %d: nearest are %q, want %q", i, missing.Nearest, *s.Missing)
	case s.Unavailable != "" && (!errors.As(err, &down) || !strings.Contains(err.Error(), s.Unavailable)):
		t.Errorf("step %d: %v, want an UnavailableError with %q", i, err, s.Unavailable)
	case s.Error != "" && err.Error() != s.Error:
		t.Errorf("step %d: error %q, want %q", i, err, s.Error)
	}
}

func newReader(t testing.TB, options ...access.Option) *access.Reader {
	t.Helper()
	reader, err := access.New(options...)
	if err != nil {
		t.Fatal(err)
	}
	return reader
}
