package scaffold

import (
	"regexp"
	"runtime/debug"
)

// released is a version that a go.mod can require. A build from a checkout with
// changes has none: its version ends with +dirty.
var released = regexp.MustCompile(`\Av[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?\z`)

// Version is the version of Module that a binary was built from, its own or a
// dependency's; "" if it cannot be required.
func Version(info *debug.BuildInfo) string {
	if info == nil {
		return ""
	}
	for _, module := range append([]*debug.Module{&info.Main}, info.Deps...) {
		if module.Path == Module && module.Replace == nil && released.MatchString(module.Version) {
			return module.Version
		}
	}
	return ""
}
