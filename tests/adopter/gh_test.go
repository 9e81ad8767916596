package adopter

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/itchyny/gojq"
)

// ghState is what the stand-in of the gh command keeps of a repository, in the file
// that GH_STATE names.
type ghState struct {
	Comments []ghComment `json:"comments"`
	Issues   []ghIssue   `json:"issues"`
	Calls    int         `json:"calls"`
}

type ghComment struct {
	ID   int    `json:"id"`
	Body string `json:"body"`
	User struct {
		Login string `json:"login"`
	} `json:"user"`
}

type ghIssue struct {
	Number int    `json:"number"`
	Title  string `json:"title"`
	Body   string `json:"body"`
	State  string `json:"state"`
}

func comment(id int, login, body string) ghComment {
	c := ghComment{ID: id, Body: body}
	c.User.Login = login
	return c
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

var (
	commentsOf = regexp.MustCompile(`\Arepos/acme/platform/issues/7/comments(\?per_page=100)?\z`)
	oneComment = regexp.MustCompile(`\Arepos/acme/platform/issues/comments/([0-9]+)\z`)
)

func (s *ghState) api(args []string) error {
	flags := flag.NewFlagSet("api", flag.ContinueOnError)
	method, field, filter := flags.String("method", "GET", ""), flags.String("field", "", ""), flags.String("jq", "", "")
	flags.Bool("paginate", false, "")
	flags.Bool("silent", false, "")
	rest, err := parseFlags(flags, args)
	if err != nil || len(rest) != 1 {
		return errors.Join(err, fmt.Errorf("arguments %q", rest))
	}
	switch path := rest[0]; {
	case *method == "GET" && commentsOf.MatchString(path):
		return printFiltered(s.Comments, *filter)
	case *method == "POST" && commentsOf.MatchString(path):
		body, err := bodyField(*field)
		s.Comments = append(s.Comments, comment(100+len(s.Comments), "github-actions[bot]", body))
		return err
	case *method == "PATCH" && oneComment.MatchString(path):
		id, _ := strconv.Atoi(oneComment.FindStringSubmatch(path)[1])
		i := slices.IndexFunc(s.Comments, func(c ghComment) bool { return c.ID == id })
		if i < 0 {
			return errors.New("HTTP 404: Not Found")
		}
		s.Comments[i].Body, err = bodyField(*field)
		return err
	}
	return fmt.Errorf("HTTP 404: %s %s", *method, rest[0])
}

func bodyField(field string) (string, error) {
	file, ok := strings.CutPrefix(field, "body=@")
	if !ok {
		return "", fmt.Errorf("field %q", field)
	}
	text, err := os.ReadFile(file)
	if len(text) > 65536 {
		return "", errors.New("HTTP 422: body is too long (maximum is 65536 characters)")
	}
	return string(text), err
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
		open := slices.DeleteFunc(slices.Clone(s.Issues), func(i ghIssue) bool { return i.State != *given["state"] })
		return printFiltered(open, *given["jq"])
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
