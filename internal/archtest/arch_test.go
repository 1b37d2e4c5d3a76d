// Package archtest tests the layout of this module: who may import whom, and
// what every package and file must have.
package archtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "dreambuild.dev/backend/"

// A kind is a package's place in the layout.
type kind int

const (
	core    kind = iota // a use case that needs nothing but the standard library
	useCase             // what the product does: it knows neither HTTP nor a cloud
	adapter             // one outside service each; adapters never import one another
	edge                // HTTP, configuration and the wiring
	tool                // development and tests: production never links it
)

// A place says what a package is for, and which packages of this module it may
// import outside its tests. The imports follow from the purpose: whoever adds one
// checks that the purpose still covers it.
type place struct {
	kind kind
	why  string
	may  []string
}

// layout has one row a package. A package without a row fails the test, and so
// does a row without a package and an import that is allowed and not used.
var layout = map[string]place{
	"functions": {edge, "maps the wire to use cases and gives them their adapters, so it alone sees both", []string{
		"internal/access", "internal/account", "internal/admission", "internal/artifact", "internal/artifact/page", "internal/auth", "internal/blob", "internal/builder", "internal/callable", "internal/catalogue", "internal/config", "internal/errs", "internal/flight",
		"internal/intent", "internal/project", "internal/quota", "internal/spending", "internal/store", "internal/telemetry", "internal/template", "internal/turn", "internal/worker", "internal/worker/dialect"}},
	"functions/server":   {edge, "the program: configuration, HTTP server and shutdown, without a use case of its own", []string{"functions", "internal/callable", "internal/config", "internal/errs", "internal/telemetry"}},
	"internal/callable":  {edge, "Firebase's protocol alone: it does not know what its functions do", []string{"internal/errs"}},
	"internal/config":    {edge, "reads and checks variables; what they set up is made in functions", []string{"internal/artifact", "internal/quota", "internal/worker"}},
	"internal/telemetry": {edge, "the log's form; everybody logs through log/slog", nil},

	"internal/admission": {useCase, "counts calls and what they hold, before they cost anything", []string{"internal/errs"}},

	"internal/errs":     {core, "the words of all errors, so it depends on nobody", nil},
	"internal/backoff":  {core, "pauses between attempts, for whoever tries again", nil},
	"internal/seldom":   {core, "what goes on is told once a minute, by whoever logs it", nil},
	"internal/flight":   {useCase, "one run for callers that want the same thing", nil},
	"internal/intent":   {core, "reads a prompt by rules: text in, wishes out", nil},
	"internal/artifact": {useCase, "files: what may be in a set, and how two sets differ", []string{"internal/errs"}},

	"internal/artifact/edit":       {useCase, "carries out edits on files", []string{"internal/artifact"}},
	"internal/artifact/gap":        {useCase, "finds where a file is not whole, for whoever changes, checks or asks for files", []string{"internal/artifact", "internal/artifact/javascript", "internal/artifact/markup"}},
	"internal/artifact/merge":      {useCase, "puts parts of files in their places", []string{"internal/artifact", "internal/artifact/gap", "internal/artifact/javascript", "internal/artifact/markup"}},
	"internal/artifact/check":      {useCase, "finds what is wrong with a set, without running it", []string{"internal/artifact", "internal/artifact/gap", "internal/artifact/javascript"}},
	"internal/artifact/page":       {useCase, "makes one HTML document of a set, and knows what a page refers to", []string{"internal/artifact"}},
	"internal/artifact/reply":      {useCase, "reads a model's text; the references of its page name unnamed files", []string{"internal/artifact", "internal/artifact/gap", "internal/artifact/markup", "internal/artifact/page"}},
	"internal/artifact/javascript": {useCase, "parses JavaScript, for whoever asks whether a text is some", nil},
	"internal/artifact/markup":     {core, "what HTML says of elements and pages, for whoever reads some", nil},

	"internal/template":  {useCase, "apps that answer without a worker: which one, and its files", []string{"internal/artifact", "internal/intent"}},
	"internal/worker":    {useCase, "chooses a worker and waits for it; what it is asked comes from turn", []string{"internal/artifact/markup", "internal/artifact/reply", "internal/backoff", "internal/errs"}},
	"internal/project":   {useCase, "what a user owns; turns change it, it knows no turn", []string{"internal/artifact", "internal/errs", "internal/flight", "internal/template"}},
	"internal/access":    {useCase, "who is let in beyond a token: the denied, and browsers' sessions", []string{"internal/errs", "internal/flight"}},
	"internal/quota":     {useCase, "plans and counts; what is counted is told by the caller", []string{"internal/errs"}},
	"internal/spending":  {useCase, "counts what all users together use, and stops them at the ceiling", []string{"internal/quota"}},
	"internal/catalogue": {useCase, "models, revisions and grants, which a plan limits", []string{"internal/errs", "internal/quota"}},
	"internal/turn": {useCase, "a prompt and its answer: it joins the other use cases", []string{
		"internal/artifact", "internal/artifact/edit", "internal/artifact/markup", "internal/artifact/merge", "internal/artifact/page", "internal/artifact/reply", "internal/backoff", "internal/errs", "internal/intent",
		"internal/project", "internal/quota", "internal/seldom", "internal/template", "internal/worker"}},

	"internal/account": {useCase, "deletes and exports all that a user has, so it sees projects and turns", []string{
		"internal/artifact", "internal/backoff", "internal/errs", "internal/project", "internal/quota", "internal/turn"}},

	"internal/auth":           {adapter, "Firebase's tokens and users, for callable's interface of a verifier; who delivers events", []string{"internal/callable", "internal/errs", "internal/flight"}},
	"internal/store":          {adapter, "Firestore, for the stores that use cases declare", []string{"internal/access", "internal/account", "internal/artifact", "internal/catalogue", "internal/errs", "internal/project", "internal/quota", "internal/turn"}},
	"internal/blob":           {adapter, "Cloud Storage, for the bucket and signer that catalogue declares", []string{"internal/catalogue", "internal/errs", "internal/flight"}},
	"internal/builder":        {adapter, "a process that may die, for the pages that turn declares", []string{"internal/artifact", "internal/artifact/check", "internal/artifact/page", "internal/flight", "internal/seldom"}},
	"internal/worker/dialect": {adapter, "inference servers, for the worker that package worker declares", []string{"internal/errs", "internal/flight", "internal/worker"}},

	"internal/archtest":           {tool, "reads this module by go list", nil},
	"internal/dev":                {tool, "starts the suite, publishes models and tries workers, as an operator does", []string{"internal/blob/blobtest", "internal/catalogue", "internal/emulator", "internal/quota", "internal/worker/conformance", "internal/worker/dialect"}},
	"internal/dev/claims":         {tool, "keeps the Admin SDK and the store out of internal/dev", []string{"internal/store"}},
	"internal/dev/supply":         {tool, "lists dependencies and their licences", nil},
	"internal/dev/deletion":       {tool, "keeps the Admin SDK and the store out of internal/dev", []string{"internal/account", "internal/errs", "internal/store"}},
	"internal/console":            {tool, "tests alone, of the npm package as it ships", nil},
	"internal/pages":              {tool, "compares pages with the code that they show", nil},
	"internal/emulator":           {tool, "names what runs beside a test", nil},
	"internal/e2e":                {tool, "the index of the tests that see the backend from outside", nil},
	"internal/e2e/attacks":        {tool, "tests alone, of what a hostile caller does to a small instance", nil},
	"internal/e2e/browser":        {tool, "tests alone, in a real browser", nil},
	"internal/e2e/models":         {tool, "tests alone, of uploads, grants and downloads", nil},
	"internal/e2e/people":         {tool, "tests alone, of accounts that are deleted", nil},
	"internal/e2e/releases":       {tool, "tests alone, of two releases on one database", nil},
	"internal/e2e/rules":          {tool, "tests alone, of Firestore's rules", nil},
	"internal/e2e/sdk":            {tool, "tests alone, with the stock SDKs", nil},
	"internal/e2e/turns":          {tool, "tests alone, of turns over faults and instances", nil},
	"internal/e2e/e2etest":        {tool, "the set-up that these tests share", []string{"internal/blob", "internal/blob/blobtest", "internal/catalogue", "internal/emulator", "internal/errs", "internal/quota", "internal/worker/workertest"}},
	"internal/eval":               {tool, "tests alone, of the scoring of workers", nil},
	"internal/faults":             {tool, "a proxy that breaks connections", nil},
	"internal/blob/blobtest":      {tool, "Cloud Storage as a verifier of signatures, for tests and the suite", nil},
	"internal/store/memstore":     {tool, "the stores in memory, for tests of use cases", []string{"internal/access", "internal/account", "internal/artifact", "internal/catalogue", "internal/errs", "internal/project", "internal/quota", "internal/turn"}},
	"internal/store/storetest":    {tool, "the contract of every store", []string{"internal/access", "internal/account", "internal/artifact", "internal/catalogue", "internal/errs", "internal/project", "internal/quota", "internal/template", "internal/turn"}},
	"internal/template/apptest":   {tool, "tests alone, of the library's apps in a real browser", nil},
	"internal/worker/conformance": {tool, "the contract of every worker", []string{"internal/errs", "internal/worker", "internal/worker/dialect"}},
	"internal/worker/hosting":     {tool, "tests alone, of the files that deploy a worker", nil},
	"internal/worker/workertest":  {tool, "a scripted inference server", nil},
}

type pkg struct {
	Dir, ImportPath, Name, Doc string
	Imports                    []string
	GoFiles                    []string
}

func list(t *testing.T, args ...string) []pkg {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-json=Dir,ImportPath,Name,Doc,Imports,GoFiles"}, args...)...)
	cmd.Dir = "../.."
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list %v: %v", args, err)
	}
	var pkgs []pkg
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return pkgs
		} else if err != nil {
			t.Fatal(err)
		}
		pkgs = append(pkgs, p)
	}
}

// outside lists what packages of a kind never import.
var outside = map[kind][]string{
	core:    {"net/http", "cloud.google.com/", "firebase.google.com/", "google.golang.org/"},
	useCase: {"net/http", "cloud.google.com/", "firebase.google.com/", "google.golang.org/"},
}

func TestImports(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range list(t, "./...") {
		name := strings.TrimPrefix(p.ImportPath, module)
		seen[name] = true
		here, known := layout[name]
		if !known {
			t.Errorf("%s has no row in layout: add one, with its kind, what it is for and the least that it needs", name)
			continue
		}
		if here.why == "" {
			t.Errorf("%s: its row does not say what the package is for", name)
		}
		for _, path := range p.Imports {
			ours, ok := strings.CutPrefix(path, module)
			switch {
			case ok && !slices.Contains(here.may, ours):
				t.Errorf("%s imports %s. It is there for this: %s. If that covers the import, allow it", name, ours, here.why)
			case ok && here.kind == adapter && layout[ours].kind == adapter:
				t.Errorf("%s imports %s, but adapters never import one another", name, ours)
			case ok && here.kind <= useCase && layout[ours].kind > useCase:
				t.Errorf("%s imports %s, but a use case imports use cases alone: declare an interface", name, ours)
			}
			if slices.ContainsFunc(outside[here.kind], func(prefix string) bool { return strings.HasPrefix(path, prefix) }) {
				t.Errorf("%s imports %s, but a use case knows neither HTTP nor a cloud", name, path)
			}
			if first, _, _ := strings.Cut(path, "/"); here.kind == core && strings.Contains(first, ".") {
				t.Errorf("%s imports %s, but it needs nothing but the standard library", name, path)
			}
		}
		for _, ours := range here.may {
			if !slices.Contains(p.Imports, module+ours) {
				t.Errorf("%s may import %s, but does not: take it out of its row", name, ours)
			}
		}
	}
	for name := range layout {
		if !seen[name] {
			t.Errorf("%s has a row in layout, but does not exist", name)
		}
	}
}

// TestComments: the comment of a function or type begins with its name, and what
// is exported has one.
func TestComments(t *testing.T) {
	for _, p := range list(t, "./...") {
		for _, name := range p.GoFiles {
			fset := token.NewFileSet()
			file, err := parser.ParseFile(fset, filepath.Join(p.Dir, name), nil, parser.ParseComments|parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			check := func(id *ast.Ident, doc *ast.CommentGroup, public bool) {
				words := strings.Fields(doc.Text())
				if len(words) > 1 && slices.Contains([]string{"A", "An", "The"}, words[0]) {
					words = words[1:]
				}
				place := fmt.Sprintf("%s/%s:%d", strings.TrimPrefix(p.ImportPath, module), name, fset.Position(id.Pos()).Line)
				switch {
				case len(words) == 0 && public:
					t.Errorf("%s: %s is exported and has no comment", place, id.Name)
				case len(words) > 0 && strings.TrimRight(words[0], ",:.") != id.Name:
					t.Errorf("%s: the comment of %s begins with %q", place, id.Name, words[0])
				}
			}
			for _, d := range file.Decls {
				switch d := d.(type) {
				case *ast.FuncDecl:
					check(d.Name, d.Doc, d.Name.IsExported() && d.Recv == nil)
				case *ast.GenDecl:
					for _, spec := range d.Specs {
						if s, ok := spec.(*ast.TypeSpec); ok {
							doc := s.Doc
							if doc == nil && !d.Lparen.IsValid() {
								doc = d.Doc
							}
							check(s.Name, doc, s.Name.IsExported() && !d.Lparen.IsValid())
						}
					}
				}
			}
		}
	}
}

func TestPackageComments(t *testing.T) {
	for _, p := range list(t, "./...") {
		if len(p.GoFiles) > 0 && p.Doc == "" {
			t.Errorf("%s has no package comment", p.ImportPath)
		}
	}
}

func TestOneMainBelowFunctions(t *testing.T) {
	var mains []string
	for _, p := range list(t, "./functions/...") {
		if p.Name == "main" {
			mains = append(mains, p.ImportPath)
		}
	}
	if len(mains) != 1 {
		t.Errorf("%v are mains below functions/; buildpacks and `go run ./functions/...` need exactly one", mains)
	}
}

func TestProductionLinksNoTestCode(t *testing.T) {
	testing := []string{"testing", "github.com/google/go-cmp/cmp", "go.uber.org/goleak", "github.com/santhosh-tekuri/jsonschema/v6"}
	for _, p := range list(t, "-deps", "./functions/server") {
		name, ours := strings.CutPrefix(p.ImportPath, module)
		if ours && layout[name].kind == tool || slices.Contains(testing, p.ImportPath) {
			t.Errorf("the server links %s, which is for development and tests", p.ImportPath)
		}
	}
}

func TestTopLevel(t *testing.T) {
	agreed := []string{"Makefile", "README.md", "firebase.json", "firestore.rules", "functions", "go.mod", "go.sum", "internal", "storage.rules"}
	entries, err := os.ReadDir("../..")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") {
			got = append(got, e.Name())
		}
	}
	if !slices.Equal(got, agreed) {
		t.Errorf("the top level holds %v, want %v and dotfiles", got, agreed)
	}
}

// TestStorageRulesAreClosed: clients reach no object through Firebase's rules;
// signed URLs need none. The whole text is compared. Rules that allow anything
// need a test that evaluates them instead.
func TestStorageRulesAreClosed(t *testing.T) {
	text, err := os.ReadFile("../../storage.rules")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for line := range strings.Lines(string(text)) {
		code, _, _ := strings.Cut(line, "//")
		got = append(got, strings.Fields(code)...)
	}
	const want = "rules_version = '2'; service firebase.storage { match /b/{bucket}/o { match /{path=**} { allow read, write: if false; } } }"
	if said := strings.Join(got, " "); said != want {
		t.Errorf("storage.rules say\n%s\nwant\n%s", said, want)
	}
}
