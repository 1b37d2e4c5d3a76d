// Package check finds what is wrong with a set of files without running it. It reads a
// set as a browser would: which scripts a page loads and in what order, what they
// define, and what surely runs when the page starts. What it is not sure of it does not
// say: a false alarm costs a repair of something that works.
package check

import (
	"cmp"
	"fmt"
	"slices"
	"sync"

	"dreambuild.dev/backend/internal/artifact"
)

// The kinds of diagnostics.
const (
	Syntax           = "syntax"             // a file cannot be read as what it is
	Cut              = "cut"                // a file breaks off
	Elision          = "elision"            // a line stands for others, which are not there
	MissingFile      = "missing-file"       // a file is referred to that the set lacks
	MissingID        = "missing-id"         // a script uses an element that nothing makes
	MissingFunction  = "missing-function"   // a handler, or a script, calls what nothing defines
	MissingName      = "missing-name"       // a script uses a variable that nothing defines
	EarlyName        = "early-name"         // a script uses a variable before it is declared
	Constant         = "constant"           // a script gives a constant another value
	UndefinedLibrary = "undefined-library"  // a script uses a library that nothing loads
	ModuleInClassic  = "module-in-classic"  // import or export in a script that is no module
	NoBehaviour      = artifact.NoBehaviour // an app that does nothing
	NeedsBuild       = "needs-build"        // code that no browser runs
)

// Kinds returns all kinds, in the order above.
func Kinds() []string {
	return []string{Syntax, Cut, Elision, MissingFile, MissingID, MissingFunction, MissingName, EarlyName, Constant, UndefinedLibrary, ModuleInClassic, NoBehaviour, NeedsBuild}
}

// Options say what to look for.
type Options struct {
	App bool     // what was asked for is an app: it has to do something
	Off []string // the kinds that are not looked for
}

// Files returns what is wrong with a set, in the order of paths and lines. It may take
// long for, or even die of, a set that somebody made for that: the caller sees to it.
func Files(files []artifact.File) []artifact.Diagnostic { return Options{}.Files(files) }

// Files returns what is wrong with a set as the function Files does.
func (o Options) Files(files []artifact.File) []artifact.Diagnostic {
	left := &report{count: map[string]int{}}
	var beside sync.WaitGroup
	beside.Go(func() { elisions(left, files) }) // reading the scripts takes longer
	s := newSet(files)
	r := &report{count: map[string]int{}}
	s.syntax(r)
	s.cuts(r)
	s.references(r)
	s.builds(r)
	s.names(r)
	if o.App {
		s.behaviour(r)
	}
	beside.Wait()
	r.all = append(r.all, left.all...)
	return r.sorted(o.Off)
}

// report collects diagnostics.
type report struct {
	all   []artifact.Diagnostic
	count map[string]int // by path
}

// maxOfFile is how many diagnostics a file has at most.
const maxOfFile = 50

// full reports whether a file has as many diagnostics as it may have.
func (r *report) full(path string) bool { return r.count[path] >= maxOfFile }

func (r *report) add(kind string, severity artifact.Severity, path string, line int, format string, args ...any) {
	if r.full(path) {
		return
	}
	r.count[path]++
	r.all = append(r.all, artifact.Diagnostic{Kind: kind, Severity: severity, Path: path, Line: line, Text: fmt.Sprintf(format, args...)})
}

// sorted returns the diagnostics in order, each once. Where a file is cut it cannot be
// read, either: that it is cut says more.
func (r *report) sorted(off []string) []artifact.Diagnostic {
	r.all = slices.DeleteFunc(r.all, func(d artifact.Diagnostic) bool { return slices.Contains(off, d.Kind) })
	cut := map[string]bool{}
	for _, d := range r.all {
		cut[d.Path] = cut[d.Path] || d.Kind == Cut && !isPage(d.Path) // a page has scripts before its end
	}
	r.all = slices.DeleteFunc(r.all, func(d artifact.Diagnostic) bool { return d.Kind == Syntax && cut[d.Path] })
	slices.SortStableFunc(r.all, func(a, b artifact.Diagnostic) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Text, b.Text))
	})
	return slices.Compact(r.all)
}
