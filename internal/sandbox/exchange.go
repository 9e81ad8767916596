package sandbox

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path"
	"strconv"
	"time"
)

// bodyLimit bounds the body of a request.
const bodyLimit = 64 << 20

// request is what a handler sees: the request, its body, and its sender.
type request struct {
	*http.Request
	body []byte
	who  identity
}

// response is a whole answer, held back until the faults have been applied.
type response struct {
	status         int
	header         map[string]string
	body           []byte
	drop, truncate bool
}

// handler answers one request. No two run at the same time.
type handler func(*request) response

// exchange carries a request to its handler through http.ServeMux, and the
// response back.
type exchange struct {
	http.ResponseWriter
	request  *request
	response response
}

func (s *Server) handle(pattern string, h handler) {
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, _ *http.Request) {
		x := w.(*exchange)
		x.response = h(x.request)
	})
}

// ServeHTTP handles one request from its first byte to the log and the answer.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// esc-sdk reads a property under a doubled slash; ServeMux would redirect it.
	if clean := path.Clean(r.URL.Path); clean != r.URL.Path {
		r.URL.Path, r.URL.RawPath = clean, ""
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyLimit))
	if err != nil {
		http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
		return
	}
	s.mu.Lock()
	q := &request{r, body, s.identify(r)}
	fault, struck := s.strike(r)
	latency := s.latency
	s.mu.Unlock()

	sleep(r.Context(), latency)
	answer := s.answer(w, q, fault)

	s.mu.Lock()
	s.log = append(s.log, Request{
		Side: sideOf(r.URL.Path), Method: r.Method, Path: r.URL.Path, Query: r.URL.Query(), Status: answer.status,
		Login: q.who.login, Fault: struck, Time: s.now(),
	})
	s.mu.Unlock()
	answer.send(w, r.Method)
}

// answer applies the fault before or after the effect. If the client has gone
// before the effect, there is none.
func (s *Server) answer(w http.ResponseWriter, q *request, f Fault) response {
	side := sideOf(q.URL.Path)
	if !f.After {
		sleep(q.Context(), f.Delay)
		switch {
		case f.Drop || q.Context().Err() != nil:
			return response{drop: true}
		case f.answers():
			return f.spoil(response{}, side)
		}
	}
	r := s.serve(w, q)
	if f.After {
		sleep(q.Context(), f.Delay)
		r = f.spoil(r, side)
	}
	r.truncate = f.Truncate
	return r
}

// serve checks the token and runs the handler, under the lock.
func (s *Server) serve(w http.ResponseWriter, q *request) response {
	side := sideOf(q.URL.Path)
	switch {
	case q.who == identity{}:
		return failure(side, http.StatusUnauthorized, "Bad credentials")
	case !q.who.role.allows(q.Request):
		return failure(side, http.StatusForbidden, "Resource not accessible by this access token")
	}
	x := &exchange{ResponseWriter: w, request: q}
	defer s.lock()()
	s.mux.ServeHTTP(x, q.Request)
	if side == GitHub && x.response.header != nil { // the tokens are classic ones
		x.response.header["X-OAuth-Scopes"] = q.who.role.scopes()
	}
	return x.response
}

func (r response) send(w http.ResponseWriter, method string) {
	empty := len(r.body) == 0 || method == http.MethodHead
	if r.drop || (r.truncate && empty) {
		panic(http.ErrAbortHandler)
	}
	for k, v := range r.header {
		w.Header().Set(k, v)
	}
	if len(r.body) > 0 {
		w.Header().Set("Content-Length", strconv.Itoa(len(r.body)))
	}
	w.WriteHeader(r.status)
	switch {
	case empty:
	case r.truncate:
		w.Write(r.body[:len(r.body)/2])       //nolint:errcheck // it is cut off anyway
		http.NewResponseController(w).Flush() //nolint:errcheck // it is cut off anyway
		panic(http.ErrAbortHandler)
	default:
		w.Write(r.body) //nolint:errcheck // the client is gone
	}
}

// reply is an answer with a JSON body.
func reply(status int, v any) response {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err) // our own types: cannot happen
	}
	return response{status: status, body: body, header: map[string]string{"Content-Type": "application/json; charset=utf-8"}}
}

// done is an answer without a body.
func done() response { return response{status: http.StatusNoContent} }

// failure is an error in the words of the side.
func failure(side Side, status int, format string, args ...any) response {
	message := fmt.Sprintf(format, args...)
	if side == GitHub {
		return reply(status, map[string]string{
			"message": message, "documentation_url": "https://docs.github.com/rest", "status": strconv.Itoa(status),
		})
	}
	return reply(status, map[string]any{"code": status, "message": message})
}

// decode reads a JSON body; false if it is not JSON.
func (q *request) decode(v any) bool { return json.Unmarshal(q.body, v) == nil }

// number reads a positive number of the query.
func (q *request) number(name string, otherwise int) int {
	if n, err := strconv.Atoi(q.URL.Query().Get(name)); err == nil && n > 0 {
		return n
	}
	return otherwise
}

func sleep(ctx context.Context, d time.Duration) {
	if d > 0 {
		select {
		case <-ctx.Done():
		case <-time.After(d):
		}
	}
}
