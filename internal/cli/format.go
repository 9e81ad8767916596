package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// format is the flag --format of a command. The first of its words is the default.
type format struct {
	words  []string
	chosen string
}

func (f *format) addTo(command *cobra.Command) {
	command.Flags().StringVar(&f.chosen, "format", f.words[0], strings.Join(f.quoted(), " or "))
	if err := command.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(f.words, cobra.ShellCompDirectiveNoFileComp)); err != nil {
		panic(err) // the flag was added one line above
	}
}

// check is called before a command does anything.
func (f *format) check() error {
	if slices.Contains(f.words, f.chosen) {
		return nil
	}
	return usage(fmt.Errorf("--format %q is not one of %s", f.chosen, strings.Join(slices.Sorted(slices.Values(f.quoted())), ", ")))
}

func (f *format) quoted() []string {
	var all []string
	for _, word := range f.words {
		all = append(all, fmt.Sprintf("%q", word))
	}
	return all
}
