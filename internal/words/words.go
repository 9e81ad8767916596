// Package words writes numbers and lists as a sentence has them.
package words

import (
	"fmt"
	"strings"
)

// Count is "1 key" or "2 keys"; one is the word for one of them.
func Count(n int, one string) string {
	if n != 1 {
		one += "s"
	}
	return fmt.Sprintf("%d %s", n, one)
}

// Some names the first of many, at most as many as most says, and counts the rest.
func Some(names []string, most int) string {
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}
