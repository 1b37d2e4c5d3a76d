package catalogue_test

import (
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"dreambuild.dev/backend/internal/catalogue"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "write what is seen into testdata")

// TestConfigs: what is said of each config in testdata/configs.txtar.
func TestConfigs(t *testing.T) {
	const golden = "testdata/configs.txtar"
	archive, err := txtar.ParseFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(archive.Files); i += 2 {
		in, want := archive.Files[i], &archive.Files[i+1]
		t.Run(in.Name, func(t *testing.T) {
			config, problems := catalogue.ParseConfig("smol", in.Data)
			got := ""
			for _, p := range problems {
				got += "- " + p + "\n"
			}
			if *update {
				want.Data = []byte(got)
			}
			if diff := cmp.Diff(string(want.Data), got); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if len(problems) > 0 {
				return
			}
			again, err := json.Marshal(config)
			if err != nil {
				t.Fatal(err)
			}
			var a, b any
			if json.Unmarshal(in.Data, &a) != nil || json.Unmarshal(again, &b) != nil || !cmp.Equal(a, b) {
				t.Errorf("what was read is not what was written:\n%s", cmp.Diff(a, b))
			}
		})
	}
	if *update {
		if err := os.WriteFile(golden, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestSchemaAndConfigAgree: every property of the schema is a field.
func TestSchemaAndConfigAgree(t *testing.T) {
	var schema struct {
		Properties map[string]struct {
			Properties map[string]any
		}
	}
	if err := json.Unmarshal(catalogue.Schema, &schema); err != nil {
		t.Fatal(err)
	}
	known, err := json.Marshal(catalogue.Config{
		Schema: "x", Entry: "x", ContextTokens: 1, MemoryMB: 1, Quantization: "x", Mirrors: []string{"x"},
		WebLLM: &catalogue.WebLLMConfig{VRAMRequiredMB: 1, LowResourceRequired: true, BufferSizeRequiredBytes: 1, RequiredFeatures: []string{"x"}, Overrides: map[string]any{"x": 1}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, p := range schema.Properties {
		for _, property := range append([]string{name}, keys(p.Properties)...) {
			if !strings.Contains(string(known), `"`+property+`":`) {
				t.Errorf("the schema has %s, Config does not", property)
			}
		}
	}
}

func keys(m map[string]any) (all []string) {
	for k := range m {
		all = append(all, k)
	}
	return all
}
