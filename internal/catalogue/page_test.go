package catalogue_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"dreambuild.dev/backend/internal/catalogue"
	"dreambuild.dev/backend/internal/pages"
	"github.com/google/go-cmp/cmp"
)

func TestPageExamples(t *testing.T) { pages.Check(t, "README.md") }

// TestPageFields compares the page's fields of model-config.json with the schema
// and with Config: names, types, and what may be absent.
func TestPageFields(t *testing.T) {
	var page []string
	for _, row := range rows(t, "| field | type |") {
		page = append(page, row[0]+" "+row[1])
	}
	slices.Sort(page)

	var root property
	if err := json.Unmarshal([]byte(read(t, "model-config.schema.json")), &root); err != nil {
		t.Fatal(err)
	}
	schema := schemaFields("", root)
	slices.Sort(schema)
	if diff := cmp.Diff(schema, page); diff != "" {
		t.Errorf("the fields (-schema +page):\n%s", diff)
	}
	config := goFields("", reflect.TypeFor[catalogue.Config]())
	slices.Sort(config)
	if diff := cmp.Diff(config, page); diff != "" {
		t.Errorf("the fields (-Config +page):\n%s", diff)
	}
}

// TestPageStates compares the page's states with the constants. Each must also be in
// the drawing.
func TestPageStates(t *testing.T) {
	source := read(t, "catalogue.go")
	var want []string
	for _, m := range regexp.MustCompile(`\bState += "([a-z]+)"`).FindAllStringSubmatch(source, -1) {
		want = append(want, m[1])
	}
	_, drawing, _ := strings.Cut(read(t, "README.md"), "## Publishing\n\n```\n")
	drawing, _, _ = strings.Cut(drawing, "```")
	var got []string
	for _, row := range rows(t, "| state |") {
		got = append(got, row[0])
		if !strings.Contains(drawing, row[0]) {
			t.Errorf("the drawing lacks %s", row[0])
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the states (-code +page):\n%s", diff)
	}
}

// TestPageReasons compares the page's reasons with those that the code of the
// catalogue, the quota and the functions about models uses.
func TestPageReasons(t *testing.T) {
	words := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^\t(\w+) +Reason = "([a-z-]+)"`).FindAllStringSubmatch(read(t, "../errs/errs.go"), -1) {
		words[m[1]] = m[2]
	}
	given := map[string]bool{}
	for _, m := range regexp.MustCompile(`\berrs\.(\w+)`).FindAllStringSubmatch(sources(t)+read(t, "../quota/quota.go")+read(t, "../../functions/models.go"), -1) {
		if word, ok := words[m[1]]; ok {
			given[word] = true
		}
	}
	var got []string
	for _, row := range rows(t, "| reason |") {
		got = append(got, row[0])
	}
	slices.Sort(got)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(given)), got); diff != "" {
		t.Errorf("the reasons (-code +page):\n%s", diff)
	}
}

// TestPageProblems: each problem on the page is a text in the code.
func TestPageProblems(t *testing.T) {
	code := sources(t)
	for _, row := range rows(t, "| problem |") {
		if !strings.Contains(code, row[0]) {
			t.Errorf("the code has no problem %q", row[0])
		}
	}
}

// property is the part of a JSON Schema that the test reads.
type property struct {
	Type       string
	Enum       []string
	Required   []string
	Properties map[string]property
	Items      *property
}

func schemaFields(prefix string, of property) []string {
	var all []string
	for name, p := range of.Properties {
		all = append(all, field(prefix+name, p.kind(), !slices.Contains(of.Required, name)))
		if p.Items != nil {
			all = append(all, schemaFields(prefix+name+"[].", *p.Items)...)
		}
		all = append(all, schemaFields(prefix+name+".", p)...)
	}
	return all
}

func (p property) kind() string {
	switch {
	case p.Type == "array":
		return "list of " + p.Items.kind()
	case p.Enum != nil:
		return "string"
	}
	return p.Type
}

func goFields(prefix string, of reflect.Type) []string {
	var all []string
	for f := range of.Fields() {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		all = append(all, field(prefix+name, goKind(f.Type), options == "omitempty"))
		switch inner := f.Type; inner.Kind() {
		case reflect.Slice:
			if inner.Elem().Kind() == reflect.Struct {
				all = append(all, goFields(prefix+name+"[].", inner.Elem())...)
			}
		case reflect.Pointer:
			all = append(all, goFields(prefix+name+".", inner.Elem())...)
		}
	}
	return all
}

func goKind(of reflect.Type) string {
	switch of.Kind() {
	case reflect.String:
		return "string"
	case reflect.Bool:
		return "boolean"
	case reflect.Int, reflect.Int64:
		return "integer"
	case reflect.Float64:
		return "number"
	case reflect.Slice:
		return "list of " + goKind(of.Elem())
	case reflect.Pointer, reflect.Struct, reflect.Map:
		return "object"
	}
	return of.String()
}

// field formats a field as the page's table does. A "?" marks an optional one.
func field(name, kind string, optional bool) string {
	if optional {
		name += "?"
	}
	return fmt.Sprintf("%s %s", name, kind)
}

// rows returns the rows of the page's table whose header begins with header, split
// into cells. The first cell has no backticks.
func rows(t *testing.T, header string) [][]string {
	t.Helper()
	_, table, found := strings.Cut(read(t, "README.md"), "\n"+header)
	if !found {
		t.Fatalf("the page has no table %s", header)
	}
	table, _, _ = strings.Cut(table, "\n\n")
	var all [][]string
	for _, line := range strings.Split(table, "\n")[2:] {
		cells := strings.Split(strings.Trim(line, "| "), " | ")
		cells[0] = strings.Trim(cells[0], "`")
		all = append(all, cells)
	}
	return all
}

// sources returns the code of the package, without its tests.
func sources(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, file := range files {
		if !strings.HasSuffix(file, "_test.go") {
			all.WriteString(read(t, file))
		}
	}
	return all.String()
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
