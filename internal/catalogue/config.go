package catalogue

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"dreambuild.dev/backend/internal/quota"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// Config is a revision's model-config.json, as its uploader wrote it. The
// schema beside this file says what each field is.
type Config struct {
	Schema        string        `json:"$schema,omitempty" firestore:"-"`
	ModelID       string        `json:"modelId" firestore:"-"`
	Name          string        `json:"name" firestore:"name"`
	Engine        Engine        `json:"engine" firestore:"engine"`
	Plans         []quota.Plan  `json:"plans" firestore:"plans"`
	Files         []ConfigFile  `json:"files" firestore:"-"` // the manifest has them, hashed
	Entry         string        `json:"entry,omitempty" firestore:"entry,omitempty"`
	ContextTokens int           `json:"contextTokens,omitempty" firestore:"contextTokens,omitempty"`
	MemoryMB      int           `json:"memoryMB,omitempty" firestore:"memoryMB,omitempty"`
	Quantization  string        `json:"quantization,omitempty" firestore:"quantization,omitempty"`
	Licence       string        `json:"licence" firestore:"licence"`
	SourceURL     string        `json:"sourceUrl" firestore:"sourceUrl"`
	Mirrors       []string      `json:"mirrors,omitempty" firestore:"mirrors,omitempty"`
	WebLLM        *WebLLMConfig `json:"webllm,omitempty" firestore:"webllm,omitempty"`
}

// ConfigFile is one file that the upload must hold.
type ConfigFile struct {
	Path string `json:"path"`
	Size int64  `json:"size"` // bytes
}

// WebLLMConfig is what WebLLM's model record needs beyond the rest.
type WebLLMConfig struct {
	ModelLib                string         `json:"modelLib" firestore:"modelLib"`
	ModelLibVersion         string         `json:"modelLibVersion" firestore:"modelLibVersion"`
	VRAMRequiredMB          float64        `json:"vramRequiredMB,omitempty" firestore:"vramRequiredMB,omitempty"`
	LowResourceRequired     bool           `json:"lowResourceRequired,omitempty" firestore:"lowResourceRequired,omitempty"`
	BufferSizeRequiredBytes int64          `json:"bufferSizeRequiredBytes,omitempty" firestore:"bufferSizeRequiredBytes,omitempty"`
	RequiredFeatures        []string       `json:"requiredFeatures,omitempty" firestore:"requiredFeatures,omitempty"`
	Overrides               map[string]any `json:"overrides,omitempty" firestore:"overrides,omitempty"`
}

// Engine is what runs a model in the browser.
type Engine string

// The engines.
const (
	WebLLM         Engine = "webllm"
	Wllama         Engine = "wllama"
	TransformersJS Engine = "transformers.js"
)

// Schema is the JSON Schema of model-config.json.
//
//go:embed model-config.schema.json
var Schema []byte

var schema = sync.OnceValue(func() *jsonschema.Schema {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema))
	if err != nil {
		panic(err)
	}
	const url = "model-config.schema.json"
	c := jsonschema.NewCompiler()
	if err := c.AddResource(url, doc); err != nil {
		panic(err)
	}
	return c.MustCompile(url)
})

// ParseConfig reads a model-config.json for the model id. problems are sentences
// for its author; they are empty if the config is valid.
func ParseConfig(id string, text []byte) (Config, []string) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return Config{}, []string{notJSON(text, err)}
	}
	var invalid *jsonschema.ValidationError
	if err := schema().Validate(doc); errors.As(err, &invalid) {
		return Config{}, schemaProblems(invalid)
	} else if err != nil {
		return Config{}, []string{ConfigName + ": " + err.Error()}
	}
	var c Config
	if err := json.Unmarshal(text, &c); err != nil {
		return Config{}, []string{ConfigName + ": " + err.Error()}
	}
	return c, c.problems(id)
}

func notJSON(text []byte, err error) string {
	where := ""
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) && syntax.Offset <= int64(len(text)) {
		before := text[:syntax.Offset]
		where = fmt.Sprintf(", line %d, column %d", bytes.Count(before, []byte("\n"))+1, len(before)-bytes.LastIndexByte(before, '\n')-1)
	}
	return fmt.Sprintf("%s is not JSON%s: %v", ConfigName, where, err)
}

// schemaProblems returns the innermost errors, in the schema library's words
// where these say what to do.
func schemaProblems(e *jsonschema.ValidationError) []string {
	printer := message.NewPrinter(language.English)
	var all []string
	var walk func(*jsonschema.ValidationError)
	walk = func(e *jsonschema.ValidationError) {
		if len(e.Causes) == 0 {
			text := e.ErrorKind.LocalizedString(printer)
			switch kind := e.ErrorKind.(type) {
			case *kind.Pattern:
				text = strings.TrimSpace(fmt.Sprintf("%.100q is not allowed. %s", kind.Got, describe(e.SchemaURL)))
			case *kind.FalseSchema:
				text = "this is for another engine"
			}
			all = append(all, fmt.Sprintf("%s, at %s: %s", ConfigName, place(e.InstanceLocation), text))
		}
		for _, cause := range e.Causes {
			walk(cause)
		}
	}
	walk(e)
	slices.Sort(all)
	return slices.Compact(all)
}

// describe finds the description of a place in the schema.
func describe(url string) string {
	var at any
	if err := json.Unmarshal(Schema, &at); err != nil {
		return ""
	}
	_, pointer, _ := strings.Cut(url, "#/")
	for part := range strings.SplitSeq(pointer, "/") {
		object, _ := at.(map[string]any)
		at = object[part]
	}
	object, _ := at.(map[string]any)
	text, _ := object["description"].(string)
	return text
}

// place writes a JSON pointer as people write it: files[3].size.
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

// splitGGUF matches the name of one part of a split model: its number, and how
// many parts there are.
var splitGGUF = compiled(`^(.*)-(\d{5})-of-(\d{5})\.gguf$`)

// problems returns the mistakes that a schema cannot express.
func (c Config) problems(id string) []string {
	var all []string
	problem := func(format string, args ...any) { all = append(all, ConfigName+": "+fmt.Sprintf(format, args...)) }

	if c.ModelID != id {
		problem("modelId is %q, but the upload is of %q", c.ModelID, id)
	}
	seen := map[string]string{}
	for _, f := range c.Files {
		folded := strings.ToLower(f.Path)
		switch other, twice := seen[folded]; {
		case f.Path == ConfigName || f.Path == ManifestName:
			problem("%s is not one of the files", f.Path)
		case twice && other == f.Path:
			problem("%s is listed twice", f.Path)
		case twice:
			problem("%s and %s differ only in case, which not every browser's cache and disk can hold apart", other, f.Path)
		}
		seen[folded] = f.Path
	}
	switch c.Engine {
	case WebLLM:
		if !c.lists(c.WebLLM.ModelLib) {
			problem("webllm.modelLib is %q, which is not among the files", c.WebLLM.ModelLib)
		}
		for _, needed := range []string{chatConfigName, tensorCacheName} {
			if !c.lists(needed) {
				problem("WebLLM needs %s, which is not among the files", needed)
			}
		}
	case Wllama:
		if !c.lists(c.Entry) {
			problem("entry is %q, which is not among the files", c.Entry)
		}
		if m := splitGGUF().FindStringSubmatch(c.Entry); m != nil {
			if m[2] != "00001" {
				problem("entry is %q: name the first part, 00001", c.Entry)
			}
			of, _ := strconv.Atoi(m[3])
			for part := 2; part <= min(of, len(c.Files)+1); part++ { // one missing part more than there are files is enough
				if name := fmt.Sprintf("%s-%05d-of-%s.gguf", m[1], part, m[3]); !c.lists(name) {
					problem("%s is not among the files", name)
				}
			}
		}
	}
	return all
}

func (c Config) lists(path string) bool {
	return slices.ContainsFunc(c.Files, func(f ConfigFile) bool { return f.Path == path })
}

// size returns the size of a listed file, and -1 for any other.
func (c Config) size(path string) int64 {
	for _, f := range c.Files {
		if f.Path == path {
			return f.Size
		}
	}
	return -1
}
