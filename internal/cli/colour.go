package cli

import "github.com/ai-cherry/sophia-secrets/internal/drift"

// ANSI colours.
const (
	red, yellow, green, dim = "\x1b[31m", "\x1b[33m", "\x1b[32m", "\x1b[2m"
	plain                   = "\x1b[0m"
)

// colours reports whether Stdout takes them: a terminal, unless NO_COLOR is set.
// https://no-color.org
func (c *CLI) colours() bool {
	unwanted, _ := c.Lookup("NO_COLOR")
	terminal, _ := c.Lookup("TERM")
	return c.Terminal && unwanted == "" && terminal != "dumb"
}

// painter colours findings by what ends them; nil where nothing is coloured.
func (c *CLI) painter() func(drift.Class, string) string {
	if !c.colours() {
		return nil
	}
	return func(class drift.Class, text string) string {
		switch class {
		case drift.ByPerson:
			return red + text + plain
		case drift.Information:
			return dim + text + plain
		}
		return yellow + text + plain
	}
}
