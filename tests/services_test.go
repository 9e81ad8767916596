package tests

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"path"
	"strings"
)

// environments is an ESC: definitions by name.
type environments map[string]string

// repository is a repository: files by path.
type repository map[string]string

// services answer the program's requests to ESC and GitHub without a network.
type services struct {
	environments environments
	files        repository
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
	r.Body = io.NopCloser(strings.NewReader(body))
	return r, nil
}

func (s services) answer(url string) (body string, ok bool) {
	if name, found := strings.CutPrefix(url, "/api/esc/environments/"); found {
		switch name, what := path.Dir(name), path.Base(name); what {
		case "versions":
			_, ok = s.environments[name]
			return `[{"number":2,"creatorLogin":"pipeline"}]`, ok
		case "tags":
			_, ok = s.environments[name]
			return `{"tags":{}}`, ok
		}
		body, ok = s.environments[name]
		return body, ok
	}
	parts := strings.SplitN(strings.TrimPrefix(url, "/repos/"), "/", 4)
	switch {
	case len(parts) == 2: // a repository
		return `{"id":8,"name":"` + parts[1] + `"}`, true
	case strings.HasSuffix(url, "/repositories"): // an allow list
		return `{"repositories":[{"id":7,"name":"backend"}]}`, true
	case len(parts) == 4 && parts[2] == "contents":
		text, ok := s.files[parts[3]]
		answer, _ := json.Marshal(map[string]string{"encoding": "base64", "content": base64.StdEncoding.EncodeToString([]byte(text))})
		return string(answer), ok
	}
	return "", false
}
