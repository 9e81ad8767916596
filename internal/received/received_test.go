package received

import (
	"fmt"
	"testing"

	"github.com/ai-cherry/sophia-secrets/internal/github"
)

func TestRanksThatNobodyKnows(t *testing.T) {
	var list []github.Secret
	for i := range 99 {
		list = append(list, github.Secret{Name: fmt.Sprintf("A%02d", i)})
	}
	for _, name := range []string{"B_1", "BA", "BZ", "Z"} {
		list = append(list, github.Secret{Name: name})
	}
	r := Secrets{Organization: NewLevel(list)}
	for name, want := range map[string]Answer{"A00": Yes, "A98": Yes, "B_1": Maybe, "BA": Maybe, "BZ": No, "Z": No} {
		if got := r.Within(name); got != want {
			first, last := r.Rank(name)
			t.Errorf("%s: %v, ranks %d to %d", name, got, first, last)
		}
	}
}
