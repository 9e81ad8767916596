package adopter

import (
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

func (s *ghState) api(args []string) error {
	flags := flag.NewFlagSet("api", flag.ContinueOnError)
	method, filter := flags.String("method", "GET", ""), flags.String("jq", "", "")
	flags.Bool("paginate", false, "")
	flags.Bool("silent", false, "")
	fields := map[string]string{}
	flags.Func("raw-field", "", func(text string) error {
		name, value, _ := strings.Cut(text, "=")
		fields[name] = value
		return nil
	})
	flags.Func("field", "", func(text string) error {
		name, value, _ := strings.Cut(text, "=")
		return readField(fields, name, value)
	})
	rest, err := parseFlags(flags, args)
	if err != nil || len(rest) != 1 {
		return errors.Join(err, fmt.Errorf("arguments %q", rest))
	}
	path, ok := strings.CutPrefix(rest[0], "repos/acme/platform/")
	if !ok {
		return errors.New("HTTP 404: Not Found")
	}
	call := *method + " " + path
	for pattern, answer := range map[string]func(of []string) error{
		`GET issues/7/comments(\?per_page=100)?`:          func([]string) error { return printFiltered(s.Comments, *filter) },
		`POST issues/7/comments`:                          func([]string) error { return s.addComment(fields["body"]) },
		`PATCH issues/comments/(\d+)`:                     func(of []string) error { return s.editComment(of[1], fields["body"]) },
		`GET issues\?state=open&per_page=100`:             func([]string) error { return printFiltered(s.openIssues(), *filter) },
		`POST issues`:                                     func([]string) error { return s.addIssue(fields) },
		`PATCH issues/(\d+)`:                              func(of []string) error { return s.editIssue(of[1], fields) },
		`PATCH git/refs/heads/(.+)`:                       func(of []string) error { return s.moveBranch(of[1], fields["sha"]) },
		`GET git/ref/heads/(.+)`:                          func(of []string) error { return s.moveBranch(of[1], s.Branches[of[1]]) },
		`GET contents/(.+)\?ref=(.+)`:                     func(of []string) error { return s.printBlob(of[2]+":"+of[1], *filter) },
		`PATCH pulls/1`:                                   func([]string) error { return s.closePull(fields) },
		`POST git/refs`:                                   func([]string) error { return s.addBranch(fields) },
		`PUT contents/(.+)`:                               func(of []string) error { return s.putFile(of[1], fields) },
		`GET pulls\?state=open&per_page=1&head=acme:(.+)`: func([]string) error { return printFiltered(s.pulls(), *filter) },
		`POST pulls`:                                      func([]string) error { return s.addPull(fields) },
	} {
		if of := regexp.MustCompile(`\A(?:` + pattern + `)\z`).FindStringSubmatch(call); of != nil {
			return answer(of)
		}
	}
	return errors.New("HTTP 404: " + call)
}

// readField gives a field the text of the file that @FILE names, as gh does.
func readField(fields map[string]string, name, value string) error {
	if file, ok := strings.CutPrefix(value, "@"); ok {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		value = string(text)
	}
	if name == "body" && len(value) > 65536 {
		return errors.New("HTTP 422: body is too long (maximum is 65536 characters)")
	}
	fields[name] = value
	return nil
}

func (s *ghState) addComment(body string) error {
	s.Comments = append(s.Comments, comment(100+len(s.Comments), "github-actions[bot]", body))
	return nil
}

func (s *ghState) editComment(id, body string) error {
	i := slices.IndexFunc(s.Comments, func(c ghComment) bool { return strconv.Itoa(c.ID) == id })
	if i < 0 {
		return errors.New("HTTP 404: Not Found")
	}
	s.Comments[i].Body = body
	return nil
}

func (s *ghState) openIssues() []ghIssue {
	return slices.DeleteFunc(slices.Clone(s.Issues), func(i ghIssue) bool { return i.State != "open" })
}

func (s *ghState) addIssue(fields map[string]string) error {
	s.Issues = append(s.Issues, ghIssue{len(s.Issues) + 1, fields["title"], fields["body"], "open", ghUser{"github-actions[bot]"}})
	return nil
}

func (s *ghState) editIssue(number string, fields map[string]string) error {
	i := slices.IndexFunc(s.Issues, func(i ghIssue) bool { return strconv.Itoa(i.Number) == number })
	if i < 0 {
		return errors.New("HTTP 404: Not Found")
	}
	s.Issues[i].Body = fields["body"]
	if state, ok := fields["state"]; ok {
		s.Issues[i].State = state
	}
	return nil
}

func (s *ghState) addBranch(fields map[string]string) error {
	branch, ok := strings.CutPrefix(fields["ref"], "refs/heads/")
	if _, exists := s.Branches[branch]; !ok || exists {
		return errors.New("HTTP 422: Reference already exists")
	}
	if s.Branches == nil {
		s.Branches = map[string]string{}
	}
	s.Branches[branch] = fields["sha"]
	return nil
}

func (s *ghState) moveBranch(branch, commit string) error {
	if _, exists := s.Branches[branch]; !exists {
		return errors.New("HTTP 404: Not Found")
	}
	if s.Branches[branch] != commit {
		s.Pulls = nil // without a commit of its own it is closed
	}
	s.Branches[branch] = commit
	return nil
}

func (s *ghState) addPull(fields map[string]string) error {
	if len(s.Pulls) > 0 {
		return errors.New("HTTP 422: A pull request already exists")
	}
	s.Pulls = append(s.Pulls, fields["title"])
	return nil
}

func (s *ghState) closePull(fields map[string]string) error {
	if fields["state"] != "closed" || len(s.Pulls) != 1 {
		return errors.New("HTTP 422: no open pull request is closed")
	}
	s.Pulls = nil
	return nil
}

// blob is the name that git gives a text.
func blob(text string) string {
	return fmt.Sprintf("%x", sha1.Sum(fmt.Appendf(nil, "blob %d\x00%s", len(text), text)))
}

func (s *ghState) printBlob(at, filter string) error {
	text, ok := s.Files[at]
	if !ok {
		fmt.Println(`{"message":"Not Found"}`) // gh prints the body of a refusal
		return errors.New("HTTP 404: Not Found")
	}
	return printFiltered(map[string]string{"sha": blob(text)}, filter)
}

func (s *ghState) putFile(path string, fields map[string]string) error {
	text, err := base64.StdEncoding.DecodeString(fields["content"])
	if s.Files == nil {
		s.Files = map[string]string{}
	}
	at := fields["branch"] + ":" + path
	if old, ok := s.Files[at]; ok && fields["sha"] != blob(old) {
		return errors.New("HTTP 409: " + path + " does not match " + fields["sha"])
	}
	s.Files[at] = string(text)
	s.Branches[fields["branch"]] = "commit of " + path
	return err
}

func (s *ghState) pulls() []map[string]int {
	var all []map[string]int
	for i := range s.Pulls {
		all = append(all, map[string]int{"number": i + 1})
	}
	return all
}
