package dialect_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/worker"
	"dreambuild.dev/backend/internal/worker/dialect"
	"dreambuild.dev/backend/internal/worker/workertest"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write testdata/captures.txt anew")

// capture is how a real server once answered a chat request.
type capture struct {
	name    string
	kind    string // the dialect that it is read by
	head    string // status line and header
	body    []byte
	prefill string
	context int
}

// captures reads testdata/captures.
func captures(t testing.TB) []capture {
	t.Helper()
	files, err := filepath.Glob("testdata/captures/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no captures", err)
	}
	var all []capture
	for _, file := range files {
		read, err := workertest.ReadCapture(file)
		if err != nil {
			t.Fatal(err)
		}
		c := capture{name: strings.TrimSuffix(filepath.Base(file), ".txt"), head: read.Head, body: []byte(read.Body)}
		c.kind, _, _ = strings.Cut(c.name, "_")
		asked, err := requestOf(read.Notes)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if c.kind == "ollama" {
			if strings.HasPrefix(asked.path, "/v1/") {
				c.kind = "openai"
			}
			c.context = asked.Options.Context
		}
		if last := len(asked.Messages) - 1; last >= 0 && asked.Messages[last].Role == "assistant" {
			c.prefill = asked.Messages[last].Content
		}
		all = append(all, c)
	}
	return all
}

// request is what a capture answers.
type request struct {
	path     string
	Messages []struct{ Role, Content string }
	Options  struct {
		Context int `json:"num_ctx"`
	}
}

var posted = regexp.MustCompile(`(?:POST|GET) (\S+) ?(.*)`)

// requestOf reads a request from a capture's notes. Those of requests that are
// broken on purpose have no messages.
func requestOf(notes []string) (request, error) {
	for _, note := range notes {
		if m := posted.FindStringSubmatch(note); m != nil {
			r := request{path: m[1]}
			_ = json.NewDecoder(strings.NewReader(m[2])).Decode(&r)
			return r, nil
		}
	}
	return request{}, errors.New("no note names the request")
}

// wire is a transport that answers each request with the same bytes.
type wire func() io.Reader

func (w wire) RoundTrip(r *http.Request) (*http.Response, error) {
	return http.ReadResponse(bufio.NewReader(w()), r)
}

// read has a capture's dialect read some bytes.
func (c capture) read(t testing.TB, raw func() io.Reader) outcome {
	t.Helper()
	return listen(t.Context(), dialect.Replaying(c.kind, c.context, wire(raw)), worker.Prompt{Prefill: c.prefill})
}

func (c capture) whole() io.Reader {
	return io.MultiReader(strings.NewReader(c.head), bytes.NewReader(c.body))
}

func (o outcome) String() string {
	if o.Reason != "" || o.Fault != "" {
		return fmt.Sprintf("%q then %s%s: %s", o.Text, o.Fault, o.Reason, o.Err)
	}
	return fmt.Sprintf("%q by %s, %s, %d+%d tokens", o.Text, o.Model, o.Finish, o.Usage.InputTokens, o.Usage.OutputTokens)
}

// TestCaptures reads every capture in one piece and byte by byte, and compares the
// outcome with testdata/captures.txt.
func TestCaptures(t *testing.T) {
	var got strings.Builder
	for _, c := range captures(t) {
		o := c.read(t, c.whole)
		fmt.Fprintf(&got, "%s\n\t%v\n", c.name, o)
		slow := c.read(t, func() io.Reader { return iotest.OneByteReader(c.whole()) })
		if diff := cmp.Diff(o, slow); diff != "" {
			t.Errorf("%s byte by byte (-whole +slow):\n%s", c.name, diff)
		}
	}
	if *update {
		if err := os.WriteFile("testdata/captures.txt", []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/captures.txt")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("captures (-want +got):\n%s", diff)
	}
}

// TestCutAnywhereIsNeverWhole: a capture that ends after any of its bytes is
// whole only if it has all its text.
func TestCutAnywhereIsNeverWhole(t *testing.T) {
	counts := map[string]int{}
	for _, c := range captures(t) {
		full := c.read(t, c.whole)
		early := 0
		for end := range c.body {
			got := c.read(t, func() io.Reader {
				return io.MultiReader(strings.NewReader(c.head), bytes.NewReader(c.body[:end]))
			})
			switch {
			case got.Finish != "" && (full.Finish != got.Finish || full.Text != got.Text || c.kind != "openai" && full.Usage != got.Usage):
				t.Fatalf("%s, cut after %d of %d bytes, is whole: %v", c.name, end, len(c.body), got)
			case got.Finish != "":
				early++
			case !strings.HasPrefix(full.Text, got.Text):
				t.Fatalf("%s, cut after %d bytes: %q is no part of %q", c.name, end, got.Text, full.Text)
			case got.Text != "" && got.Fault != worker.Broken && got.Reason != errs.TooLong:
				t.Fatalf("%s, cut after %d bytes: %v", c.name, end, got)
			}
		}
		// After the last word come line ends, the end of the framing, and [DONE]
		// where the dialect does not need it.
		if most := 400; early > most {
			t.Errorf("%s is whole without its last %d bytes", c.name, early)
		}
		counts[c.kind] += len(c.body)
	}
	for _, kind := range slices.Sorted(maps.Keys(counts)) {
		t.Logf("%s: cut at %d places", kind, counts[kind])
	}
}
