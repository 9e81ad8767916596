package scan

import (
	"strings"

	"github.com/ai-cherry/sophia-secrets/internal/audit/language"
)

// Reader is a function that is given a key.
type Reader struct {
	Function string // its name as it is called, without what stands before its last dot
	Argument int    // which of its arguments is the key, from 1
}

// Options are what a scan looks for.
type Options struct {
	Readers  []Reader // beside those of this product
	Names    []string // names, GitHub names and aliases of the catalog
	Keys     []string // keys of the catalog
	Mentions bool     // whether names and keys count wherever they stand
}

// Scanner looks through texts. Safe for concurrent use.
type Scanner struct {
	handlers map[string]handler
	lengths  [256]uint64 // by first byte, a bit for each length of a word that matters
	names    map[string]bool
	mentions bool
}

// handler looks closer at the word from start to end. It adds hits to the file.
type handler func(f *file, start, end int)

const maxWord = 63

// New makes a scanner.
func New(o Options) *Scanner {
	s := &Scanner{handlers: map[string]handler{}, names: map[string]bool{}, mentions: o.Mentions}
	for word, h := range builtin {
		s.handlers[word] = h
	}
	for _, r := range append([]Reader{{"get_config_value", 1}}, o.Readers...) {
		function := r.Function[strings.LastIndex(r.Function, ".")+1:]
		s.handlers[function] = func(f *file, start, end int) { f.call(start, end, r.Argument) }
	}
	for _, name := range o.Names {
		s.names[name] = true
	}
	for _, word := range append(o.Names, o.Keys...) {
		if s.handlers[word] == nil {
			s.handlers[word] = nil // known, and nothing but a mention
		}
	}
	for word := range s.handlers {
		if len(word) > 0 && len(word) <= maxWord {
			s.lengths[word[0]] |= 1 << len(word)
		}
	}
	return s
}

// builtin are the words that matter whatever the catalog says.
var builtin = map[string]handler{
	"Get":         (*file).goReader,
	"Lookup":      (*file).goReader,
	"access":      (*file).goImport,
	"getenv":      (*file).getenv,
	"Getenv":      (*file).getenv,
	"LookupEnv":   (*file).getenv,
	"printenv":    (*file).printenv,
	"environ":     (*file).environ,
	"env":         (*file).env,
	"secrets":     (*file).secrets,
	"secretctl":   (*file).secretctl,
	"pulumi":      (*file).pulumi,
	"esc":         (*file).pulumi,
	"gh":          (*file).gh,
	"secretaudit": (*file).ignore,

	"UpdateEnvironmentYaml":   (*file).writes,
	"updateEnvironmentYaml":   (*file).writes,
	"update_environment_yaml": (*file).writes,
	"environments":            (*file).api,
}

var wordByte = func() (table [256]bool) {
	for c := range table {
		table[c] = c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
	}
	return table
}()

// Scan looks through a text that begins in the given line of the file.
func (s *Scanner) Scan(path string, in language.Language, data []byte, line int) []Hit {
	f := &file{scanner: s, path: path, language: in, data: data, line: line, seen: map[string]int{}}
	dollars := in == language.Shell || in == language.YAML && (language.Workflow(path) || language.Compose(path))
	for i := 0; i < len(data); {
		if !wordByte[data[i]] {
			i++
			continue
		}
		start := i
		for i < len(data) && wordByte[data[i]] {
			i++
		}
		n := i - start
		if n > maxWord {
			continue
		}
		if s.lengths[data[start]]>>n&1 == 1 {
			f.word(start, i)
		}
		if dollars && start > 0 && (data[start-1] == '$' || data[start-1] == '{' && start > 1 && data[start-2] == '$') {
			f.expansion(start, i)
		}
	}
	return f.end()
}

// word looks at a word that may matter.
func (f *file) word(start, end int) {
	h, ok := f.scanner.handlers[string(f.data[start:end])]
	switch {
	case !ok:
	case h != nil:
		h(f, start, end)
	case f.scanner.mentions:
		f.mention(start, end)
	}
}
