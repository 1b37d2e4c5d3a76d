// Command lint is the linter of this module: one program, pinned by this go.mod,
// of analyzers that each find something here. `make lint` builds and runs it.
//
//	//lint:ignore CHECK reason
//
// above a line silences one finding. The reason must be there, and a comment that
// silences nothing is a finding too.
//
// In: every check of staticcheck (bugs, simpler code, style, unused code; its ST
// checks demand a package comment and comments that begin with the name that they
// describe), errcheck, errorlint, nilerr, and the Go project's nilness,
// unusedwrite and modernize. go vet runs beside them.
//
// golangci-lint is out, since the first `make test` on a fresh machine has ten
// minutes: it takes 330 s of CPU to build and 172 s for its first run with all its
// linters. This program takes 140 s and 98 s, and 2 s for a later run. All of
// golangci-lint's linters were run over the tree once. Each that is left out, and
// why:
//
//   - style that the house writes otherwise: wsl, nlreturn, whitespace, lll (lines
//     end where an idea does), noinlineerr (short errors stay in the if),
//     varnamelen (short names for short lives), nonamedreturns, ireturn, funcorder,
//     decorder, grouper, embeddedstructfieldcheck, tagalign, godot, inamedparam,
//     nolintlint, goprintffuncname, predeclared, revive's unused-parameter;
//   - numbers that say nothing of whether a reader understands: cyclop, gocyclo,
//     gocognit, funlen, maintidx, nestif, interfacebloat, dupl, goconst (test
//     inputs), mnd (a figure is named where it has a meaning);
//   - rules that contradict ours: exhaustruct (zero values are meant), wrapcheck and
//     err113 (package errs decides where a cause is wrapped), paralleltest and
//     tparallel, testpackage, thelper (its names for testing.TB), gochecknoglobals
//     and gochecknoinits (tables of functions and compiled expressions are globals),
//     containedctx and contextcheck (a turn outlives its call on purpose), nilnil
//     (documented where it is returned), musttag and tagliatelle (encoding/json
//     matches names of any case; wire names are tested), depguard (archtest knows
//     which package imports which), forbidigo (fmt.Print in a command), godox (a
//     TODO in a test input), gosmopolitan (prompts in many scripts are input),
//     recvcheck (a small value is read by value and filled by pointer), exhaustive
//     (a switch here names the values that it acts on);
//   - what was only wrong here: gosec (122 findings, none of them a hole: commands
//     of the suite, modes of its files, random jitter), noctx and bodyclose (servers
//     of tests that end with them), forcetypeassert (types that the line above made
//     sure of), dupword and misspell (misspelt on purpose), prealloc, perfsprint and
//     mirror (nanoseconds where none count), gocritic (6 findings, no fault),
//     durationcheck, errchkjson, canonicalheader, usestdlibvars, unparam, errname,
//     protogetter (1 to 4 findings each, no fault);
//   - libraries that are not used here: arangolint, clickhouselint, ginkgolinter,
//     loggercheck, promlinter, rowserrcheck, spancheck, sqlclosecheck, testifylint,
//     unqueryvet, zerologlint; configuration that is not there: goheader, importas,
//     gomodguard;
//   - found nothing, and finds what review sees at once: all others.
package main

import (
	"os"
	"strings"

	"codeberg.org/polyfloyd/go-errorlint/errorlint"
	"github.com/gostaticanalysis/nilerr"
	"github.com/kisielk/errcheck/errcheck"
	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/modernize"
	"golang.org/x/tools/go/analysis/passes/nilness"
	"golang.org/x/tools/go/analysis/passes/unusedwrite"
	"honnef.co/go/tools/lintcmd"
	"honnef.co/go/tools/simple"
	"honnef.co/go/tools/staticcheck"
	"honnef.co/go/tools/stylecheck"
	"honnef.co/go/tools/unused"
)

// checks are all checks of all analyzers, except: short texts read better with +=
// than with a strings.Builder.
const checks = "all,-stringsbuilder"

// unchecked are the functions whose error nobody could act on.
var unchecked = []string{
	// What was read is closed. Close of a file that was written has its error
	// checked by hand.
	"(io.Closer).Close", "(io.ReadCloser).Close", "(io.WriteCloser).Close", "(*os.File).Close",
	"(net.Listener).Close", "(net.Conn).Close", "(*net/http.Server).Close",
	// A server that is closed ends with ErrServerClosed.
	"(*net/http.Server).Serve",
	// A client or a terminal that has gone away hears nothing more.
	"fmt.Fprint", "fmt.Fprintf", "fmt.Fprintln", "io.WriteString", "(net/http.ResponseWriter).Write", "(*net/http.ResponseController).Flush",
	"encoding/xml.EscapeText",
	// Scratch files go as far as they can.
	"os.Remove", "os.RemoveAll",
	// A process that has ended cannot be killed.
	"syscall.Kill", "(*os.Process).Kill", "(*os/exec.Cmd).Wait",
}

func main() {
	errcheck.DefaultExcludedSymbols = append(errcheck.DefaultExcludedSymbols, unchecked...)
	cmd := lintcmd.NewCommand("lint")
	cmd.ParseFlags(append([]string{"-checks", checks}, os.Args[1:]...))
	cmd.AddAnalyzers(simple.Analyzers...)
	cmd.AddAnalyzers(staticcheck.Analyzers...)
	cmd.AddAnalyzers(stylecheck.Analyzers...)
	cmd.AddAnalyzers(unused.Analyzer)
	cmd.AddBareAnalyzers(outsideTests(errcheck.Analyzer), errorlint.NewAnalyzer(), nilerr.Analyzer,
		nilness.Analyzer, unusedwrite.Analyzer)
	cmd.AddBareAnalyzers(modernize.Suite...)
	cmd.Run()
}

// outsideTests reports nothing in tests: there, what fails is seen by what is
// compared.
func outsideTests(a *analysis.Analyzer) *analysis.Analyzer {
	outside := *a
	outside.Run = func(pass *analysis.Pass) (any, error) {
		report := pass.Report
		pass.Report = func(d analysis.Diagnostic) {
			if !strings.HasSuffix(pass.Fset.File(d.Pos).Name(), "_test.go") {
				report(d)
			}
		}
		return a.Run(pass)
	}
	return &outside
}
