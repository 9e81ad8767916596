package finding

import "slices"

// Rule is what the audit holds code to.
type Rule struct {
	Name    string
	Finds   string // what a finding of it is, in one line
	Why     string
	Fix     string
	Example string // code that breaks it
}

// ByName finds a rule.
func ByName(name string) (Rule, bool) {
	i := slices.IndexFunc(Rules, func(r Rule) bool { return r.Name == name })
	if i < 0 {
		return Rule{}, false
	}
	return Rules[i], true
}

// Names are those of all rules, in the order of the documentation.
func Names() []string {
	var all []string
	for _, r := range Rules {
		all = append(all, r.Name)
	}
	return all
}
