package check

import (
	"errors"
	"regexp"
	"strings"
	"unsafe"

	"dreambuild.dev/backend/internal/artifact/javascript"
	"github.com/evanw/esbuild/pkg/api"
	"github.com/tdewolff/parse/v2"
	"github.com/tdewolff/parse/v2/js"
)

// script is a script of the set, or of a page of it.
type script struct {
	path, text string
	line       int  // of its first line in the file, from 1
	inline     bool // it stands in a page
	classic    bool // a page loads it as a classic script
	module     bool // a page loads it as a module, or a module imports it
	babel      bool // the page has it built

	wrong    *problem         // why it cannot be read; nil if it can
	tree     *js.AST          // nil if it cannot be read, or is too large to be looked into
	src      []byte           // what tree is made of
	changed  []change         // the constants that it gives another value
	returnAt int              // the line of a return outside of functions; 0 for none
	built    bool             // src is not text, but what esbuild made of it
	ran      map[string][]use // what happens when it runs, by how
	lines    []int            // where the lines of text begin, once one is asked for

	facts
}

// change is an assignment to a constant.
type change struct {
	name string
	line int // in the file
}

// problem is a fault in the text of a script.
type problem struct {
	line int // in the file
	text string
}

// read reads the script.
func (s *script) read() {
	s.facts, s.ran = newFacts(), map[string][]use{}
	loader := s.loader()
	if loader != api.LoaderJS {
		if s.src = s.build(loader); s.src != nil {
			s.built = true
			s.parse()
		}
		return
	}
	s.src = append(make([]byte, 0, len(s.text)+1), s.text...) // the parser writes a zero behind it
	s.parse()
	if s.tree != nil && !s.doubt {
		return // esbuild takes twice the time, and would find nothing
	}
	if _, s.wrong = s.transform(loader); s.wrong == nil {
		return
	}
	s.tree, s.facts = nil, newFacts()
	if s.classic || !strings.Contains(s.wrong.text, "JSX") {
		return
	}
	if code, none := s.transform(api.LoaderJSX); none == nil { // what builds a module understands it
		s.src, s.built, s.wrong = code, true, nil
		s.parse()
	}
}

// build has esbuild make JavaScript of the script; nil if it cannot be read.
func (s *script) build(loader api.Loader) []byte {
	code, wrong := s.transform(loader)
	if wrong != nil && s.babel {
		if typed, none := s.transform(api.LoaderTSX); none == nil {
			return typed
		}
	}
	if s.wrong = wrong; wrong != nil {
		return nil
	}
	return append(make([]byte, 0, len(code)+1), code...)
}

// parse makes a tree of src. What the parser cannot read, and esbuild can, is not looked
// into. What the parser reads, and a browser would not, is in doubt.
func (s *script) parse() {
	tree, err := javascript.Tree(s.src)
	if err != nil {
		s.returns(err)
		return
	}
	s.tree = tree
	s.look()
}

// returns finds out whether all that is wrong is a return outside of functions: esbuild
// takes it for one of Node's modules.
func (s *script) returns(err error) {
	var at *parse.Error
	if s.built || !errors.As(err, &at) || !strings.Contains(s.text, "return") {
		return
	}
	if javascript.Parse("async function f() {"+s.text+"\n}") == nil {
		s.returnAt = s.line + at.Line - 1
	}
}

func (s *script) loader() api.Loader {
	switch {
	case s.babel:
		return api.LoaderJSX
	case s.inline:
		return api.LoaderJS
	}
	switch extension(s.path) {
	case ".jsx":
		return api.LoaderJSX
	case ".ts", ".mts":
		return api.LoaderTS
	case ".tsx":
		return api.LoaderTSX
	}
	return api.LoaderJS
}

// transform has esbuild read the script.
func (s *script) transform(loader api.Loader) ([]byte, *problem) {
	options := api.TransformOptions{Loader: loader, JSX: api.JSXAutomatic, LogLevel: api.LogLevelSilent, Charset: api.CharsetUTF8}
	if s.classic && !s.module && loader == api.LoaderJS {
		options.Format = api.FormatIIFE // so that await at the top is an error
	}
	result := api.Transform(s.text, options)
	if len(result.Errors) == 0 {
		s.changed = nil
		for _, m := range result.Warnings {
			if name := quoted().FindStringSubmatch(m.Text); m.ID == "assign-to-constant" && name != nil && m.Location != nil {
				s.changed = append(s.changed, change{name: name[1], line: s.line + m.Location.Line - 1})
			}
		}
		return result.Code, nil
	}
	first := result.Errors[0]
	p := &problem{line: s.line, text: first.Text}
	if first.Location != nil {
		p.line = s.line + max(0, first.Location.Line-1)
	}
	if strings.Contains(first.Text, "Top-level await") {
		p.text = `"await" stands outside of an async function`
	}
	return nil, p
}

var quoted = compiled(`"([^"]+)"`)

// lineOf returns the line, in the file, of a part of the script. A part that esbuild has
// moved is looked for.
func (s *script) lineOf(part []byte) int {
	if at := s.offset(part); at >= 0 {
		if s.lines == nil {
			s.lines = lineStarts(s.text)
		}
		return s.line + lineAt(s.lines, at) - 1
	}
	return 0
}

// offset returns where a part of the script begins in its text; -1 if nobody knows.
func (s *script) offset(part []byte) int {
	if len(part) == 0 || len(s.src) == 0 {
		return -1
	}
	// The parser's names and literals are slices of its input. It tells no positions.
	at := int(uintptr(unsafe.Pointer(unsafe.SliceData(part))) - uintptr(unsafe.Pointer(unsafe.SliceData(s.src))))
	if !s.built && at >= 0 && at+len(part) <= len(s.text) {
		return at
	}
	if isWord().Match(part) {
		if found := regexp.MustCompile(`(?:^|[^\w$.])(` + regexp.QuoteMeta(string(part)) + `)(?:[^\w$]|$)`).FindStringSubmatchIndex(s.text); found != nil {
			return found[2]
		}
	}
	return strings.Index(s.text, strings.Trim(string(part), "\"'`"))
}

var isWord = compiled(`^[\w$]+$`)
