package main

import (
	"bytes"
	"io"
	"regexp"
)

// changes passes on what Pulumi prints, but for the progress of what stays as
// it is: with 61 resources that is nearly all of it.
type changes struct {
	out  io.Writer
	rest []byte // of a line that has not ended yet
}

// progress matches resources that are unchanged, being refreshed, or under way.
var progress = regexp.MustCompile(`^( {4}[\w-]+:\S+ \S+ *( running ?)?| ~ .* refresh(ing|ed)?( \(.*\))?( \[.*\])? *| .* (creat|updat|import|delet)ing(\.*| \(.*\)) *|@ .*\.\.\. *)$`)

// Write keeps a line until it is whole. It never reports fewer bytes than it
// was given.
func (c *changes) Write(p []byte) (int, error) {
	c.rest = append(c.rest, p...)
	for {
		i := bytes.IndexByte(c.rest, '\n')
		if i < 0 {
			return len(p), nil
		}
		line := c.rest[:i+1]
		if !progress.Match(bytes.TrimRight(line, "\r\n")) {
			if _, err := c.out.Write(line); err != nil {
				return len(p), err
			}
		}
		c.rest = c.rest[i+1:]
	}
}
