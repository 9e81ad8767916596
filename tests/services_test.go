package tests

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"path"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v4"
)

// environments is an ESC: definitions by name.
type environments map[string]string

// repository is a repository: files by path.
type repository map[string]string

// services answer the program's requests to ESC and GitHub without a network.
type services struct {
	environments environments
	files        repository
	granted      []map[string]any // what the repository's jobs may read of the organization's
	scopes       string           // of a classic token; "" for another kind
}

// client is for the program's options.
func (s services) client() *http.Client { return &http.Client{Transport: s} }

// RoundTrip answers 404 for anything missing.
func (s services) RoundTrip(q *http.Request) (*http.Response, error) {
	body, ok := s.answer(q.URL.Path)
	r := &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Request: q, ProtoMajor: 1}
	if !ok {
		r.StatusCode = http.StatusNotFound
	}
	r.Header.Set("Pulumi-ESC-Revision", "1")
	if s.scopes != "" {
		r.Header.Set("X-OAuth-Scopes", s.scopes)
	}
	r.Body = io.NopCloser(strings.NewReader(body))
	return r, nil
}

func (s services) answer(url string) (body string, ok bool) {
	if name, found := strings.CutPrefix(url, "/api/esc/environments/"); found {
		name = regexp.MustCompile(`/versions/[0-9]+`).ReplaceAllString(name, "")
		switch name, what := path.Dir(name), path.Base(name); what {
		case "versions":
			_, ok = s.environments[name]
			return `[{"number":2,"creatorLogin":"pipeline"}]`, ok
		case "open":
			return `{"id":"session"}`, true
		}
		if opened, _, isRead := strings.Cut(name, "/open/"); isRead {
			return open(s.environments[opened])
		}
		body, ok = s.environments[name]
		return body, ok
	}
	parts := strings.SplitN(strings.TrimPrefix(url, "/repos/"), "/", 4)
	switch {
	case len(parts) == 2: // a repository
		return `{"id":8,"name":"` + parts[1] + `","default_branch":"main"}`, true
	case strings.HasSuffix(url, "/actions/organization-secrets"):
		list := []map[string]string{}
		for _, l := range s.granted {
			list = append(list, map[string]string{"name": l["name"].(string), "updated_at": "2026-08-01T10:00:00Z"})
		}
		answer, _ := json.Marshal(map[string]any{"secrets": list})
		return string(answer), true
	case strings.HasSuffix(url, "/actions/secrets"): // of the repository
		return `{"secrets":[]}`, true
	case strings.HasSuffix(url, "/repositories"): // an allow list
		return `{"repositories":[{"id":7,"name":"backend"}]}`, true
	case len(parts) == 4 && parts[2] == "branches":
		return `{"protected":false}`, true
	case len(parts) == 4 && parts[2] == "contents":
		text, ok := s.files[parts[3]]
		answer, _ := json.Marshal(map[string]string{"encoding": "base64", "content": base64.StdEncoding.EncodeToString([]byte(text))})
		return string(answer), ok
	}
	return "", false
}

// open evaluates a definition of plain values.
func open(text string) (string, bool) {
	var definition struct {
		Values map[string]any `yaml:"values"`
	}
	if err := yaml.Unmarshal([]byte(text), &definition); err != nil {
		return "", false
	}
	answer, _ := json.Marshal(map[string]any{"properties": opened(definition.Values)})
	return string(answer), true
}

func opened(values map[string]any) map[string]any {
	all := map[string]any{}
	for key, value := range values {
		if below, ok := value.(map[string]any); ok {
			value = opened(below)
		}
		all[key] = map[string]any{"value": value, "secret": true}
	}
	return all
}
