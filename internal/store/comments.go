package store

import (
	"regexp"
	"strings"

	"go.yaml.in/yaml/v4"
)

var comment = regexp.MustCompile(`(?m)(?:^|[ \t])(#.*?)[ \t\r]*$`)

// losesComment reports whether a comment of one text is missing in another. The
// parser drops some that stand in odd places. What looks like a comment inside a
// scalar counts as well: it has to be there too.
func losesComment(from, to string) bool {
	for _, found := range comment.FindAllStringSubmatch(from, -1) {
		if strings.Count(to, found[1]) < strings.Count(from, found[1]) {
			return true
		}
	}
	return false
}

// keepComments gives the comments of a value, and those within it, to the one that
// takes its place under key.
func keepComments(key, old, value *yaml.Node) {
	moveLineComment(key, old)
	value.HeadComment, value.FootComment = old.HeadComment, old.FootComment
	value.Content[0].HeadComment = strings.Join(commentsWithin(old), "\n")
}

// moveLineComment moves the comment beside a value to its key. No key has one of
// its own then: losesComment finds those first.
func moveLineComment(key, from *yaml.Node) {
	if from.LineComment != "" {
		key.LineComment, from.LineComment = from.LineComment, ""
	}
}

func commentsWithin(node *yaml.Node) []string {
	var all []string
	for _, child := range node.Content {
		for _, text := range []string{child.HeadComment, child.LineComment, child.FootComment} {
			if text != "" {
				all = append(all, text)
			}
		}
		all = append(all, commentsWithin(child)...)
	}
	return all
}
