package catalogue_test

import (
	"encoding/json"
	"flag"
	"os"
	"testing"

	"dreambuild.dev/backend/internal/catalogue"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "update the expected results in testdata")

// TestConfigs compares the problems of each config in testdata/configs.txtar with the
// expected ones. A valid config must survive decoding and encoding unchanged.
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
				t.Errorf("the config changed by decoding and encoding:\n%s", cmp.Diff(a, b))
			}
		})
	}
	if *update {
		if err := os.WriteFile(golden, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestNameTwice: of a name that stands twice only the last value counts, as it is
// the one that was checked.
func TestNameTwice(t *testing.T) {
	const text = `{"modelId": "smol", "name": "Web", "engine": "webllm", "plans": ["free"], "licence": "MIT", "sourceUrl": "https://x/y",
		"files": [{"path": "lib/a.wasm", "size": 5}, {"path": "mlc-chat-config.json", "size": 5}, {"path": "tensor-cache.json", "size": 5}],
		"webllm": {"modelLib": "../a", "modelLibVersion": "x", "vramRequiredMB": -1, "overrides": {"__x__": null}},
		"webllm": {"modelLib": "lib/a.wasm", "modelLibVersion": "v0_2_86"}}`
	config, problems := catalogue.ParseConfig("smol", []byte(text))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if diff := cmp.Diff(&catalogue.WebLLMConfig{ModelLib: "lib/a.wasm", ModelLibVersion: "v0_2_86"}, config.WebLLM); diff != "" {
		t.Errorf("webllm (-want +got):\n%s", diff)
	}
}
