package sandbox

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"time"
)

const (
	latestTag   = "latest" // names the newest revision; nobody can move it
	maxVersions = 100      // in one answer
)

// versionTag names a revision, with all the fields that esc-sdk accepts.
type versionTag struct {
	Name     string `json:"name"`
	Revision int    `json:"revision"`
	edit
}

// edit says when a tag was last changed, and by whom.
type edit struct {
	Created     time.Time `json:"created"`
	Modified    time.Time `json:"modified"`
	EditorLogin string    `json:"editorLogin"`
	EditorName  string    `json:"editorName"`
}

func (p *pulumi) edited(q *request, created time.Time) edit {
	if created.IsZero() {
		created = p.now()
	}
	return edit{created, p.now(), q.who.login, q.who.login}
}

// listVersions answers with the revisions below "before", newest first, at most
// "count" of them and at most a hundred, with all the fields that esc-sdk
// accepts.
func (p *pulumi) listVersions(e *environment, q *request) response {
	before := e.below(q.number("before", e.latest().Number+1))
	count := min(q.number("count", maxVersions), maxVersions)
	list := []map[string]any{}
	for _, r := range slices.Backward(e.revisions[max(0, before-count):before]) {
		list = append(list, map[string]any{
			"number": r.Number, "created": r.Created, "creatorLogin": r.Author, "creatorName": r.Author, "tags": e.tagsOf(r),
		})
	}
	return reply(http.StatusOK, list)
}

// versionTag finds a version tag; "latest" is one.
func (e *environment) versionTag(name string) (*versionTag, bool) {
	if r := e.latest(); name == latestTag {
		return &versionTag{latestTag, r.Number, edit{e.revisions[0].Created, r.Created, r.Author, r.Author}}, true
	}
	t, ok := e.versionTags[name]
	return t, ok
}

// allVersionTags returns the tags sorted by name, "latest" among them.
func (e *environment) allVersionTags() []*versionTag {
	latest, _ := e.versionTag(latestTag)
	list := append(slices.Collect(maps.Values(e.versionTags)), latest)
	slices.SortFunc(list, func(a, b *versionTag) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

func (e *environment) tagsOf(r *Revision) []string {
	tags := []string{}
	for _, t := range e.allVersionTags() {
		if t.Revision == r.Number {
			tags = append(tags, t.Name)
		}
	}
	return tags
}

// listVersionTags answers with the tags after the one that the query names: the
// CLI asks until a page is empty.
func (p *pulumi) listVersionTags(e *environment, q *request) response {
	list, next := slices.DeleteFunc(e.allVersionTags(), func(t *versionTag) bool { return t.Name <= q.URL.Query().Get("after") }), ""
	if size := p.tagPage(q); len(list) > size {
		list, next = list[:size], list[size-1].Name
	}
	return reply(http.StatusOK, map[string]any{"tags": list, "nextToken": next})
}

func (p *pulumi) getVersionTag(e *environment, q *request) response {
	t, ok := e.versionTag(q.PathValue("tag"))
	if !ok {
		return missing("there is no tag %s", q.PathValue("tag"))
	}
	return reply(http.StatusOK, t)
}

func (p *pulumi) createVersionTag(e *environment, q *request) response {
	in := struct {
		Name     string
		Revision int
	}{Revision: e.latest().Number}
	if !q.decode(&in) || !environmentName.MatchString(in.Name) || (in.Name[0] >= '0' && in.Name[0] <= '9') {
		return bad("a tag needs a name that does not start with a digit")
	}
	if _, exists := e.versionTag(in.Name); exists {
		return conflict("tag %s exists", in.Name)
	}
	return p.putVersionTag(e, q, in.Name, in.Revision)
}

func (p *pulumi) updateVersionTag(e *environment, q *request) response {
	name, in := q.PathValue("tag"), struct{ Revision int }{e.latest().Number}
	if name == latestTag || !q.decode(&in) {
		return bad("tag %s cannot be moved so", name)
	}
	if _, exists := e.versionTags[name]; !exists {
		return missing("there is no tag %s", name)
	}
	return p.putVersionTag(e, q, name, in.Revision)
}

func (p *pulumi) putVersionTag(e *environment, q *request, name string, number int) response {
	if _, ok := e.revision(number); !ok {
		return missing("there is no version %d", number)
	}
	t := &versionTag{Name: name, Revision: number}
	if old, exists := e.versionTags[name]; exists {
		t.Created = old.Created
	}
	t.edit = p.edited(q, t.Created)
	e.versionTags[name] = t
	return done()
}

func (p *pulumi) deleteVersionTag(e *environment, q *request) response {
	name := q.PathValue("tag")
	if _, exists := e.versionTags[name]; !exists {
		return missing("there is no tag %s that can be removed", name)
	}
	delete(e.versionTags, name)
	return done()
}
