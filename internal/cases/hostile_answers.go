package cases

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

const (
	chunked = "Transfer-Encoding: chunked"
	page    = "<!DOCTYPE html><html><body>{marker} {token}</body></html>"
)

// Hostiles are all hostile services. Most answer so both when the environment is
// opened and when it is read.
func Hostiles() []Hostile {
	var all []Hostile
	for phase, method := range map[string]string{"opening": http.MethodPost, "reading": http.MethodGet} {
		for _, h := range slices.Concat(slow(), broken(), shapeless(), refused()) {
			h.Name += " at " + phase
			h.at = method
			all = append(all, h)
		}
	}
	all = slices.Concat(all, big(), sessions(), environments(), handshakes())
	for i, h := range all {
		if h.Words == nil {
			all[i].Words = []string{"PULUMI_API"}
		}
	}
	return all
}

// slow are answers that never end, and never stop for long.
func slow() []Hostile {
	ok := send(head("200 OK"))
	return marked(func(h *Hostile) { h.Slow = true }, []Hostile{
		{Name: "no answer", acts: []act{hang}},
		{Name: "a dripping status line", acts: []act{send("HTTP/1.1 200 "), drip("O")}},
		{Name: "a dripping header", acts: []act{ok, drip("X")}},
		{Name: "a header now and then", acts: []act{ok, drip("X-A: {marker}\r\n")}},
		{Name: "100 Continue now and then", acts: []act{drip("HTTP/1.1 100 Continue\r\n\r\n")}},
		{Name: "a dripping body", acts: []act{send(head("200 OK", "Content-Length: 1000") + "\r\n{"), drip(" ")}},
		{Name: "a body that stops", acts: []act{send(head("200 OK", "Content-Length: 1000") + "\r\n{"), hang}},
		{Name: "a dripping length of a chunk", acts: []act{send(head("200 OK", chunked) + "\r\n"), drip("0")}},
		{Name: "dripping chunks", acts: []act{send(head("200 OK", chunked) + "\r\n"), drip("1\r\n \r\n")}},
		{Name: "dripping trailers", acts: []act{send(head("200 OK", chunked) + "\r\n0\r\n"), drip("X-A: b\r\n")}},
		// A reader may stop at the status, or wait for the rest.
		{Name: "a dripping refusal", acts: []act{send(head("400 Bad Request") + "\r\n"), drip(" ")}, Words: []string{}},
	})
}

// big are endless answers, as fast as the network allows.
func big() []Hostile {
	spaces := strings.Repeat(" ", 1<<14)
	return marked(func(h *Hostile) { h.Big, h.at = true, http.MethodGet }, []Hostile{
		{Name: "an endless status line", acts: []act{send("HTTP/1.1 200 "), flood("O")}},
		{Name: "an endless header", acts: []act{send(head("200 OK") + "X-A: "), flood("{marker}")}},
		{Name: "endless headers", acts: []act{send(head("200 OK")), flood("X-A: {marker}\r\n")}},
		{Name: "endless 100 Continue", acts: []act{flood("HTTP/1.1 100 Continue\r\n\r\n")}},
		{Name: "an endless body", acts: []act{send(head("200 OK") + "\r\n"), flood(spaces)}},
		{Name: "an endless string", acts: []act{send(head("200 OK") + "\r\n{\""), flood("{marker}")}},
		{Name: "an endless list", acts: []act{send(head("200 OK") + "\r\n"), flood("[],")}},
		{Name: "an endless body of known length", acts: []act{send(head("200 OK", "Content-Length: 1000000000000") + "\r\n"), flood(spaces)}},
		{Name: "endless chunks", acts: []act{send(head("200 OK", chunked) + "\r\n"), flood("4000\r\n" + spaces + "\r\n")}},
		{Name: "endless small chunks", acts: []act{send(head("200 OK", chunked) + "\r\n"), flood("1\r\n \r\n")}},
		{Name: "one endless chunk", acts: []act{send(head("200 OK", chunked) + "\r\n7fffffffff\r\n"), flood(spaces)}},
		{Name: "endless trailers", acts: []act{send(head("200 OK", chunked) + "\r\n0\r\n"), flood("X-A: {marker}\r\n")}},
		{Name: "gzip that swells", acts: []act{send(head("200 OK", "Content-Encoding: gzip") + "\r\n"), flood(gzipped(strings.Repeat(" ", 1<<24)))}},
	})
}

// broken are answers that are not HTTP, or end early.
func broken() []Hostile {
	return []Hostile{
		{Name: "a closed connection"},
		{Name: "a reset connection", acts: []act{reset}},
		{Name: "another protocol", acts: []act{send("SSH-2.0-OpenSSH_9.6 {marker}\r\n")}},
		{Name: "no status line", acts: []act{send(`{"id": "{marker}"}`)}},
		{Name: "no status", acts: []act{send("HTTP/1.1 {marker}\r\n\r\n")}},
		{Name: "headers that break off", acts: []act{send(head("200 OK") + "Content-Le")}},
		{Name: "a body that breaks off", acts: []act{send(head("200 OK", "Content-Length: 1000") + "\r\n" + `{"id": "{marker}`)}},
		{Name: "a body that is reset", acts: []act{send(head("200 OK", "Content-Length: 1000") + "\r\n" + `{"id": "{marker}`), reset}},
		{Name: "a chunk that breaks off", acts: []act{send(head("200 OK", chunked) + "\r\n400\r\n" + `{"id": "{marker}`)}},
		{Name: "a chunk of no length", acts: []act{send(head("200 OK", chunked) + "\r\n{marker}\r\n{}\r\n")}},
		{Name: "gzip that breaks off", acts: []act{body("200 OK", gzipped(`{"id": "x", "properties": {}}`)[:20], "Content-Encoding: gzip")}},
		{Name: "gzip that is none", acts: []act{body("200 OK", "{marker}", "Content-Encoding: gzip")}},
	}
}

// shapeless are answers that are not a JSON object of the right shape.
func shapeless() []Hostile {
	var all []Hostile
	for name, text := range map[string]string{
		"nothing": "", "HTML": page, "text": "{marker}", "no UTF-8": "{\"{marker}\": \"\xff\xfe\"}\xff", "half an object": `{"id": "{marker}"`,
		"two objects": `{"id": "{marker}"} {}`, "a deep list": strings.Repeat("[", 100_000),
		"null": "null", "a number": "1", "a string": `"{marker}"`, "a list": `["{marker}"]`,
		"an empty object": "{}", "an error": `{"code": 500, "error": "{marker}", "message": "{token}"}`,
	} {
		all = append(all, Hostile{Name: name, acts: []act{reply(text)}})
	}
	return append(all, Hostile{Name: "204", acts: []act{send(head("204 No Content") + "\r\n")}})
}

// refused are unsuccessful statuses, with bodies that say more than they should.
func refused() []Hostile {
	all := []Hostile{
		{Name: "a reason that quotes", Words: []string{"401", "PULUMI_ACCESS_TOKEN"}, acts: []act{body("401 {marker} {token}", page)}},
		{Name: "an unknown status", Words: []string{"799"}, acts: []act{body("799 {marker}", page)}},
		{Name: "a long pause", Words: []string{"429", "try again"}, acts: []act{body("429 Too Many Requests", page, "Retry-After: 3600")}},
		{Name: "a pause until a date", Words: []string{"503", "try again"}, acts: []act{
			body("503 Service Unavailable", page, "Retry-After: "+time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)),
		}},
		{Name: "a pause of nonsense", Words: []string{"502"}, acts: []act{body("502 Bad Gateway", page, "Retry-After: {marker} -1")}},
	}
	for _, status := range []int{301, 302, 303, 307, 308} {
		all = append(all, Hostile{
			Name: fmt.Sprint("a redirect ", status), Words: []string{fmt.Sprint(status), "redirects", "PULUMI_API"},
			acts: []act{body(fmt.Sprint(status, " Found"), page, "Location: http://127.0.0.1:1/{token}/{marker}")},
		})
	}
	return append(all, Hostile{
		Name: "a redirect to nowhere", Words: []string{"302", "redirects"}, acts: []act{body("302 Found", page, "Location: http://[::1")},
	})
}

// sessions are answers to opening without a session to read.
func sessions() []Hostile {
	var all []Hostile
	for _, id := range []string{`null`, `""`, `1`, `true`, `["{marker}"]`, `{"id": "{marker}"}`} {
		all = append(all, Hostile{Name: "the session " + id, at: http.MethodPost, acts: []act{reply(`{"id": ` + id + `}`)}})
	}
	return all
}

// environments are answers to reading without the secrets.
func environments() []Hostile {
	other, root := `"elsewhere": {"value": {"plain": {"value": "{marker}"}}}`, []string{"elsewhere", RootKey}
	all := []Hostile{
		{Name: "another root key", Words: root, acts: []act{reply(`{"properties": {` + other + `}}`)}},
		{Name: "no key at all", Words: root[1:], acts: []act{reply(`{"properties": {}}`)}},
		{Name: "a root key of two lines, with the token", Words: root[1:], acts: []act{reply(`{"properties": {"a\nb\u001b[2J{token}": {"value": "x"}, "{token}": {"value": "x"}}}`)}},
	}
	for _, entry := range []string{`null`, `"{marker}"`, `["{marker}"]`, `{}`, `{"value": "{marker}"}`, `{"value": ["{marker}"]}`, `{"unknown": true}`} {
		all = append(all, Hostile{Name: "the root " + entry, Words: root, acts: []act{reply(`{"properties": {"{root}": ` + entry + `, ` + other + `}}`)}})
	}
	for _, properties := range []string{`null`, `"{marker}"`, `[]`, `1`} {
		all = append(all, Hostile{Name: "the properties " + properties, acts: []act{reply(`{"properties": ` + properties + `}`)}})
	}
	return marked(func(h *Hostile) { h.at = http.MethodGet }, all)
}

// handshakes go wrong before any request.
func handshakes() []Hostile {
	all := []Hostile{
		{Name: "no handshake", Slow: true, acts: []act{hang}},
		{Name: "a dripping handshake", Slow: true, acts: []act{send("\x16\x03\x03\x3f\xff"), drip("\x02")}},
		{Name: "a closed handshake"},
		{Name: "a reset handshake", acts: []act{reset}},
		{Name: "http behind https", acts: []act{body("200 OK", page)}},
		{Name: "a certificate of its own", at: http.MethodPost},
	}
	return marked(func(h *Hostile) { h.https = true }, all)
}

func marked(mark func(*Hostile), all []Hostile) []Hostile {
	for i := range all {
		mark(&all[i])
	}
	return all
}
