package secrets

import (
	"slices"
	"strings"
)

const maxNearest = 3

// Nearest returns the keys most like key, sorted, at most three: those at the
// smallest distance, if that is small enough for a typo. Case and separators do
// not count, so that OPENAI_API_KEY and openai.api_key find openai_api_key.
func Nearest(key string, keys []string) []string {
	asked := plain(key)
	best := (len(asked) + 1) / 3
	var found []string
	for _, k := range keys {
		switch d := distance(asked, plain(k)); {
		case d > best:
		case d < best:
			best, found = d, []string{k}
		default:
			found = append(found, k)
		}
	}
	slices.Sort(found)
	return found[:min(len(found), maxNearest)]
}

func plain(key string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c >= 'a' && c <= 'z' || c >= '0' && c <= '9':
			return c
		case c >= 'A' && c <= 'Z':
			return c + ('a' - 'A')
		}
		return -1
	}, key)
}

// distance counts edits; a key that begins with the other is one edit away.
func distance(a, b string) int {
	if a == b {
		return 0
	}
	if min(len(a), len(b)) >= 4 && (strings.HasPrefix(a, b) || strings.HasPrefix(b, a)) {
		return 1
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			substituted := diagonal
			if a[i] != b[j] {
				substituted++
			}
			diagonal = row[j+1]
			row[j+1] = min(substituted, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
