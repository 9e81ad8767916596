package doctor

import (
	"context"
	"strings"
)

// code checks that what the job and CI will run is pushed, and as new as here.
func (e *examination) code(ctx context.Context) {
	var differ, absent []string
	for _, path := range []string{e.Stack.Catalog, "go.mod", "go.sum", "main.go", "Pulumi.yaml"} {
		here, ok := e.Read(path)
		if !ok {
			continue
		}
		pushed, err := e.GitHub.File(ctx, e.Stack.Organization, e.Stack.Repository, path)
		switch {
		case err != nil:
			e.add(unknown("code", "%s", err))
			return
		case pushed == "" && here != "":
			absent = append(absent, path)
		case pushed != here:
			differ = append(differ, path)
		}
	}
	switch {
	case len(absent) > 0:
		e.add(fail("code", "git push", "the repository has no %s", strings.Join(absent, ", ")))
	case len(differ) > 0:
		e.add(fail("code", "git push", "the repository has another %s than is here", strings.Join(differ, ", ")))
	default:
		e.add(pass("code", "the repository has what is here"))
	}
}
