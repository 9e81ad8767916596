package secrets

import "regexp"

// A repository's name is neither . nor .. , which Go's patterns cannot say.
var (
	consumer  = regexp.MustCompile(`\A([A-Za-z0-9][A-Za-z0-9-]*/)?[A-Za-z0-9_.-]+\z`)
	dotsAlone = regexp.MustCompile(`(\A|/)\.\.?\z`)
)

// checkConsumers finds what names no repository, and repositories that stand there
// twice.
func (l *loader) checkConsumers() {
	list := l.root["consumers"]
	if list == nil {
		return
	}
	seen := map[string]int{}
	for _, at := range list.Content {
		switch first, twice := seen[at.Value]; {
		case at.Value == "": // not a text, which is a problem already
		case !consumer.MatchString(at.Value) || dotsAlone.MatchString(at.Value):
			l.add(at, "consumers", "%q is neither OWNER/REPOSITORY nor a repository of the organization", at.Value)
		case twice:
			l.add(at, "consumers", "%q is listed already in line %d", at.Value, first)
		default:
			seen[at.Value] = at.Line
		}
	}
}
