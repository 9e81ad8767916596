package cases

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// Hostile is a service that answers as no service should. Every read from it must
// be an error of one line with the words, without the marker and the token,
// before the reader's deadline and with little memory.
type Hostile struct {
	Name  string
	Words []string
	// Big answers are longer than a reader may accept; Slow ones last until its
	// deadline.
	Big, Slow bool

	at    string // the method of the request that gets this answer; the other gets a correct one
	https bool   // the address is https; with at "", the answer meets the handshake
	acts  []act
}

// act is a step of an answer. It ends early when the reader hangs up.
type act func(c *caller) error

// caller is a reader on the line.
type caller struct {
	net.Conn
	fill *strings.Replacer // {marker}, {token}, {root}
}

// Serve starts the service and returns its address. Its answers hold the marker
// in place of values.
func (h Hostile) Serve(t testing.TB, marker string) (address string) {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	scheme := "http"
	if h.https {
		scheme = "https"
	}
	if h.https && h.at != "" {
		selfSigned := httptest.NewTLSServer(nil)
		t.Cleanup(selfSigned.Close)
		listener = tls.NewListener(listener, selfSigned.TLS)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go h.answer(t.Context(), connection, marker)
		}
	}()
	return scheme + "://" + listener.Addr().String()
}

func (h Hostile) answer(ctx context.Context, connection net.Conn, marker string) {
	defer func() { _ = connection.Close() }()
	defer context.AfterFunc(ctx, func() { _ = connection.Close() })()
	c := &caller{connection, strings.NewReplacer()}
	acts := h.acts
	if h.at != "" {
		request, err := http.ReadRequest(bufio.NewReader(connection))
		if err != nil {
			return
		}
		token := strings.TrimPrefix(request.Header.Get("Authorization"), "token ")
		c.fill = strings.NewReplacer("{marker}", marker, "{token}", token, "{root}", RootKey)
		if request.Method != h.at {
			acts = []act{reply(rightAnswers(request.Method))}
		}
	}
	for _, do := range acts {
		if do(c) != nil {
			return
		}
	}
}

func rightAnswers(method string) string {
	if method == http.MethodPost {
		return `{"id": "session"}`
	}
	return `{"properties": {"{root}": {"value": {"plain": {"value": "{marker}", "secret": true}}}}}`
}

func send(text string) act {
	return func(c *caller) error {
		_, err := c.fill.WriteString(c, text)
		return err
	}
}

// drip sends the text again and again, with pauses too short for the timeout of a
// single read.
func drip(text string) act {
	return func(c *caller) error {
		for {
			if err := send(text)(c); err != nil {
				return err
			}
			time.Sleep(50 * time.Millisecond)
		}
	}
}

// flood sends the text again and again, as fast as it can.
func flood(text string) act {
	return func(c *caller) error {
		all := []byte(strings.Repeat(c.fill.Replace(text), 1+1<<16/len(text)))
		for {
			if _, err := c.Write(all); err != nil {
				return err
			}
		}
	}
}

// hang waits until the reader hangs up.
func hang(c *caller) error {
	_, _ = io.Copy(io.Discard, c)
	return io.EOF
}

// reset ends the connection so that the reader's side sees an error.
func reset(c *caller) error {
	if tcp, ok := c.Conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	return io.EOF
}

// head is a status line with the headers given, and no end of headers.
func head(status string, headers ...string) string {
	return "HTTP/1.1 " + strings.Join(append([]string{status, "Connection: close"}, headers...), "\r\n") + "\r\n"
}

// body is a whole answer.
func body(status, text string, headers ...string) act {
	return func(c *caller) error {
		text := c.fill.Replace(text)
		length := fmt.Sprintf("Content-Length: %d", len(text))
		return send(head(status, append(headers, length)...) + "\r\n" + text)(c)
	}
}

func reply(text string) act { return body("200 OK", text, "Content-Type: application/json") }

// gzipped is a member of a gzip file; several in a row are a file.
func gzipped(text string) string {
	var compressed bytes.Buffer
	w := gzip.NewWriter(&compressed)
	_, _ = io.WriteString(w, text)
	_ = w.Close()
	return compressed.String()
}
