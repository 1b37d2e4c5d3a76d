package functions

import (
	"encoding/json"
	"go/ast"
	"log/slog"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"dreambuild.dev/backend/internal/callable"
	"dreambuild.dev/backend/internal/config"
	"dreambuild.dev/backend/internal/store/memstore"
	"dreambuild.dev/backend/internal/turn"
	"github.com/google/go-cmp/cmp"
)

// messageType is one type of a stream's messages.
type messageType struct {
	name   string // in TypeScript
	typ    string // the value of its field "type"
	doc    string
	fields []string // the fields besides type: "phase", "progress?" where it may be absent, `state: "open" | "done"`
}

// messageTypes lists the messages that streams send, by the Go type of which all
// of a stream are.
var messageTypes = map[reflect.Type][]messageType{
	reflect.TypeFor[turn.Event](): {
		{"AcceptedMessage", "accepted", "The turn is stored. It continues when this call breaks off.", []string{"turnId", "projectId"}},
		{"StatusMessage", "status", "What happens while there is no text.", []string{"phase", "progress?", "position?"}},
		{"SourceMessage", "source", "Who writes the text that follows.", []string{"source", "generatedBy"}},
		{"TextMessage", "text", "The next piece of the reply.", []string{"text", "cursor"}},
		{"FileMessage", "file", "A file of the reply begins or is whole.", []string{"path", `state: "open" | "done"`}},
		{"NoticeMessage", "notice", "A sentence for the user.", []string{"text"}},
	},
	reflect.TypeFor[exportPart](): {
		{"ExportMessage", "part", "The next part of the archive, in base64.", []string{"index", "data"}},
	},
	reflect.TypeFor[publishStatus](): {
		{"PublishMessage", "status", "How far a publish is.", []string{`phase: "hashing"`, "progress"}},
	},
}

// field splits an entry of messageType.fields.
func field(entry string) (name string, optional bool, literal string) {
	name, literal, _ = strings.Cut(entry, ": ")
	name, optional = strings.CutSuffix(name, "?")
	return name, optional, literal
}

// TestMessageTypes compares the table with every message that package turn's
// source makes.
func TestMessageTypes(t *testing.T) {
	event := reflect.TypeFor[turn.Event]()
	made := map[string]map[string]bool{} // type → names of fields on the wire
	for _, f := range parsePackage(t, event.PkgPath()).files {
		ast.Inspect(f, func(n ast.Node) bool {
			lit, ok := n.(*ast.CompositeLit)
			if !ok {
				return true
			}
			if of, ok := lit.Type.(*ast.Ident); !ok || of.Name != event.Name() || len(lit.Elts) == 0 {
				return true
			}
			typ, fields := "", []string{}
			for _, elt := range lit.Elts {
				kv := elt.(*ast.KeyValueExpr)
				f, _ := event.FieldByName(kv.Key.(*ast.Ident).Name)
				name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
				if name == "type" {
					value, ok := kv.Value.(*ast.BasicLit)
					if !ok {
						t.Fatalf("package turn makes a %s whose type is not written out", event.Name())
					}
					typ = unquote(t, value)
					continue
				}
				fields = append(fields, name)
			}
			if made[typ] == nil {
				made[typ] = map[string]bool{}
			}
			for _, name := range fields {
				made[typ][name] = true
			}
			return true
		})
	}
	listed := map[string]map[string]bool{}
	for _, m := range messageTypes[event] {
		listed[m.typ] = map[string]bool{}
		for _, f := range m.fields {
			name, _, _ := field(f)
			listed[m.typ][name] = true
		}
	}
	if diff := cmp.Diff(made, listed); diff != "" {
		t.Errorf("messageTypes (-made by package turn +listed):\n%s", diff)
	}
}

// TestMessagesHaveTheirFields compares the table with the messages of one turn.
func TestMessagesHaveTheirFields(t *testing.T) {
	cfg, err := config.Load(func(name string) string { return map[string]string{"GOOGLE_CLOUD_PROJECT": "p"}[name] })
	if err != nil {
		t.Fatal(err)
	}
	b := NewWith(cfg, Parts{Store: memstore.New()}, slog.New(slog.DiscardHandler))
	types := map[string]messageType{}
	for _, m := range messageTypes[reflect.TypeFor[turn.Event]()] {
		types[m.typ] = m
	}
	seen := map[string]bool{}
	call := callable.Call[generateCodeRequest]{Caller: &callable.Caller{UID: "ann", Claims: map[string]any{}}, Data: generateCodeRequest{Prompt: "create calculator with dark mode"}}
	_, err = b.generateCode(t.Context(), call, func(e turn.Event) error {
		text, err := json.Marshal(e)
		if err != nil {
			return err
		}
		var got map[string]any
		if err := json.Unmarshal(text, &got); err != nil {
			return err
		}
		m, ok := types[e.Type]
		if !ok {
			t.Errorf("%s is of no type that messageTypes lists", text)
			return nil
		}
		seen[e.Type] = true
		delete(got, "type")
		for _, f := range m.fields {
			name, optional, _ := field(f)
			if _, there := got[name]; !there && !optional {
				t.Errorf("%s has no %s", text, name)
			}
			delete(got, name)
		}
		if len(got) > 0 {
			t.Errorf("%s has the fields %v, which messageTypes does not list", text, slices.Sorted(maps.Keys(got)))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, typ := range []string{"accepted", "source", "text"} {
		if !seen[typ] {
			t.Errorf("the turn sent no message %q, so nothing was compared", typ)
		}
	}
	b.Drain(t.Context())
}
