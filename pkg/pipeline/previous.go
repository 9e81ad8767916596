package pipeline

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// previous is what the last up of this stack left in its outputs: the third
// state, beside wanted and live. It tells drift from a first run.
type previous struct {
	Edition     int                `json:"edition"` // 0 is the first one
	Environment string             `json:"environment"`
	Files       files              `json:"files"`
	Applied     map[string]applied `json:"applied"`
	Issuer      issuer             `json:"issuer"`
}

// files are the declared ones, as repository/path.
type files []string

// UnmarshalJSON reads the names of a map, or the list that the first edition left.
func (f *files) UnmarshalJSON(data []byte) error {
	var names map[string]any
	if json.Unmarshal(data, &names) != nil {
		return json.Unmarshal(data, (*[]string)(f))
	}
	*f = slices.Sorted(maps.Keys(names))
	return nil
}

// applied is what a managed secret was when it was last written.
type applied struct {
	Visibility   string    `json:"visibility"`
	Repositories allowList `json:"repositories"` // when the visibility is "selected"
	UpdatedAt    string    `json:"updatedAt"`    // in RFC 3339, or as the provider prints it; "" is not known
	After        string    `json:"after"`        // what UpdatedAt is later than, when that is not known
	Trigger      string    `json:"trigger"`      // of its last replacement
}

// allowList are ids of repositories, in order.
type allowList []int

// UnmarshalJSON reads the ids of a map, or the list that older versions left.
func (l *allowList) UnmarshalJSON(data []byte) error {
	var ids map[int]bool
	if json.Unmarshal(data, &ids) != nil {
		return json.Unmarshal(data, (*[]int)(l))
	}
	*l = slices.Sorted(maps.Keys(ids))
	return nil
}

// readPrevious asks the engine for the outputs of this very stack. A stack that
// was never updated has none.
func readPrevious(ctx *pulumi.Context) (*previous, error) {
	name := ctx.Organization() + "/" + ctx.Project() + "/" + ctx.Stack()
	var answer struct {
		Outputs map[string]any `pulumi:"outputs"`
	}
	args := struct {
		Name string `pulumi:"name"`
	}{name}
	// At the very start of an up, a file backend may still be rewriting the state.
	// Reading it then fails, and works a moment later.
	err := retry(10, 100*time.Millisecond, func() error {
		return ctx.Invoke("pulumi:pulumi:readStackOutputs", args, &answer)
	})
	if err != nil {
		return nil, fmt.Errorf("reading the last outputs of stack %s: %w", name, err)
	}
	text, err := json.Marshal(answer.Outputs)
	if err != nil {
		return nil, fmt.Errorf("reading the last outputs of stack %s: %w", name, err)
	}
	p := &previous{}
	if err := json.Unmarshal(text, p); err != nil {
		return nil, fmt.Errorf("reading the last outputs of stack %s: %w", name, err)
	}
	// A program that ends in an error still replaces the stack's outputs. So the
	// old ones are exported first, and stay unless newer ones replace them.
	for _, key := range []string{"edition", "environment", "files", "applied", "issuer", "secrets", "findings"} {
		if value, ok := answer.Outputs[key]; ok {
			ctx.Export(key, pulumi.ToOutput(value))
		}
	}
	return p, nil
}

// retry calls f up to tries times, until it succeeds.
func retry(tries int, pause time.Duration, f func() error) error {
	for {
		err := f()
		if tries--; err == nil || tries == 0 {
			return err
		}
		time.Sleep(pause)
	}
}
