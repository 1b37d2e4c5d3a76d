package functions

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"dreambuild.dev/backend/internal/admission"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/pages"
	"dreambuild.dev/backend/internal/project"
	"dreambuild.dev/backend/internal/quota"
	"dreambuild.dev/backend/internal/turn"
	"github.com/google/go-cmp/cmp"
)

func TestExamples(t *testing.T) { pages.Check(t, "README.md") }

// TestPageFunctions compares the page's sections with the table of functions,
// and each section's fields with the Go types of its request and result.
func TestPageFunctions(t *testing.T) {
	sections := split(section(t, "## 3 Functions"), "### ")
	if diff := cmp.Diff(slices.Sorted(maps.Keys(table)), slices.Sorted(maps.Keys(sections))); diff != "" {
		t.Errorf("the functions (-table +page):\n%s", diff)
	}
	for name, entry := range table {
		if entry.call == nil {
			continue
		}
		t.Run(name, func(t *testing.T) {
			text := sections[name]
			request := rowsOf(text, "request")
			if len(request) == 0 && !strings.Contains(text, "The request is empty.") {
				t.Error("the section neither has a table of the request nor says that it is empty")
			}
			compareFields(t, "request", fieldsOf(entry.in, true), request)
			switch result := rowsOf(text, "result"); {
			case entry.result == reflect.TypeFor[turnResult]():
				if !regexp.MustCompile(`(?m)^Result: .*\[turn result\]\(#4-a-turn-result\)`).MatchString(text) {
					t.Error("the section does not say that the result is a turn result")
				}
			case len(fieldsOf(entry.result, false)) == 0:
				if !strings.Contains(text, "\nResult: null.\n") {
					t.Error("the section does not say that the result is null")
				}
			default:
				compareFields(t, "result", fieldsOf(entry.result, false), result)
			}
			if streams := strings.Contains(text, " Streams.\n"); streams != (entry.message != nil) {
				t.Errorf("the section says that it streams: %v", streams)
			}
		})
	}
}

func TestPageTurnResult(t *testing.T) {
	compareFields(t, "a turn result", fieldsOf(reflect.TypeFor[turnResult](), false), rowsOf(section(t, "## 4 A turn result"), "result"))
}

// TestPageMessages compares the page's messages with those that streams send.
func TestPageMessages(t *testing.T) {
	want := map[string][]string{} // "function message" → its fields
	for name, entry := range table {
		for _, m := range messageTypes[entry.message] {
			var fields []string
			for _, f := range m.fields {
				f, _, _ = strings.Cut(f, ":")
				fields = append(fields, f)
			}
			slices.Sort(fields)
			want[name+" "+m.typ] = fields
		}
	}
	got := map[string][]string{}
	var functions []string
	for _, row := range rowsOf(section(t, "## 5 Streams"), "function") {
		if named := quoted(row[0]); named != nil {
			functions = named
		}
		for _, f := range functions {
			got[f+" "+quoted(row[1])[0]] = slices.Sorted(slices.Values(quoted(row[2])))
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the messages (-code +page):\n%s", diff)
	}
}

// TestPageReasons compares the page's errors with the constants of package errs,
// with the code that each is returned with, and with what the sections of the
// functions say.
func TestPageReasons(t *testing.T) {
	reasons := reasonsOf(t)
	codes := codesOf(t, reasons)
	byFunction := map[string][]string{}
	var got []string
	for _, row := range rowsOf(section(t, "## 7 Errors"), "reason") {
		reason := quoted(row[0])[0]
		got = append(got, reason)
		if want := codes[reason]; len(want) > 0 {
			written := strings.Split(row[1], ", ")
			slices.Sort(written)
			if diff := cmp.Diff(want, written); diff != "" {
				t.Errorf("%s has the codes (-code +page):\n%s", reason, diff)
			}
		} else {
			t.Errorf("no code returns %s", reason)
		}
		for _, function := range quoted(row[3]) {
			byFunction[function] = append(byFunction[function], reason)
		}
		if len(quoted(row[3])) == 0 && row[3] != "all" {
			t.Errorf("%s is shown by %q", reason, row[3])
		}
	}
	want := slices.Sorted(maps.Values(reasons))
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the reasons (-errs +page):\n%s", diff)
	}
	for function, text := range split(section(t, "## 3 Functions"), "### ") {
		_, list, ok := strings.Cut(text, "\nErrors: ")
		if !ok {
			t.Errorf("the section of %s has no line of errors", function)
		}
		list, _, _ = strings.Cut(list, "\n\n")
		said := quoted(list)
		slices.Sort(said)
		slices.Sort(byFunction[function])
		if diff := cmp.Diff(byFunction[function], said); diff != "" {
			t.Errorf("%s shows the errors (-table of errors +its section):\n%s", function, diff)
		}
	}
}

// TestPageMentions: every reason that the page names anywhere is one.
func TestPageMentions(t *testing.T) {
	known := slices.Collect(maps.Values(reasonsOf(t)))
	for _, m := range regexp.MustCompile("`([a-z]+(?:-[a-z]+)+)`").FindAllStringSubmatch(readPage(t), -1) {
		if m[1] != "half-open" && !slices.Contains(known, m[1]) {
			t.Errorf("the page names %s, which is no reason", m[1])
		}
	}
}

// TestPageLimits compares what the page says of the sizes of requests with the
// table.
func TestPageLimits(t *testing.T) {
	_, text, _ := strings.Cut(readPage(t), "A request of ")
	text, _, _ = strings.Cut(text, " None has more")
	got := map[string]string{}
	for _, m := range regexp.MustCompile("`(\\w+)`(?: has at most)? ([0-9,]+) KB|(every other function) ([0-9,]+) KB").FindAllStringSubmatch(text, -1) {
		got[m[1]+m[3]] = strings.ReplaceAll(m[2]+m[4], ",", "")
	}
	want := map[string]string{"every other function": strconv.Itoa(someIDs >> 10)}
	for name, entry := range table {
		if entry.call != nil && entry.request != 0 {
			want[name] = strconv.FormatInt(entry.request>>10, 10)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the limits in KB (-table +page):\n%s", diff)
	}
}

func TestPagePlans(t *testing.T) {
	got := quota.Plans{}
	text := section(t, "## 8 Quotas")
	calls := map[string][]string{}
	for _, row := range rowsOf(text, "calls") {
		calls[row[0]] = row[1:]
	}
	for _, row := range rowsOf(text, "plan") {
		number := func(cell string) int64 {
			digits, unit, _ := strings.Cut(strings.ReplaceAll(cell, ",", ""), " ")
			n, err := strconv.ParseInt(digits, 10, 64)
			factor, ok := map[string]int64{"": 1, "MB": 1e6, "GB": 1e9}[unit]
			if err != nil || !ok {
				t.Errorf("%q is no number", cell)
			}
			return n * factor
		}
		row = append(row, calls[row[0]]...)
		if len(row) != 15 {
			t.Fatalf("the plan %s has %d figures", row[0], len(row)-1)
		}
		got[quota.Plan(quoted(row[0])[0])] = quota.Limits{
			DailyTurns: int(number(row[1])), DailyTokens: int(number(row[2])), DailyInputTokens: int(number(row[3])),
			ConcurrentTurns: int(number(row[4])), TurnsPerMinute: int(number(row[5])), MonthlyBytes: number(row[6]),
			StoredBytes: number(row[7]), Projects: int(number(row[8])), SavesPerDay: int(number(row[9])),
			ReadsPerMinute: int(number(row[10])), WritesPerMinute: int(number(row[11])), StreamsPerMinute: int(number(row[12])), PromptsPerMinute: int(number(row[13])),
			ConcurrentStreams: int(number(row[14])),
		}
	}
	if diff := cmp.Diff(quota.Builtin(), got); diff != "" {
		t.Errorf("the plans (-plans.json +page):\n%s", diff)
	}
}

// TestPageCalls compares what the page says of how calls are counted with the table.
func TestPageCalls(t *testing.T) {
	words := map[string]admission.Class{"Prompts": admission.Generate, "Streams": admission.Stream, "Writes": admission.Write}
	text := section(t, "## 8 Quotas")
	for word, class := range words {
		m := regexp.MustCompile(word + ` are (?:calls|those) of ([^.]*)\.`).FindStringSubmatch(text)
		if m == nil {
			t.Errorf("the page does not say what counts among %s", word)
			continue
		}
		var want []string
		for name, entry := range table {
			if entry.class == class {
				want = append(want, name)
			}
		}
		slices.Sort(want)
		if diff := cmp.Diff(want, slices.Sorted(slices.Values(quoted(m[1])))); diff != "" {
			t.Errorf("%s (-table +page):\n%s", word, diff)
		}
	}
}

// TestPageDocuments compares the documents that clients read with the Go types
// that are stored.
func TestPageDocuments(t *testing.T) {
	text := section(t, "## 9 Reading Firestore")
	for path, of := range map[string]reflect.Type{
		"projects/{projectId}":                    reflect.TypeFor[project.Project](),
		"projects/{projectId}/versions/{version}": reflect.TypeFor[project.Version](),
		"projects/{projectId}/turns/{turnId}":     reflect.TypeFor[turn.Turn](),
		"users/{uid}/usage/{day}":                 reflect.TypeFor[quota.Day](),
	} {
		want, got := storedFields(of), []string(nil)
		for _, row := range rowsOf(text, "`"+path+"`") {
			got = append(got, quoted(row[0])...)
		}
		slices.Sort(want)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-type +page):\n%s", path, diff)
		}
	}
}

// storedFields lists the fields of a document's type.
func storedFields(of reflect.Type) []string {
	var fields []string
	for field := range of.Fields() {
		if name, _, _ := strings.Cut(field.Tag.Get("firestore"), ","); name != "-" {
			fields = append(fields, name)
		}
	}
	return fields
}

func readPage(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// section returns what stands below the page's heading that begins so.
func section(t *testing.T, heading string) string {
	t.Helper()
	for name, text := range split(readPage(t), "## ") {
		if strings.HasPrefix("## "+name, heading) {
			return text
		}
	}
	t.Fatalf("the page has no heading %q", heading)
	return ""
}

// split cuts a text at its headings of one level; the keys are their words.
func split(text, level string) map[string]string {
	sections := map[string]string{}
	for _, part := range strings.Split("\n"+text, "\n"+level)[1:] {
		name, rest, _ := strings.Cut(part, "\n")
		sections[name] = "\n" + rest
	}
	return sections
}

// rowsOf returns the rows of the table whose first column is called so, or is
// called so, then a comma and more words.
func rowsOf(text, first string) [][]string {
	var rows [][]string
	inside := false
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") {
			inside = false
			continue
		}
		line = strings.TrimSuffix(strings.TrimPrefix(strings.ReplaceAll(line, `\|`, "or"), "|"), "|")
		cells := strings.Split(line, "|")
		for i, c := range cells {
			cells[i] = strings.TrimSpace(c)
		}
		switch {
		case strings.HasPrefix(cells[0], first+",") || cells[0] == first:
			inside = true
		case inside && !strings.HasPrefix(cells[0], "--"):
			rows = append(rows, cells)
		}
	}
	return rows
}

// quoted returns the words of a cell that stand between backquotes.
func quoted(cell string) []string {
	var words []string
	for _, m := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(cell, -1) {
		words = append(words, m[1])
	}
	return words
}

// compareFields compares the fields of a Go type with the rows of a table: name,
// whether they may be absent, type. A row may name several fields; "…" stands
// for each of the last row without it. Below a field that is "as in" another
// function's the page repeats nothing.
func compareFields(t *testing.T, what string, want []string, rows [][]string) {
	t.Helper()
	var got, above []string
	for _, row := range rows {
		of := " " + strings.Replace(row[1], "time", "string", 1)
		for _, name := range quoted(row[0]) {
			rest, repeats := strings.CutPrefix(name, "…")
			if !repeats {
				got = append(got, name+of)
			}
			for _, n := range above {
				if repeats {
					got = append(got, n+rest+of)
				}
			}
		}
		if !strings.Contains(row[0], "…") {
			above = quoted(row[0])
		}
		if strings.HasPrefix(row[2], "as in `") && !strings.HasSuffix(row[1], "string") {
			below := strings.TrimSuffix(quoted(row[0])[0], "?") + "."
			want = slices.DeleteFunc(slices.Clone(want), func(w string) bool { return strings.HasPrefix(w, below) })
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-type +page):\n%s", what, diff)
	}
}

// fieldsOf lists the fields of a type as the page writes them:
// "files[].path string".
func fieldsOf(of reflect.Type, request bool) []string {
	var fields []string
	for of.Kind() == reflect.Pointer {
		of = of.Elem()
	}
	if of.Kind() != reflect.Struct {
		return nil
	}
	for f := range of.Fields() {
		if f.Anonymous {
			fields = append(fields, fieldsOf(f.Type, request)...)
			continue
		}
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		optional, null := strings.Contains(options, "omitempty"), false
		inner := f.Type
		if inner.Kind() == reflect.Pointer {
			inner, null = inner.Elem(), !optional && !request
			optional = optional || request
		}
		zero, _ := json.Marshal(reflect.Zero(inner).Interface())
		null = null || inner.Kind() == reflect.String && string(zero) == "null"
		kind := ""
		switch inner.Kind() {
		case reflect.String:
			kind = "string"
		case reflect.Bool:
			kind = "boolean"
		case reflect.Slice:
			kind, name, inner = "list", name+"[]", inner.Elem()
		case reflect.Struct, reflect.Map:
			kind = "object"
		default:
			kind = "number"
		}
		row := name
		if optional {
			row += "?"
		}
		row += " " + kind
		if null {
			row += " or null"
		}
		fields = append(fields, row)
		for _, below := range fieldsOf(inner, request) {
			fields = append(fields, name+"."+below)
		}
	}
	return fields
}

// reasonsOf returns the constants of type Reason: their names in Go and their
// words.
func reasonsOf(t *testing.T) map[string]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../internal/errs/errs.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	reasons := map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		v, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if of, ok := v.Type.(*ast.Ident); !ok || of.Name != "Reason" {
			return true
		}
		word, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		reasons[v.Names[0].Name] = word
		return true
	})
	return reasons
}

// codesOf reads the production code: with which codes each reason stands in a
// call of errs.New, or in a literal that has both. A few calls take the reason
// from a variable; those reasons are looked up by hand.
func codesOf(t *testing.T, reasons map[string]string) map[string][]string {
	t.Helper()
	codes := map[string][]string{string(errs.StoreUnavailable): {string(errs.Unavailable)}} // errs.StoreLate
	for _, limit := range []errs.Reason{errs.ConcurrentTurns, errs.TurnsPerMinute, errs.DailyTurns, errs.DailyTokens, errs.DailyInputTokens} {
		codes[string(limit)] = []string{string(errs.ResourceExhausted)} // quota.Account.Hold
	}
	in := "" // the package of the file
	constant := func(e ast.Expr) string {
		if id, ok := e.(*ast.Ident); ok && in == "errs" {
			return id.Name
		}
		if s, ok := e.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok && x.Name == "errs" {
				return s.Sel.Name
			}
		}
		return ""
	}
	note := func(code, reason string) {
		word, ok := reasons[reason]
		if !ok || code == "" {
			return
		}
		code = strings.ToUpper(regexp.MustCompile(`([a-z])([A-Z])`).ReplaceAllString(code, "${1}_$2"))
		if !slices.Contains(codes[word], code) {
			codes[word] = append(codes[word], code)
		}
	}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			name := d.Name()
			if name == "testdata" || name == "node_modules" || name == ".dev" || strings.HasSuffix(name, "test") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		in = file.Name.Name
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				if constant(n.Fun) == "New" && len(n.Args) > 2 {
					note(constant(n.Args[0]), constant(n.Args[1]))
				}
			case *ast.CompositeLit:
				var code, reason string
				for _, e := range n.Elts {
					if kv, ok := e.(*ast.KeyValueExpr); ok {
						switch key, _ := kv.Key.(*ast.Ident); {
						case key == nil:
						case key.Name == "Code":
							code = constant(kv.Value)
						case key.Name == "Reason":
							reason = constant(kv.Value)
						}
					}
				}
				note(code, reason)
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range codes {
		slices.Sort(c)
	}
	return codes
}
