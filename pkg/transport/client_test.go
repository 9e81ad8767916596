package transport

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

const limit = 1 << 20

func newClient(t *testing.T, address string, h *http.Client) (c *Client, token string) {
	t.Helper()
	token = rand.Text()
	c, err := New(Options{Address: address, Token: secrets.NewValue(token + "\n"), Name: "TOKEN", Scheme: "Bearer", Limit: limit, HTTP: h})
	if err != nil {
		t.Fatal(err)
	}
	return c, token
}

func send(t *testing.T, c *Client, method, address string) (*Answer, error) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c.Send(request)
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestNewRefuses(t *testing.T) {
	token := rand.Text()
	for name, tc := range map[string]struct{ address, token, want string }{
		"an address in clear":     {"http://a.example", token, "use https"},
		"no token":                {"https://a.example", " \n", "TOKEN is empty"},
		"a token of two lines":    {"https://a.example", token + "\n" + token, "TOKEN holds characters that cannot stand in a header"},
		"an address with a token": {"https://" + token + "@a.example", token, "a user, a query or a fragment"},
	} {
		_, err := New(Options{Address: tc.address, Token: secrets.NewValue(tc.token), Name: "TOKEN"})
		if err == nil || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), token) {
			t.Errorf("%s: error %v, want %s", name, err, tc.want)
		}
	}
}

// The token is sent to the configured address only, whatever the service answers.
func TestRedirects(t *testing.T) {
	for _, tc := range []struct {
		method, from, location string
		status, want           int
	}{
		{"GET", "https://a.example/x", "https://a.example/y", 301, 200},
		{"GET", "https://a.example/x", "https://A.example/y?page=2", 302, 200},
		{"GET", "https://a.example/x", "/y", 307, 200},
		{"GET", "http://127.0.0.1:1/x", "http://127.0.0.1:1/y", 308, 200},
		{"GET", "https://a.example/x", "/x", 301, 301},
		{"GET", "https://a.example/x", "", 301, 301},
		{"GET", "https://a.example/x", "http://a.example/y", 301, 301},
		{"GET", "https://a.example/x", "https://b.example/y", 301, 301},
		{"GET", "https://a.example/x", "//b.example/y", 301, 301},
		{"GET", "https://a.example/x", "https://sub.a.example/y", 301, 301},
		{"GET", "https://a.example/x", "https://a.example:8443/y", 301, 301},
		{"GET", "https://a.example/x", "https://u:p@a.example/y", 301, 301},
		{"GET", "https://a.example/x", "file:///y", 301, 301},
		{"GET", "https://a.example/x", "https://[::1", 301, 301},
		{"GET", "https://a.example/x", "/y", 304, 304},
		{"POST", "https://a.example/x", "/y", 302, 302},
		{"PATCH", "https://a.example/x", "/y", 307, 307},
	} {
		t.Run(fmt.Sprint(tc.method, tc.status, tc.location), func(t *testing.T) {
			var token string
			sent := 0
			base := roundTripper(func(r *http.Request) (*http.Response, error) {
				sent++
				if got := r.Header.Get("Authorization"); got != "Bearer "+token {
					t.Errorf("the token does not arrive as it was meant to: %d bytes", len(got))
				}
				if r.URL.Path == "/y" {
					return &http.Response{StatusCode: 200, Body: http.NoBody}, nil
				}
				return &http.Response{StatusCode: tc.status, Header: http.Header{"Location": {tc.location}}, Body: http.NoBody}, nil
			})
			var c *Client
			c, token = newClient(t, tc.from, &http.Client{Transport: base})
			answer, err := send(t, c, tc.method, tc.from)
			if err != nil || answer.Status != tc.want {
				t.Errorf("%+v, %v, want %d", answer, err, tc.want)
			}
			if refused := tc.want != 200 && tc.location != "/x"; refused && sent != 1 {
				t.Errorf("%d requests, want 1", sent)
			}
		})
	}
}

// serveRaw answers each connection with bytes, then calls a function.
func serveRaw(t *testing.T, answer func(conn net.Conn, token string)) (address string) {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				buffer := make([]byte, 64<<10)
				n, _ := conn.Read(buffer)
				_, token, _ := strings.Cut(string(buffer[:n]), "Bearer ")
				token, _, _ = strings.Cut(token, "\r\n")
				answer(conn, token)
			}()
		}
	}()
	return "http://" + listener.Addr().String()
}

const head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

// Every broken answer is an error of one line that does not quote it; nothing is
// logged, and memory stays within the limit.
func TestBrokenAnswers(t *testing.T) {
	forever := func(piece string) func(net.Conn, string) {
		return func(conn net.Conn, token string) {
			_, _ = io.WriteString(conn, strings.TrimSuffix(piece, "…"))
			for {
				if _, err := io.WriteString(conn, strings.Repeat("x", 4096)); err != nil {
					return
				}
			}
		}
	}
	once := func(text string) func(net.Conn, string) {
		return func(conn net.Conn, token string) {
			_, _ = io.WriteString(conn, strings.ReplaceAll(text, "TOKEN", token))
		}
	}
	var written bytes.Buffer
	before := log.Writer()
	log.SetOutput(&written)
	for name, tc := range map[string]struct {
		answer func(net.Conn, string)
		want   string
	}{
		"nothing":                    {once(""), "EOF"},
		"no HTTP":                    {once("TOKEN\r\n\r\n"), "no valid HTTP answer"},
		"a bad status line":          {once("HTTP/1.1 TOKEN OK\r\n\r\n"), "no valid HTTP answer"},
		"a bad header":               {once("HTTP/1.1 200 OK\r\nTOKEN\r\n\r\n"), "no valid HTTP answer"},
		"a bad length":               {once(head + "Content-Length: TOKEN\r\n\r\n"), "no valid HTTP answer"},
		"an unknown encoding":        {once(head + "Transfer-Encoding: TOKEN\r\n\r\n"), "no valid HTTP answer"},
		"a bad chunk":                {once(head + "Transfer-Encoding: chunked\r\n\r\nTOKEN\r\n"), "no valid HTTP answer"},
		"no gzip":                    {once(head + "Content-Encoding: gzip\r\nContent-Length: 26\r\n\r\nTOKEN"), "no valid HTTP answer"},
		"half a header":              {once(head + "X-A: b"), "EOF"},
		"half a body":                {once(head + "Content-Length: 100\r\n\r\n{TOKEN"), "EOF"},
		"an endless body":            {forever(head + "\r\n…"), "too long"},
		"an endless header":          {forever(head + "X-A: …"), "no valid HTTP answer"},
		"a length over the limit":    {once(head + "Content-Length: 99999999999\r\n\r\n"), "too long"},
		"more than was announced":    {once(head + "Content-Length: 2\r\n\r\n{}HTTP/1.1 200 TOKEN\r\n\r\n"), ""},
		"an answer to every request": {once(head + "Content-Length: 2\r\n\r\n{}" + head + "\r\nTOKEN"), ""},
		"a failure with half a body": {once("HTTP/1.1 502 Bad\r\nContent-Length: 100\r\n\r\n{"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			address := serveRaw(t, tc.answer)
			c, token := newClient(t, address, nil)
			_, err := send(t, c, http.MethodGet, address)
			switch {
			case (err == nil) != (tc.want == ""):
				t.Errorf("error %v, want %q", err, tc.want)
			case err != nil && (!strings.Contains(err.Error(), tc.want) || strings.ContainsAny(err.Error(), "\r\n") || strings.Contains(err.Error(), token)):
				t.Errorf("error %v, want %q in one line, without the token", err, tc.want)
			}
		})
	}
	time.Sleep(20 * time.Millisecond) // net/http logs from another goroutine
	log.SetOutput(before)
	if written.Len() > 0 {
		t.Errorf("%d bytes in the process's log", written.Len())
	}
}

func TestARequestIsBounded(t *testing.T) {
	for name, first := range map[string]string{"no answer": "", "half a header": head, "a slow body": head + "Content-Length: 100\r\n\r\n{"} {
		t.Run(name, func(t *testing.T) {
			address := serveRaw(t, func(conn net.Conn, _ string) {
				_, _ = io.WriteString(conn, first)
				_, _ = conn.Read(make([]byte, 1)) // until the client hangs up
			})
			c, _ := newClient(t, address, &http.Client{Timeout: 50 * time.Millisecond})
			_, err := send(t, c, http.MethodGet, address)
			if err == nil || err.Error() != "no answer within 50ms" || !Temporary(0, err) {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestTheEndOfAContextIsTheCause(t *testing.T) {
	c, _ := newClient(t, "https://a.example", &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		<-r.Context().Done()
		return nil, r.Context().Err()
	})})
	why := errors.New("told to stop")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(why)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://a.example", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Send(request); !errors.Is(err, why) {
		t.Errorf("error %v", err)
	}
}

func TestACertificateNobodyKnows(t *testing.T) {
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	c, _ := newClient(t, server.URL, nil)
	_, err := send(t, c, http.MethodGet, server.URL)
	if err == nil || !strings.Contains(err.Error(), "certificate") || Temporary(0, err) {
		t.Errorf("error %v, want a lasting one about the certificate", err)
	}
}

// An HTTP/1 service that says more than it was asked gets no line into the
// process's log, over https as over http. Over HTTP/2 one connection serves.
func TestIdleConnections(t *testing.T) {
	for name, tc := range map[string]struct {
		http2       bool
		connections int32
	}{"HTTP/1": {false, 3}, "HTTP/2": {true, 1}} {
		t.Run(name, func(t *testing.T) {
			var connections atomic.Int32
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if tc.http2 {
					_, _ = io.WriteString(w, "{}")
					return
				}
				conn, _, err := w.(http.Hijacker).Hijack()
				if err != nil {
					t.Error(err)
					return
				}
				defer func() { _ = conn.Close() }()
				_, _ = io.WriteString(conn, head+"Content-Length: 2\r\n\r\n{}HTTP/1.1 200 VALUE\r\n\r\n")
				_, _ = conn.Read(make([]byte, 1)) // until the client hangs up
			}))
			server.EnableHTTP2 = tc.http2
			server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
				if state == http.StateNew {
					connections.Add(1)
				}
			}
			server.StartTLS()
			defer server.Close()
			var written bytes.Buffer
			before := log.Writer()
			log.SetOutput(&written)
			c, _ := newClient(t, server.URL, server.Client())
			for range 3 {
				if answer, err := send(t, c, http.MethodGet, server.URL); err != nil || string(answer.Body) != "{}" {
					t.Error(answer, err)
				}
			}
			time.Sleep(20 * time.Millisecond) // net/http logs from another goroutine
			log.SetOutput(before)
			if written.Len() > 0 || connections.Load() != tc.connections {
				t.Errorf("%d connections, want %d; %d bytes in the log", connections.Load(), tc.connections, written.Len())
			}
		})
	}
}
