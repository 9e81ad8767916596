package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// tool is a program to build.
type tool struct {
	name string
	// module is the folder of the go.mod that pins it.
	module string
	// pkg is a folder of the module if it starts with a dot.
	pkg string
	// version is the variable that is set to the version of the module stamped,
	// which a build from source leaves empty.
	version, stamped string
	// plugin is the folder in which Pulumi looks for it, empty for no plugin.
	plugin string
}

func tools() []tool {
	return []tool{
		{
			name: "pulumi", module: ".", pkg: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
			version: "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version", stamped: "github.com/pulumi/pulumi/pkg/v3",
		},
		{
			name: "pulumi-resource-github", module: ".", pkg: "./pulumi-resource-github",
			plugin: "resource-github-v6.14.1",
		},
		{
			name: "pulumi-resource-pulumiservice", module: ".", pkg: "./pulumi-resource-pulumiservice",
			plugin: "resource-pulumiservice-v1.3.0",
		},
		{name: "act", module: "act", pkg: "github.com/nektos/act"},
		{name: "golangci-lint", module: "lint", pkg: "github.com/golangci/golangci-lint/v2/cmd/golangci-lint"},
		{name: "goreleaser", module: "release", pkg: "github.com/goreleaser/goreleaser/v2"},
		{name: "govulncheck", module: "vuln", pkg: "golang.org/x/vuln/cmd/govulncheck"},
	}
}

// choose returns the tools of these names, in the order of the table. No name
// and an unknown name are errors.
func choose(names []string) ([]tool, error) {
	if len(names) == 0 {
		return nil, errors.New("no name given")
	}
	var known []string
	var chosen []tool
	for _, t := range tools() {
		known = append(known, fmt.Sprintf("%q", t.name))
		if slices.Contains(names, t.name) {
			chosen = append(chosen, t)
		}
	}
	for _, name := range names {
		if !slices.ContainsFunc(chosen, func(t tool) bool { return t.name == name }) {
			slices.Sort(known)
			return nil, fmt.Errorf("unknown name %q, valid are %s", name, strings.Join(known, ", "))
		}
	}
	return chosen, nil
}
