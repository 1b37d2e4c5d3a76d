package conformance_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"dreambuild.dev/backend/internal/emulator"
	"dreambuild.dev/backend/internal/worker"
	"dreambuild.dev/backend/internal/worker/conformance"
	"dreambuild.dev/backend/internal/worker/dialect"
	"dreambuild.dev/backend/internal/worker/workertest"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// cells is a table, dialect × behaviour, of how each was shown.
type cells map[string]map[string]string

func (c cells) show(kind, behaviour, how string) {
	if c[kind] == nil {
		c[kind] = map[string]string{}
	}
	if c[kind][behaviour] == "" {
		c[kind][behaviour] = how
	}
}

// TestThePage: the page for hosts has the behaviours, and what a failure means, as
// worker-check prints them.
func TestThePage(t *testing.T) {
	page, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(page), "\n| behaviour | if it fails |\n|---|---|\n")
	table, _, _ = strings.Cut(table, "\n\n")
	var want []string
	for _, b := range conformance.Behaviours {
		want = append(want, fmt.Sprintf("| %s | %s |", b.Name, b.Means))
	}
	if diff := cmp.Diff(want, strings.Split(table, "\n")); diff != "" {
		t.Errorf("internal/worker/README.md (-behaviours +table):\n%s", diff)
	}
}

// TestConformance tries the real servers, then recorded answers for what they do not
// show, and prints which was shown how.
func TestConformance(t *testing.T) {
	table := cells{}
	for kind, command := range map[string]string{"llamacpp": "LLAMACPP_COMMAND", "ollama": "OLLAMA_COMMAND", "openai": "LLAMACPP_COMMAND"} {
		t.Run(kind, func(t *testing.T) { tryReal(t, table, kind, emulator.Require(t, command)) })
	}
	replayed(t, table)

	var text strings.Builder
	kinds := dialect.Kinds()
	fmt.Fprintf(&text, "%-31s", "behaviour")
	for _, kind := range kinds {
		fmt.Fprintf(&text, " %-12s", kind)
	}
	for _, b := range conformance.Behaviours {
		fmt.Fprintf(&text, "\n%-31s", b.Name)
		for _, kind := range kinds {
			how := table[kind][b.Name]
			if how == "" {
				how = "unproven"
			}
			fmt.Fprintf(&text, " %-12s", how)
		}
	}
	t.Logf("\n%s", text.String())
}

// server is a real server that the test starts.
type server struct {
	t       *testing.T
	command []string
	port    int
	process *exec.Cmd
}

func (s *server) start() error {
	cmd := exec.Command(s.command[0], s.command[1:]...)
	cmd.Env = append(os.Environ(), "HOME="+s.t.TempDir(), fmt.Sprintf("OLLAMA_HOST=127.0.0.1:%d", s.port))
	if filepath.Base(s.command[0]) != "ollama" {
		cmd.Args = append(cmd.Args, fmt.Sprint(s.port))
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if _, err := cmd.StdinPipe(); err != nil { // the server ends when the test does
		return err
	}
	s.process = cmd
	return cmd.Start()
}

// kill ends the server and the processes that it has started, as a crash of the
// machine would.
func (s *server) kill() error {
	if s.process == nil {
		return nil
	}
	syscall.Kill(-s.process.Process.Pid, syscall.SIGKILL)
	s.process.Wait()
	s.process = nil
	return nil
}

func tryReal(t *testing.T, table cells, kind, command string) {
	s := &server{t: t, command: strings.Fields(command), port: emulator.Port(t)}
	if err := s.start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.kill() })
	url := fmt.Sprintf("http://127.0.0.1:%d", s.port)
	for began := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		if _, err := dialect.Probe(t.Context(), url); err == nil {
			break
		} else if time.Since(began) > time.Minute {
			t.Fatal(err)
		}
	}
	cfg := dialect.Config{URL: url}
	if kind == "openai" { // llama.cpp as a server of an unknown kind
		cfg.Kind = kind
	}
	conformance.Run(t.Context(), conformance.Subject{Config: cfg, Start: s.start, Kill: s.kill}, func(r conformance.Result) {
		t.Logf("%-31s %-6s %s", r.Behaviour.Name, r.Verdict, r.Seen)
		switch r.Verdict {
		case conformance.Failed:
			t.Errorf("%s: %s", r.Behaviour.Name, r.Seen)
		case conformance.OK:
			table.show(kind, r.Behaviour.Name, "real")
		}
	})
}

// want is what a recorded answer must be taken for.
type want struct {
	whole  bool
	finish worker.Finish
	fault  worker.FaultKind
}

// replays are the captures of package dialect that show a behaviour.
var replays = []struct {
	behaviour string
	captures  string // a glob, after "dialect:" where that is not the server's own
	want      want
}{
	{"streams", "llamacpp_01_stream_usage", want{whole: true, finish: worker.Length}},
	{"streams", "ollama_01_chat_stream", want{whole: true, finish: worker.Length}},
	{"streams", "transformers*_stream_12", want{whole: true, finish: worker.Length}},
	{"ends", "transformers*_stream_stop", want{whole: true, finish: worker.Stop}},
	{"is cut at the limit", "transformers*_stream_12", want{whole: true, finish: worker.Length}},
	{"tells usage", "transformers_stream_options", want{whole: true, finish: worker.Length}},
	{"unknown model", "transformers_unknown_model", want{fault: worker.Refused}},
	{"killed mid-stream", "llamacpp_09_sig*", want{fault: worker.Broken}},
	{"killed mid-stream", "ollama_09_chat_*_sigkill_rawchunks", want{fault: worker.Broken}},
	{"killed mid-stream", "transformers*_sigkill", want{fault: worker.Broken}},
	{"killed mid-stream", "openai:ollama_09_v1_runner_sigkill_rawchunks", want{fault: worker.Broken}},
	{"loading", "llamacpp_08_chat_loading", want{fault: worker.NotReady}},
	{"loading", "transformers_cb_cold_first_request", want{whole: true, finish: worker.Length}},
	{"busy", "ollama_07_chat_busy_*", want{fault: worker.Busy}},
	{"busy", "openai:ollama_07_v1_busy_cold", want{fault: worker.Busy}},
	{"an error mid-stream", "ollama_09_chat_runner_sigkill_rawchunks", want{fault: worker.Broken}},
	{"an error mid-stream", "transformers_error_*_stream", want{fault: worker.Broken}},
	{"an error mid-stream", "transformers_error_mid_stream", want{fault: worker.Broken}},
	{"an error mid-stream", "llamacpp_14_error_midstream_end", want{fault: worker.Broken}},
	{"comments and pings", "llamacpp_11_sse_ping_interval", want{whole: true, finish: worker.Length}},
	{"null content", "llamacpp_01_stream_usage", want{whole: true, finish: worker.Length}},
	{"streams", "openai:ollama_01_v1_stream_usage", want{whole: true, finish: worker.Length}},
	{"is cut at the limit", "openai:ollama_03_v1_length", want{whole: true, finish: worker.Length}},
	{"tells usage", "openai:ollama_01_v1_stream_usage", want{whole: true, finish: worker.Length}},
	{"unknown model", "openai:ollama_05_v1_unknown_model", want{fault: worker.Refused}},
}

// replayed sends recorded answers over real connections, to the dialect that is
// meant for them.
func replayed(t *testing.T, table cells) {
	for _, r := range replays {
		kind, glob, other := strings.Cut(r.captures, ":")
		if !other {
			glob = kind
			kind, _, _ = strings.Cut(kind, "_")
			kind = strings.TrimSuffix(kind, "*")
		}
		files, err := filepath.Glob("../dialect/testdata/captures/" + glob + ".txt")
		if err != nil || len(files) == 0 {
			t.Errorf("no capture %s", glob)
		}
		for _, file := range files {
			t.Run(r.behaviour+"/"+strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
				capture, err := workertest.ReadCapture(file)
				if err != nil {
					t.Fatal(err)
				}
				s := workertest.Start(kind)
				defer s.Close()
				s.Say(workertest.Reply{Raw: []byte(capture.Head + capture.Body)})
				w, err := dialect.Open(dialect.Config{URL: s.URL, Kind: kind})
				if err != nil {
					t.Fatal(err)
				}
				defer w.Close()
				var got want
				var last error
				for d, err := range w.Generate(context.WithoutCancel(t.Context()), worker.Prompt{}) {
					got, last = want{whole: d.Finish != "", finish: d.Finish, fault: worker.KindOf(err)}, err
				}
				if got != r.want {
					t.Errorf("got %+v (%v), want %+v", got, last, r.want)
				} else {
					table.show(kind, r.behaviour, "replayed")
				}
			})
		}
	}
}

// TestAReplyThatItRefusesToContinue: a server that refuses a reply which has begun, as
// llama.cpp does for a model that thinks, is asked in words, in the same call and in
// later ones; a reply that should begin in some way begins as the model likes.
func TestAReplyThatItRefusesToContinue(t *testing.T) {
	const before = "<ul>\n  <li>the first</li>\n  <li>the sec"
	for _, kind := range []string{"llamacpp", "vllm"} {
		s := workertest.Start(kind)
		s.Choose(func(c workertest.Call) (workertest.Reply, bool) {
			if c.Messages[len(c.Messages)-1].Role == "assistant" {
				return workertest.Reply{Status: 400, Body: `{"error":{"code":400,"message":"Assistant response prefill is incompatible with enable_thinking.","type":"invalid_request_error"}}`}, true
			}
			return workertest.Reply{Text: []string{"  <li>the second</li>\n", "</ul>\n"}}, true
		})
		w, err := dialect.Open(dialect.Config{URL: s.URL})
		if err != nil {
			t.Fatal(err)
		}
		pools := worker.NewPools([]worker.PoolConfig{{Workers: []worker.Worker{w}}}, worker.Settings{})
		for _, tc := range []struct{ reply, prefill, want string }{
			{before, "", "ond</li>\n</ul>\n"},
			{before, "", "ond</li>\n</ul>\n"},
			{"", "```html\n", "  <li>the second</li>\n</ul>\n"},
		} {
			got := ""
			for d, err := range pools.Generate(t.Context(), worker.Prompt{Messages: []worker.Message{{Role: worker.User, Text: "a list"}}, Reply: tc.reply, Prefill: tc.prefill}) {
				if err != nil {
					t.Fatalf("%s: %v", kind, err)
				}
				got += d.Text
			}
			if got != tc.want {
				t.Errorf("%s: got %q, want %q", kind, got, tc.want)
			}
		}
		if n := len(s.Calls()); n != 4 {
			t.Errorf("%s: %d requests, want the refused one and three", kind, n)
		}
		pools.Close()
		w.Close()
		s.Close()
	}
}
