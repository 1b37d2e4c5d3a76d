package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"dreambuild.dev/backend/internal/catalogue"
)

// importModels lays out an older, flat folder (models/*.wasm beside
// models/model-configs.json) as revisions that can be published.
func (s *suite) importModels(args []string) error {
	flags := flag.NewFlagSet("dev import-models", flag.ContinueOnError)
	from := flags.String("from", "", "the flat `folder`, with model-configs.json and *.wasm")
	to := flags.String("to", "", "the `folder` to lay the revisions out in; must not exist")
	rev := flags.String("rev", "v1", "the `revision` to make")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *from == "" || *to == "" {
		return errors.New("name two folders: dev import-models --from path/to/models --to path/to/revisions")
	}
	if _, err := os.Stat(*to); err == nil {
		return fmt.Errorf("%s is there already: name a folder that is not", *to)
	}
	records, err := readFlat(filepath.Join(*from, "model-configs.json"))
	if err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(records)) {
		problems, err := records[id].layOut(*from, *to, id, *rev)
		if err != nil {
			return fmt.Errorf("%s: %w", id, err)
		}
		dir := filepath.Join(*to, id, *rev)
		if len(problems) == 0 {
			s.say("%s is ready: make publish-model DIR=%s ID=%s REV=%s", id, dir, id, *rev)
			continue
		}
		s.say("%s is laid out in %s, but lacks something:\n- %s", id, dir, strings.Join(problems, "\n- "))
	}
	return nil
}

// flatRecord is one model of the flat layout: WebLLM's record, whose library is
// a file beside model-configs.json and whose weights may be too, in a folder of
// the model's name.
type flatRecord struct {
	ModelID     string         `json:"model_id"`
	Name        string         `json:"name"`
	Licence     string         `json:"licence"`
	License     string         `json:"license"`
	Model       string         `json:"model"` // where the weights come from
	ModelLib    string         `json:"model_lib"`
	VRAM        float64        `json:"vram_required_MB"`
	LowResource bool           `json:"low_resource_required"`
	Features    []string       `json:"required_features"`
	BufferSize  int64          `json:"buffer_size_required_bytes"`
	Overrides   map[string]any `json:"overrides"`
}

// readFlat reads records: a list, the model_list of an app config, or an object
// by model id.
func readFlat(file string) (map[string]flatRecord, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var wrapped struct {
		List []flatRecord `json:"model_list"`
	}
	var list []flatRecord
	if json.Unmarshal(text, &list) != nil && json.Unmarshal(text, &wrapped) == nil {
		list = wrapped.List
	}
	records := map[string]flatRecord{}
	for _, r := range list {
		records[r.ModelID] = r
	}
	if len(list) == 0 {
		if err := json.Unmarshal(text, &records); err != nil {
			return nil, fmt.Errorf("%s is neither a list of WebLLM's model records nor an object of them by id: %w", file, err)
		}
	}
	if len(records) == 0 {
		return nil, fmt.Errorf("%s has no models", file)
	}
	return records, nil
}

var libVersion = regexp.MustCompile(`v\d+_\d+_\d+(/base)?`)

func (r flatRecord) layOut(from, to, id, rev string) (problems []string, err error) {
	if err := (catalogue.Key{Model: id, Revision: rev}).Check(); err != nil {
		return nil, err
	}
	dir := filepath.Join(to, id, rev)
	if err := os.MkdirAll(filepath.Join(dir, "lib"), 0o755); err != nil {
		return nil, err
	}
	lib := filepath.Base(r.ModelLib)
	if err := copyFile(filepath.Join(from, lib), filepath.Join(dir, "lib", lib)); err != nil {
		problems = append(problems, fmt.Sprintf("the library %s: %v", lib, err))
	}
	if weights := filepath.Join(from, id); isDir(weights) {
		if err := os.CopyFS(dir, os.DirFS(weights)); err != nil {
			return nil, err
		}
	}
	c, err := draftConfig(dir, id)
	if err != nil {
		return nil, err
	}
	c.Engine, c.Name, c.Licence = catalogue.WebLLM, r.Name, r.Licence+r.License
	if c.Name == "" {
		c.Name = id
	}
	if strings.HasPrefix(r.Model, "https://") {
		c.SourceURL, c.Mirrors = r.Model, []string{strings.TrimSuffix(r.Model, "/") + "/"}
		if !strings.Contains(r.Model, "/resolve/") {
			c.Mirrors[0] += "resolve/main/" // as WebLLM reads it
		}
	}
	c.WebLLM = &catalogue.WebLLMConfig{
		ModelLib: "lib/" + lib, ModelLibVersion: libVersion.FindString(r.ModelLib), VRAMRequiredMB: r.VRAM, LowResourceRequired: r.LowResource,
		RequiredFeatures: r.Features, BufferSizeRequiredBytes: r.BufferSize, Overrides: r.Overrides,
	}
	if tokens, ok := r.Overrides["context_window_size"].(float64); ok {
		c.ContextTokens = int(tokens)
	}
	c.MemoryMB = int(r.VRAM)
	text, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(dir, catalogue.ConfigName), append(text, '\n'), 0o644); err != nil {
		return nil, err
	}
	_, more := catalogue.ParseConfig(id, text)
	return append(problems, more...), nil
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		out.Close()
		return err
	}
	return out.Close()
}
