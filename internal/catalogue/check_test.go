package catalogue_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"dreambuild.dev/backend/internal/catalogue"
	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/tools/txtar"
)

// TestSchemaAgrees compares what ParseConfig refuses, and where, with what
// model-config.schema.json refuses: of every config in testdata; of the valid ones
// with each place changed in turn; and of many that are changed in a few places.
func TestSchemaAgrees(t *testing.T) {
	schema := compile(t)
	c := changesOf(decode(t, []byte(read(t, schemaName))))
	archive, err := txtar.ParseFile("testdata/configs.txtar")
	if err != nil {
		t.Fatal(err)
	}
	var valid [][]byte
	for i := 0; i+1 < len(archive.Files); i += 2 {
		text := archive.Files[i].Data
		if json.Valid(text) && agree(t, schema, text) {
			valid = append(valid, text)
		}
		if !strings.HasPrefix(archive.Files[i].Name, "a model for ") {
			continue
		}
		root := decode(t, text)
		c.each(root, func(v any) { root = v }, func() { agree(t, schema, encode(t, root)) })
	}
	const mutants = 5000
	accepted, refused := 0, 0
	for seed := range uint64(mutants) {
		random := rand.New(rand.NewPCG(seed, 0))
		text := valid[random.IntN(len(valid))]
		for range 1 + random.IntN(3) {
			text = encode(t, c.one(random, decode(t, text)))
		}
		if agree(t, schema, text) {
			accepted++
		} else {
			refused++
		}
	}
	if min(accepted, refused) < mutants/20 {
		t.Errorf("%d mutants are accepted and %d refused: too few of one kind show anything", accepted, refused)
	}
}

func decode(t *testing.T, text []byte) any {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func encode(t *testing.T, doc any) []byte {
	t.Helper()
	text, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

const schemaName = "model-config.schema.json"

func compile(t *testing.T) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	if err := c.AddResource(schemaName, decode(t, []byte(read(t, schemaName)))); err != nil {
		t.Fatal(err)
	}
	return c.MustCompile(schemaName)
}

// agree compares schema and ParseConfig, and reports whether both accept text.
// ParseConfig also refuses numbers that the schema allows and Config cannot hold.
func agree(t *testing.T, schema *jsonschema.Schema, text []byte) (accepted bool) {
	t.Helper()
	want := map[string]bool{}
	if invalid, ok := errors.AsType[*jsonschema.ValidationError](schema.Validate(decode(t, text))); ok {
		refusedAt(invalid, want)
	}
	fits := json.Unmarshal(text, new(catalogue.Config)) == nil

	got := map[string]bool{}
	_, problems := catalogue.ParseConfig("smol", text)
	for _, p := range problems {
		at, found := strings.CutPrefix(p, catalogue.ConfigName+", at ")
		if !found {
			continue // it lies between fields
		}
		at, problem, _ := strings.Cut(at, ": ")
		cannotHold := strings.HasPrefix(problem, "got number, want integer") || strings.HasPrefix(problem, "maximum: ") || strings.HasSuffix(problem, " is out of range")
		if !fits && cannotHold && !want[at] {
			at = "a number"
		}
		got[at] = true
	}
	if len(want) == 0 && !fits || got["a number"] {
		want["a number"] = true
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(got))); diff != "" {
		t.Errorf("%s\nis refused at (-schema +ParseConfig):\n%s\n%s", text, diff, strings.Join(problems, "\n"))
	}
	return len(want) == 0
}

// refusedAt collects the places of the innermost errors.
func refusedAt(e *jsonschema.ValidationError, places map[string]bool) {
	if _, ok := e.ErrorKind.(*kind.PropertyNames); ok {
		places["webllm.overrides"] = true // the library gives no place, and only this object has a rule for names
		return
	}
	if len(e.Causes) == 0 {
		places[place(e.InstanceLocation)] = true
	}
	for _, cause := range e.Causes {
		refusedAt(cause, places)
	}
}

// place writes a JSON pointer as ParseConfig does: files[3].size.
func place(location []string) string {
	if len(location) == 0 {
		return "the top"
	}
	var b strings.Builder
	for _, part := range location {
		if _, err := strconv.Atoi(part); err == nil {
			fmt.Fprintf(&b, "[%s]", part)
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(part)
	}
	return b.String()
}

// changes are what a test puts into a config: names of fields, and JSON texts.
type changes struct{ fields, values []string }

// changesOf returns the names and words that stand in a schema, and values at the
// border of what some field allows.
func changesOf(schema any) changes {
	c := changes{fields: []string{"other", ""}, values: []string{
		`null`, `true`, `false`,
		`0`, `1`, `2`, `-1`, `-0`, `0.0`, `1.0`, `1.5`, `-0.5`, `0.1`, `1e3`, `1E3`, `1E-3`, `1000000000000`, `1000000000001`, `1e12`,
		`9223372036854775807`, `9223372036854775808`, `-9223372036854775809`, `1e308`, `1e309`, `-1e309`,
		`""`, `"x"`, `"gold"`, `"smol"`, `"a.gguf"`, `"a/b-c_d+e.f"`, `"a//b"`, `"a/.b"`,
		`"https://"`, `"https://x"`, `"https://x/"`, `"https://x/?y/"`, `"http://x/"`, `"v0_2_86/base"`, `"v0_2_86"`, `"v0_2_86/"`, `"v0_2/base"`, `"v0_2_86/base\n"`,
		characters("ü", 30), characters("ü", 31), characters("a", 100), characters("a", 101), characters("a", 512), characters("a", 513),
		`[]`, `["free"]`, `["free", "free"]`, `["premium", "free", "premium"]`, `["x", 1, true]`, `[null]`, `[[]]`,
		`{}`, `{"path": "b", "size": 1}`, `{"a_1": 1}`, `{"A": "x"}`, `{"a": []}`, `{"modelLib": "a.wasm", "modelLibVersion": "v0_2_86"}`,
	}}
	c.collect(schema)
	return c
}

func (c *changes) collect(schema any) {
	object, _ := schema.(map[string]any)
	words, _ := object["enum"].([]any)
	for _, word := range words {
		c.values = append(c.values, strconv.Quote(word.(string)))
	}
	properties, _ := object["properties"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		c.fields = append(c.fields, name)
		c.collect(properties[name])
	}
	if items, ok := object["items"]; ok {
		c.collect(items)
	}
}

func characters(c string, n int) string { return `"` + strings.Repeat(c, n) + `"` }

func (c changes) value(random *rand.Rand) any { return json.RawMessage(pick(random, c.values)) }

// each calls try with every place at and below v changed in turn: removed, and
// set to each value; a list also to many copies. set changes v itself.
func (c changes) each(v any, set func(any), try func()) {
	for _, other := range c.values {
		set(json.RawMessage(other))
		try()
	}
	set(v)
	switch v := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			field := v[name]
			delete(v, name)
			try()
			v[name] = field
			c.each(field, func(other any) { v[name] = other }, try)
		}
	case []any:
		for _, n := range []int{10, 11, 1000, 1001} {
			set(slices.Repeat(v, n)[:n])
			try()
		}
		set(v)
		for i, item := range v {
			c.each(item, func(other any) { v[i] = other }, try)
		}
	}
}

// one changes one place in doc, and returns doc.
func (c changes) one(random *rand.Rand, doc any) any {
	switch v := doc.(type) {
	case map[string]any:
		names := slices.Sorted(maps.Keys(v))
		if len(names) == 0 || random.IntN(8) == 0 {
			v[pick(random, c.fields)] = c.value(random)
			return v
		}
		name := pick(random, names)
		switch random.IntN(8) {
		case 0: // drop
			delete(v, name)
		case 1: // rename
			inner := v[name]
			delete(v, name)
			v[pick(random, []string{name + "s", strings.ToUpper(name), strings.ToLower(name), "__" + name + "__", pick(random, c.fields)})] = inner
		default:
			v[name] = c.one(random, v[name])
		}
		return v
	case []any:
		if len(v) == 0 {
			return append(v, c.value(random))
		}
		i := random.IntN(len(v))
		switch random.IntN(8) {
		case 0: // drop
			return slices.Delete(v, i, i+1)
		case 1: // add
			return append(v, c.value(random))
		case 2: // repeat
			return slices.Repeat(v[i:i+1], pick(random, []int{2, 10, 11, 1000, 1001}))
		}
		v[i] = c.one(random, v[i])
		return v
	}
	switch random.IntN(6) {
	case 0: // nest
		return []any{doc}
	case 1:
		return map[string]any{pick(random, c.fields): doc}
	}
	return c.value(random)
}

func pick[T any](random *rand.Rand, from []T) T { return from[random.IntN(len(from))] }
