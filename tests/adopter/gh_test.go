package adopter

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"

	"github.com/itchyny/gojq"
)

// ghState is what the stand-in of the gh command keeps of a repository, in the file
// that GH_STATE names.
type ghState struct {
	Comments []ghComment `json:"comments"`
	Issues   []ghIssue   `json:"issues"`
	Calls    int         `json:"calls"`

	Branches map[string]string `json:"branches"` // their commits
	Files    map[string]string `json:"files"`    // by BRANCH:PATH
	Pulls    []string          `json:"pulls"`    // the titles of those that are open
}

type ghComment struct {
	ID   int    `json:"id"`
	Body string `json:"body"`
	User ghUser `json:"user"`
}

type ghIssue struct {
	Number int    `json:"number"`
	Title  string `json:"title"`
	Body   string `json:"body"`
	State  string `json:"state"`
	User   ghUser `json:"user"`
}

type ghUser struct {
	Login string `json:"login"`
}

func comment(id int, login, body string) ghComment {
	return ghComment{ID: id, Body: body, User: ghUser{login}}
}

// gh stands in for the gh command, as far as the workflow uses it. Flags that gh
// does not have are errors; --jq filters are evaluated by the library that gh uses.
func gh() {
	if err := runGH(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "gh:", err)
		os.Exit(1)
	}
}

func runGH(args []string) error {
	if os.Getenv("GH_TOKEN") == "" {
		return errors.New("to use GitHub CLI in a GitHub Actions workflow, set the GH_TOKEN environment variable")
	}
	text, err := os.ReadFile(os.Getenv("GH_STATE"))
	if err != nil {
		return err
	}
	var s ghState
	if err := json.Unmarshal(text, &s); err != nil {
		return err
	}
	s.Calls++
	if len(args) > 1 && args[0] == "api" {
		err = s.api(args[1:])
	} else if len(args) > 1 && args[0] == "issue" {
		err = s.issue(args[1], args[2:])
	} else {
		err = fmt.Errorf("unknown command %q", args)
	}
	text, _ = json.Marshal(s)
	return errors.Join(err, os.WriteFile(os.Getenv("GH_STATE"), text, 0o600))
}

// parseFlags takes flags before and after the arguments, as gh does.
func parseFlags(flags *flag.FlagSet, args []string) (rest []string, err error) {
	flags.SetOutput(io.Discard)
	for len(args) > 0 {
		if err := flags.Parse(args); err != nil {
			return nil, err
		}
		if args = flags.Args(); len(args) > 0 {
			rest, args = append(rest, args[0]), args[1:]
		}
	}
	return rest, nil
}

func (s *ghState) issue(verb string, args []string) error {
	if os.Getenv("GH_REPO") != "acme/platform" {
		return errors.New("no git remotes found")
	}
	flags := flag.NewFlagSet(verb, flag.ContinueOnError)
	known := map[string][]string{"list": {"state", "limit", "json", "jq"}, "create": {"title", "body-file"}, "edit": {"body-file"}, "close": {"comment"}}
	given := map[string]*string{}
	for _, name := range known[verb] {
		given[name] = flags.String(name, "", "")
	}
	rest, err := parseFlags(flags, args)
	if err != nil {
		return err
	}
	switch verb {
	case "list":
		if *given["state"] != "open" {
			return fmt.Errorf("state %q", *given["state"])
		}
		return printFiltered(s.openIssues(), *given["jq"])
	case "create":
		body, err := os.ReadFile(*given["body-file"])
		s.Issues = append(s.Issues, ghIssue{Number: len(s.Issues) + 1, Title: *given["title"], Body: string(body), State: "open"})
		return err
	}
	i := slices.IndexFunc(s.Issues, func(i ghIssue) bool { return len(rest) == 1 && strconv.Itoa(i.Number) == rest[0] })
	if i < 0 {
		return fmt.Errorf("could not resolve to an issue: %q", rest)
	}
	if verb == "close" {
		s.Issues[i].State = "closed"
		return nil
	}
	body, err := os.ReadFile(*given["body-file"])
	s.Issues[i].Body = string(body)
	return err
}

// printFiltered prints what a filter gives, a line each, as gh does with --jq.
func printFiltered(list any, filter string) error {
	text, _ := json.Marshal(list)
	var input any
	_ = json.Unmarshal(text, &input)
	if input == nil {
		input = []any{}
	}
	query, err := gojq.Parse(filter)
	if err != nil {
		return err
	}
	code, err := gojq.Compile(query, gojq.WithEnvironLoader(os.Environ))
	if err != nil {
		return err
	}
	results := code.Run(input)
	for {
		result, ok := results.Next()
		if !ok {
			return nil
		}
		if err, failed := result.(error); failed {
			return err
		}
		fmt.Println(result)
	}
}
