package sandbox

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// environmentTag is a tag of an environment, with all the fields that esc-sdk
// accepts.
type environmentTag struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	edit
}

// tagBody is a tag in the body of a request.
type tagBody struct{ Name, Value string }

// listTags answers with a page. The token of the next page is a number, "0" after
// the last one, as the CLI expects.
func (p *pulumi) listTags(e *environment, q *request) response {
	names, next := slices.Sorted(maps.Keys(e.tags)), "0"
	from := min(q.number("after", 0), len(names))
	to := min(from+p.tagPage(q), len(names))
	if to < len(names) {
		next = strconv.Itoa(to)
	}
	tags := map[string]*environmentTag{}
	for _, name := range names[from:to] {
		tags[name] = e.tags[name]
	}
	return reply(http.StatusOK, map[string]any{"tags": tags, "nextToken": next})
}

// tagPage is the number of tags on a page: the requested one, within the limit.
func (p *pulumi) tagPage(q *request) int {
	const all = 1 << 20
	return min(q.number("count", all), cmp.Or(p.manners.TagPageSize, all))
}

func (p *pulumi) getTag(e *environment, q *request) response {
	t, ok := e.tags[q.PathValue("tag")]
	if !ok {
		return missing("there is no tag %s", q.PathValue("tag"))
	}
	return reply(http.StatusOK, t)
}

func (p *pulumi) createTag(e *environment, q *request) response {
	var in tagBody
	if !q.decode(&in) || in.Name == "" {
		return bad("a tag needs a name")
	}
	if _, exists := e.tags[in.Name]; exists {
		return conflict("tag %s exists", in.Name)
	}
	e.tags[in.Name] = &environmentTag{in.Name, in.Value, p.edited(q, time.Time{})}
	return reply(http.StatusOK, e.tags[in.Name])
}

// updateTag refuses an update if the value that the caller takes for the current
// one is not. What the new tag leaves out stays.
func (p *pulumi) updateTag(e *environment, q *request) response {
	var in struct{ CurrentTag, NewTag tagBody }
	t, exists := e.tags[q.PathValue("tag")]
	if !exists {
		return missing("there is no tag %s", q.PathValue("tag"))
	}
	if !q.decode(&in) {
		return bad("the body is no JSON")
	}
	name := cmp.Or(in.NewTag.Name, t.Name)
	if _, taken := e.tags[name]; in.CurrentTag.Value != t.Value || (taken && name != t.Name) {
		return conflict("tag %s is not as given", t.Name)
	}
	delete(e.tags, t.Name)
	e.tags[name] = &environmentTag{name, cmp.Or(in.NewTag.Value, t.Value), p.edited(q, t.Created)}
	return reply(http.StatusOK, e.tags[name])
}

func (p *pulumi) deleteTag(e *environment, q *request) response {
	if _, ok := e.tags[q.PathValue("tag")]; !ok {
		return missing("there is no tag %s", q.PathValue("tag"))
	}
	delete(e.tags, q.PathValue("tag"))
	return done()
}
