package catalogue

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"dreambuild.dev/backend/internal/quota"
)

// shape says what the whole of a model-config.json may be, as
// model-config.schema.json does for editors. It is written a second time because
// the library that reads schemas costs each start of a server 8 ms.
func shape() rule {
	return object{
		required: []string{"modelId", "name", "engine", "plans", "files", "licence", "sourceUrl"},
		fields: map[string]rule{
			"$schema": text{},
			"modelId": text{},
			"name":    text{least: 1, most: 100},
			"engine":  oneOf{string(WebLLM), string(Wllama), string(TransformersJS)},
			"plans":   list{least: 1, distinct: true, of: oneOf{string(quota.Anonymous), string(quota.Free), string(quota.Premium)}},
			"files": list{least: 1, most: 1000, of: object{
				required: []string{"path", "size"},
				fields: map[string]rule{
					"path": text{most: 512, form: filePath, means: "Relative, parts of letters, digits and . _ + - that do not begin with a dot."},
					"size": integer{most: 1e12},
				},
			}},
			"entry":         text{},
			"contextTokens": integer{most: math.MaxInt},
			"memoryMB":      integer{most: math.MaxInt},
			"quantization":  text{most: 30},
			"licence":       text{least: 1, most: 100},
			"sourceUrl":     text{form: secureURL, means: "Where the weights come from: a URL with https."},
			"mirrors":       list{most: 10, of: text{form: folderURL, means: "A URL with https that ends in a slash."}},
			"webllm": object{
				required: []string{"modelLib", "modelLibVersion"},
				fields: map[string]rule{
					"modelLib":                text{},
					"modelLibVersion":         text{form: libVersion, means: "WebLLM's modelVersion that the library was built for, for example v0_2_86/base."},
					"vramRequiredMB":          aboveZero{},
					"lowResourceRequired":     boolean{},
					"bufferSizeRequiredBytes": integer{most: math.MaxInt64},
					"requiredFeatures":        list{of: text{}},
					"overrides":               overrides{},
				},
			},
		},
	}
}

var (
	filePath     = compiled(`^[A-Za-z0-9_+-][A-Za-z0-9._+-]*(/[A-Za-z0-9_+-][A-Za-z0-9._+-]*)*$`)
	secureURL    = compiled(`^https://`)
	folderURL    = compiled(`^https://[^?#]+/$`)
	libVersion   = compiled(`^v[0-9]+_[0-9]+_[0-9]+(/[a-z]+)?$`)
	overrideName = compiled(`^[a-z][a-z0-9_]*$`)
)

// checkShape returns what is wrong with a decoded model-config.json, sorted. Its
// numbers are json.Number.
func checkShape(doc any) []string {
	var found report
	shape().check(&found, "", doc)
	if config, ok := doc.(map[string]any); ok {
		found.belongs(config, "webllm", WebLLM)
		found.belongs(config, "entry", Wllama)
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// belongs checks a field that one engine requires and every other refuses.
func (to *report) belongs(config map[string]any, field string, engine Engine) {
	switch _, there := config[field]; {
	case config["engine"] == string(engine):
		to.missing("", config, field)
	case there:
		to.add(field, "this is for another engine")
	}
}

// report collects sentences for the author of a model-config.json.
type report []string

// add says what is wrong at a place, such as files[3].size. "" is the whole.
func (to *report) add(at, format string, args ...any) {
	*to = append(*to, fmt.Sprintf("%s, at %s: ", ConfigName, cmp.Or(at, "the top"))+fmt.Sprintf(format, args...))
}

func (to *report) missing(at string, object map[string]any, required ...string) {
	var names []string
	for _, name := range required {
		if _, there := object[name]; !there {
			names = append(names, quote(name))
		}
	}
	switch len(names) {
	case 0:
	case 1:
		to.add(at, "missing property %s", names[0])
	default:
		to.add(at, "missing properties %s", strings.Join(names, ", "))
	}
}

// rule says what a value may be.
type rule interface {
	check(to *report, at string, v any)
}

type object struct {
	required []string
	fields   map[string]rule
}

func (r object) check(to *report, at string, v any) {
	object, ok := v.(map[string]any)
	if !ok {
		to.add(at, "got %s, want object", typeOf(v))
		return
	}
	to.missing(at, object, r.required...)
	var unknown []string
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if field, ok := r.fields[name]; ok {
			field.check(to, inside(at, name), object[name])
		} else {
			unknown = append(unknown, quote(name))
		}
	}
	if len(unknown) > 0 {
		to.add(at, "additional properties %s not allowed", strings.Join(unknown, ", "))
	}
}

type list struct {
	least, most int  // most: 0 is any number
	distinct    bool // no value twice
	of          rule
}

func (r list) check(to *report, at string, v any) {
	list, ok := v.([]any)
	if !ok {
		to.add(at, "got %s, want array", typeOf(v))
		return
	}
	if len(list) < r.least {
		to.add(at, "minItems: got %d, want %d", len(list), r.least)
	}
	if r.most > 0 && len(list) > r.most {
		to.add(at, "maxItems: got %d, want %d", len(list), r.most)
	}
	first := map[string]int{} // value → index
	for i, item := range list {
		r.of.check(to, fmt.Sprintf("%s[%d]", at, i), item)
		if !r.distinct {
			continue
		}
		text, _ := json.Marshal(item) // it was decoded from JSON
		if other, twice := first[string(text)]; twice {
			to.add(at, "items at %d and %d are equal", other, i)
		} else {
			first[string(text)] = i
		}
	}
}

type text struct {
	least, most int // characters; most: 0 is any number
	form        func() *regexp.Regexp
	means       string // what the form is, for people
}

func (r text) check(to *report, at string, v any) {
	text, ok := v.(string)
	if !ok {
		to.add(at, "got %s, want string", typeOf(v))
		return
	}
	length := utf8.RuneCountInString(text)
	if length < r.least {
		to.add(at, "minLength: got %d, want %d", length, r.least)
	}
	if r.most > 0 && length > r.most {
		to.add(at, "maxLength: got %d, want %d", length, r.most)
	}
	if r.form != nil && !r.form().MatchString(text) {
		to.add(at, "%.100q is not allowed. %s", text, r.means)
	}
}

type oneOf []string

func (r oneOf) check(to *report, at string, v any) {
	if text, ok := v.(string); ok && slices.Contains(r, text) {
		return
	}
	var all []string
	for _, text := range r {
		all = append(all, quote(text))
	}
	to.add(at, "value must be one of %s", strings.Join(all, ", "))
}

// integer is a whole number from 1. It has neither a point nor an exponent: Config
// cannot hold 1.0, which the schema calls an integer.
type integer struct{ most int64 }

func (r integer) check(to *report, at string, v any) {
	number, ok := v.(json.Number)
	if !ok {
		to.add(at, "got %s, want integer", typeOf(v))
		return
	}
	switch n, err := number.Int64(); {
	case strings.ContainsAny(number.String(), ".eE"):
		to.add(at, "got number, want integer")
	case strings.HasPrefix(number.String(), "-") || err == nil && n < 1:
		to.add(at, "minimum: got %.100s, want 1", number)
	case err != nil || n > r.most:
		to.add(at, "maximum: got %.100s, want %d", number, r.most)
	}
}

type aboveZero struct{}

func (aboveZero) check(to *report, at string, v any) {
	if n, ok := float(to, at, v, "number"); ok && n <= 0 {
		to.add(at, "exclusiveMinimum: got %.100s, want 0", v)
	}
}

// float returns a number. What is none, or more than a float64 can hold, is a
// problem. want says what is wanted.
func float(to *report, at string, v any, want string) (n float64, ok bool) {
	number, ok := v.(json.Number)
	if !ok {
		to.add(at, "got %s, want %s", typeOf(v), want)
		return 0, false
	}
	n, err := number.Float64()
	if err != nil {
		to.add(at, "%.100s is out of range", number)
	}
	return n, err == nil
}

type boolean struct{}

func (boolean) check(to *report, at string, v any) {
	if _, ok := v.(bool); !ok {
		to.add(at, "got %s, want boolean", typeOf(v))
	}
}

// overrides are values for names of mlc-chat-config.json: plain ones, or lists of
// them. Firestore holds no list in a list, and no name that begins with two
// underscores.
type overrides struct{}

func (overrides) check(to *report, at string, v any) {
	object, ok := v.(map[string]any)
	if !ok {
		to.add(at, "got %s, want object", typeOf(v))
		return
	}
	for name, v := range object {
		if !overrideName().MatchString(name) {
			to.add(at, "%.100q is not allowed.", name)
		}
		if items, ok := v.([]any); ok {
			list{of: plain{want: "boolean or number or string"}}.check(to, inside(at, name), items)
		} else {
			plain{want: "boolean or number or string or array"}.check(to, inside(at, name), v)
		}
	}
}

type plain struct{ want string }

func (r plain) check(to *report, at string, v any) {
	switch v.(type) {
	case string, bool:
	default:
		float(to, at, v, r.want)
	}
}

// inside names the place of a field.
func inside(at, name string) string {
	if at == "" {
		return name
	}
	return at + "." + name
}

func quote(name string) string {
	q := strconv.Quote(name)
	return "'" + q[1:len(q)-1] + "'"
}

// typeOf is what JSON Schema calls the type of a decoded value.
func typeOf(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case json.Number:
		return "number"
	case string:
		return "string"
	case []any:
		return "array"
	}
	return "object"
}
