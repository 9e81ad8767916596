package sandbox

import (
	"cmp"
	"net/http"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/esc"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// maxSessions bounds the sessions that are kept; the oldest are dropped first.
const maxSessions = 100

// session is an opened environment, with its values at that time.
type session struct {
	id      string
	of      *environment
	values  *esc.Environment
	expires time.Time
}

func (p *pulumi) openEnvironment(e *environment, q *request) response {
	r, ok := e.version(q.PathValue("version"))
	if !ok {
		return missing("there is no version %s", q.PathValue("version"))
	}
	duration, err := time.ParseDuration(cmp.Or(q.URL.Query().Get("duration"), "2h"))
	if err != nil || duration <= 0 {
		return bad("invalid duration")
	}
	values, diags := p.evaluate(e, r)
	if hasErrors(diags) {
		return refuse(diags)
	}
	s := &session{newID(), e, values, p.clock().Add(duration)}
	p.sessions = append(p.sessions, s)
	p.sessions = p.sessions[max(0, len(p.sessions)-maxSessions):]
	return reply(http.StatusOK, map[string]string{"id": s.id})
}

// readOpen answers all values, or the one property that the query names.
func (p *pulumi) readOpen(e *environment, q *request) response {
	s, ok := p.session(e, q.PathValue("id"))
	if !ok {
		return missing("the session does not exist or is over")
	}
	property := q.URL.Query().Get("property")
	if property == "" {
		return reply(http.StatusOK, s.values)
	}
	path, err := resource.ParsePropertyPath(property)
	if err != nil {
		return bad("invalid property path")
	}
	value, ok := dig(esc.NewValue(s.values.Properties), path)
	if !ok {
		return missing("there is no property %s", property)
	}
	return reply(http.StatusOK, value)
}

func (p *pulumi) session(e *environment, id string) (*session, bool) {
	for _, s := range p.sessions {
		if s.id == id && s.of == e && p.clock().Before(s.expires) {
			return s, true
		}
	}
	return nil, false
}

// dig returns the value at a property path.
func dig(v esc.Value, path resource.PropertyPath) (esc.Value, bool) {
	for _, step := range path {
		key, isKey := step.(string)
		index, isIndex := step.(int)
		object, _ := v.Value.(map[string]esc.Value)
		list, _ := v.Value.([]esc.Value)
		below, ok := object[key]
		switch {
		case isKey && ok:
			v = below
		case isIndex && index >= 0 && index < len(list):
			v = list[index]
		default:
			return esc.Value{}, false
		}
	}
	return v, true
}
