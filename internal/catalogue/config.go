package catalogue

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"dreambuild.dev/backend/internal/quota"
)

// Config is a revision's model-config.json, as its uploader wrote it.
// model-config.schema.json says what each field is.
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

// ParseConfig reads a model-config.json for the model id. problems are sentences
// for its author; they are empty if the config is valid.
func ParseConfig(id string, text []byte) (Config, []string) {
	doc, err := decode(text)
	if err != nil {
		return Config{}, []string{notJSON(text, err)}
	}
	if wrong := checkShape(doc); len(wrong) > 0 {
		return Config{}, wrong
	}
	// Of a name that stands twice only the last value is in doc. Decoding text
	// itself would mix both, and so let in what was not checked.
	checked, err := json.Marshal(doc)
	if err != nil {
		return Config{}, []string{ConfigName + ": " + err.Error()}
	}
	var c Config
	if err := json.Unmarshal(checked, &c); err != nil {
		return Config{}, []string{ConfigName + ": " + err.Error()}
	}
	return c, c.problems(id)
}

// decode reads one JSON value. Its numbers are json.Number.
func decode(text []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var doc any
	if err := d.Decode(&doc); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("invalid character after top-level value")
	}
	return doc, nil
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

// splitGGUF matches the name of one part of a split model: its number, and how
// many parts there are.
var splitGGUF = compiled(`^(.*)-(\d{5})-of-(\d{5})\.gguf$`)

// problems returns the mistakes that lie between fields.
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
