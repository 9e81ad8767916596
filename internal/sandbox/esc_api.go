package sandbox

import (
	"cmp"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// environmentHandler answers a request about an environment that exists.
type environmentHandler func(*environment, *request) response

// withEnvironment finds the environment of the path, or answers 404.
func (p *pulumi) withEnvironment(h environmentHandler) handler {
	return func(q *request) response {
		name := q.PathValue("org") + "/" + q.PathValue("project") + "/" + q.PathValue("env")
		e, ok := p.environments[name]
		if !ok {
			return missing("environment %s does not exist", name)
		}
		return h(e, q)
	}
}

// metadata describes an environment without its definition.
func (e *environment) metadata() map[string]any {
	return map[string]any{
		"id": e.id, "organization": e.organization, "project": e.project, "name": e.name,
		"created": e.revisions[0].Created, "modified": e.latest().Created,
		"ownedBy": map[string]string{"name": e.owner, "githubLogin": e.owner},
	}
}

func (p *pulumi) getMetadata(e *environment, _ *request) response {
	return reply(http.StatusOK, e.metadata())
}

// listEnvironments answers in one page.
func (p *pulumi) listEnvironments(*request) response {
	list := []map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(p.environments)) {
		list = append(list, p.environments[name].metadata())
	}
	return reply(http.StatusOK, map[string]any{"environments": list, "nextToken": ""})
}

func (p *pulumi) createEnvironment(q *request) response {
	var in struct{ Project, Name string }
	if !q.decode(&in) {
		return bad("the body is no JSON")
	}
	err := p.create(p.organization+"/"+cmp.Or(in.Project, "default")+"/"+in.Name, q.who.login)
	switch {
	case errors.Is(err, ErrEnvironmentExists):
		return conflict("%v", err)
	case err != nil:
		return bad("%v", err)
	}
	return reply(http.StatusOK, struct{}{})
}

func (p *pulumi) deleteEnvironment(e *environment, _ *request) response {
	delete(p.environments, e.organization+"/"+e.reference())
	return done()
}

// refuse answers with what is wrong with a definition.
func refuse(diags []diagnostic) response {
	return reply(http.StatusBadRequest, map[string]any{
		"code": http.StatusBadRequest, "message": "Bad Request: the environment definition is invalid", "diagnostics": diags,
	})
}

func (p *pulumi) checkYAML(q *request) response {
	checked, diags := p.check("<yaml>", string(q.body), q.URL.Query().Get("showSecrets") == "true")
	if hasErrors(diags) {
		return refuse(diags)
	}
	return reply(http.StatusOK, checked)
}

func (p *pulumi) getDefinition(e *environment, q *request) response {
	r, ok := e.version(q.PathValue("version"))
	if !ok {
		return missing("there is no version %s", q.PathValue("version"))
	}
	a := p.definition(r, r.Text)
	switch {
	case q.PathValue("version") == "":
	case p.manners.VersionETag == "newest":
		a.header["ETag"] = e.latest().etag
	case p.manners.VersionETag == "none":
		delete(a.header, "ETag")
	}
	return a
}

func (p *pulumi) decryptDefinition(e *environment, _ *request) response {
	text, err := e.decrypt(e.latest().Text)
	if err != nil {
		return failure(Pulumi, http.StatusInternalServerError, "decrypting: %v", err)
	}
	return p.definition(e.latest(), text)
}

// definition answers with a definition as text, and with its ETag and revision.
func (p *pulumi) definition(r *Revision, text string) response {
	return p.revised(r, response{status: http.StatusOK, body: []byte(text), header: map[string]string{
		"Content-Type": "application/x-yaml",
	}})
}

// revised names the revision that an answer is about.
func (p *pulumi) revised(r *Revision, a response) response {
	a.header["ETag"] = r.etag
	if !p.manners.NoRevisionHeader {
		a.header["Pulumi-ESC-Revision"] = strconv.Itoa(r.Number)
	}
	return a
}

// patchDefinition replaces the whole document. The precondition comes as ETag
// or as If-Match.
func (p *pulumi) patchDefinition(e *environment, q *request) response {
	for _, name := range []string{"ETag", "If-Match"} {
		wanted := strings.Trim(q.Header.Get(name), `"`)
		if wanted != "" && wanted != strings.Trim(e.latest().etag, `"`) {
			return conflict("the environment has changed since it was read")
		}
	}
	r, diags := p.write(e, string(q.body), q.who.login)
	if r == nil {
		return refuse(diags)
	}
	body := map[string]any{}
	if len(diags) > 0 { // warnings
		body["diagnostics"] = diags
	}
	return p.revised(r, reply(http.StatusOK, body))
}
