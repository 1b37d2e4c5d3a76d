package turn_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/intent"
	"dreambuild.dev/backend/internal/project"
	"dreambuild.dev/backend/internal/store/memstore"
	"dreambuild.dev/backend/internal/turn"
	"dreambuild.dev/backend/internal/worker"
	"github.com/google/go-cmp/cmp"
)

// TestTheSameErrorThreeTimes: what goes round is answered without a call, however the
// turns before have ended.
func TestTheSameErrorThreeTimes(t *testing.T) {
	thrown := func(messages ...string) (all []turn.AppError) {
		for _, m := range messages {
			all = append(all, turn.AppError{Message: m, Path: "app.js", Line: 3})
		}
		return all
	}
	const better, misfit, words = "```js app.js\nlet n = NUMBER;\n```\n", "app.js\n<<<<<<< SEARCH\nno\n=======\nyes\n>>>>>>> REPLACE\n", "It is fine."
	type step struct {
		errors []turn.AppError // nil: of a prompt, or a save
		prompt string
		says   string // "": saved by hand; "-": the worker cannot be reached
	}
	for _, tc := range []struct {
		name  string
		steps []step
		calls []int // of the worker, in each turn
	}{
		{"the same message", []step{{thrown("x is 1"), "", better}, {thrown("x is 1"), "", better}, {thrown("x is 1"), "", better}}, []int{1, 1, 0}},
		{"with other numbers, addresses and made-up names", []step{
			{thrown("x at 0x7f3a is 12.5 of blob:null/0b2c1e6e-1c3f-4f50-8a3e-0a8b8c7d6e5f"), "", better},
			{thrown("x at 0x11bc is 7.25 of blob:null/9b2c1e6e-2c3f-4f50-8a3e-1a8b8c7d6e50"), "", better},
			{thrown("x  at 0xffff is 0.1 of blob:null/1b2c1e6e-3c3f-4f50-8a3e-2a8b8c7d6e51"), "", better}}, []int{1, 1, 0}},
		{"in another file", []step{{thrown("x"), "", better}, {[]turn.AppError{{Message: "x", Path: "b.js"}}, "", better}, {thrown("x"), "", better}}, []int{1, 1, 1}},
		{"with words of the user", []step{{thrown("x"), "", better}, {thrown("x"), "really", better}, {thrown("x"), "please", better}}, []int{1, 1, 0}},
		{"a fourth time too", []step{{thrown("x"), "", better}, {thrown("x"), "", better}, {thrown("x"), "", better}, {thrown("x"), "", better}}, []int{1, 1, 0, 0}},
		{"another error between", []step{{thrown("x"), "", better}, {thrown("y"), "", better}, {thrown("x"), "", better}}, []int{1, 1, 1}},
		{"one of two is new", []step{{thrown("x"), "", better}, {thrown("x"), "", better}, {thrown("x", "y"), "", better}}, []int{1, 1, 1}},
		{"one of two is left", []step{{thrown("x", "y"), "", better}, {thrown("y", "x"), "", better}, {thrown("y"), "", better}}, []int{1, 1, 0}},
		{"a prompt between", []step{{thrown("x"), "", better}, {thrown("x"), "", better}, {nil, "add a button", better}, {thrown("x"), "", better}}, []int{1, 1, 1, 1}},
		{"a save between", []step{{thrown("x"), "", better}, {thrown("x"), "", better}, {nil, "", ""}, {thrown("x"), "", better}}, []int{1, 1, 0, 1}},
		{"tries that do not fit count", []step{{thrown("x"), "", misfit}, {thrown("x"), "", misfit}, {thrown("x"), "", better}}, []int{3, 3, 0}},
		{"words count", []step{{thrown("x"), "", words}, {thrown("x"), "", words}, {thrown("x"), "", better}}, []int{1, 1, 0}},
		{"a worker that is not there does not count", []step{{thrown("x"), "", better}, {thrown("x"), "", "-"}, {thrown("x"), "", better}, {thrown("x"), "", better}}, []int{1, 0, 1, 0}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			db := memstore.New()
			f := onStore(t, db, nil)
			first := request()
			first.TurnID = "first"
			if _, err := f.Save(t.Context(), first, turn.Submission{Source: project.Edit, GeneratedBy: "x", Files: []artifact.File{{Path: "app.js", Content: "let n = 0;\n"}}}); err != nil {
				t.Fatal(err)
			}
			var calls []int
			for i, s := range tc.steps {
				r := request()
				r.TurnID, r.PayloadHash, r.NewProject, r.Prompt, r.Errors = fmt.Sprint("t", i), fmt.Sprint("v1:", i), false, s.prompt, s.errors
				r.Limits.DailyTokens = 1e6
				if s.says == "" {
					if _, err := f.Save(t.Context(), r, turn.Submission{Source: project.Edit, GeneratedBy: "x", Files: []artifact.File{{Path: "app.js", Content: fmt.Sprint("let n = ", i)}}}); err != nil {
						t.Fatal(err)
					}
					calls = append(calls, 0)
					continue
				}
				said := strings.ReplaceAll(s.says, "NUMBER", fmt.Sprint(i+1))
				w := turn.Worker(&editor{says: []string{said, said, said}})
				if s.says == "-" {
					w = breaks(unavailable)
				}
				on := onStore(t, db, w)
				_, res, err := on.stream(t, r)
				got, _ := on.turn(t, r.Key)
				calls = append(calls, got.Meter.Calls)
				if got.Meter.Calls > 0 || s.says == "-" {
					continue
				}
				if err != nil || res.Turn.State != turn.Complete || res.Turn.Version != 0 || len(res.Turn.Notices) != 1 || res.Turn.Reply == "" || res.Turn.Source != project.Template || res.Turn.Intent.Verb != intent.Fix {
					t.Errorf("%d: %v, %+v", i, err, res.Turn)
				}
				if a, _ := db.Account(t.Context(), "ann", got.Day); a.Days[got.Day].Turns != turnsOf(calls) || len(a.Running) > 0 {
					t.Errorf("%d: charged %+v after %v calls", i, a, calls)
				}
			}
			if diff := cmp.Diff(tc.calls, calls); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
		})
	}
}

// turnsOf is how many turns are charged that had so many calls each.
func turnsOf(calls []int) (n int) {
	for _, c := range calls {
		n += min(c, 1)
	}
	return n
}

// TestReports: what a client may tell of an app that runs.
func TestReports(t *testing.T) {
	full := turn.AppError{Message: strings.Repeat("m", 1000), Stack: strings.Repeat("s", turn.MaxError-1000-6), Path: "app.js", Line: 1}
	over := full
	over.Stack += "s"
	many := make([]turn.AppError, turn.MaxErrors)
	for i := range many {
		many[i] = full
	}
	for _, tc := range []struct {
		name   string
		err    error
		reason errs.Reason
	}{
		{"nothing", turn.CheckErrors(nil), ""},
		{"as many and as long as may be", turn.CheckErrors(many), ""},
		{"one too many", turn.CheckErrors(append(many, full)), errs.TooLarge},
		{"a byte too long", turn.CheckErrors([]turn.AppError{over}), errs.TooLarge},
		{"no message", turn.CheckErrors([]turn.AppError{{Message: " \n", Stack: "s"}}), errs.BadRequest},
		{"a line below 0", turn.CheckErrors([]turn.AppError{{Message: "m", Line: -1}}), errs.BadRequest},
		{"no target", (*turn.Target)(nil).Check(), ""},
		{"the largest target", (&turn.Target{Selector: strings.Repeat("a", turn.MaxSelector), HTML: strings.Repeat("b", turn.MaxMarkup)}).Check(), ""},
		{"a long selector", (&turn.Target{Selector: strings.Repeat("a", turn.MaxSelector+1), HTML: "b"}).Check(), errs.TooLarge},
		{"much markup", (&turn.Target{Selector: "a", HTML: strings.Repeat("b", turn.MaxMarkup+1)}).Check(), errs.TooLarge},
		{"no selector", (&turn.Target{HTML: "b"}).Check(), errs.BadRequest},
		{"no markup", (&turn.Target{Selector: "a"}).Check(), errs.BadRequest},
	} {
		e := errs.Of(tc.err)
		if tc.err != nil && (e.Code != errs.InvalidArgument || e.Reason != tc.reason) || (tc.err == nil) != (tc.reason == "") {
			t.Errorf("%s: %v, want %q", tc.name, tc.err, tc.reason)
		}
	}
}

// TestTheLargestTurn: with the most of everything that a turn may hold its document
// stays below what Firestore takes.
func TestTheLargestTurn(t *testing.T) {
	r := request()
	r.Prompt = strings.Repeat("p", 100<<10)
	for range turn.MaxErrors {
		r.Errors = append(r.Errors, turn.AppError{Message: strings.Repeat("m", 1000), Stack: strings.Repeat("s", turn.MaxError-1000-artifact.MaxPathBytes), Path: strings.Repeat("p", artifact.MaxPathBytes), Line: 1})
	}
	r.Target = &turn.Target{Selector: strings.Repeat("a", turn.MaxSelector), HTML: strings.Repeat("b", turn.MaxMarkup)}
	e := turn.Ending{State: turn.Complete, Reply: strings.Repeat("r", turn.MaxReply), Source: project.Worker, GeneratedBy: strings.Repeat("g", 200), FinishReason: worker.Stop}
	for range 2000 {
		e.Warnings = append(e.Warnings, artifact.Warning{Path: strings.Repeat("w", artifact.MaxPathBytes), Text: strings.Repeat("t", 5000)})
		e.Diagnostics = append(e.Diagnostics, artifact.Diagnostic{Kind: "undefined-library", Severity: artifact.SeverityWarning, Path: strings.Repeat("d", 2*artifact.MaxPathBytes), Line: 9, Text: strings.Repeat("x", 5000)})
	}
	e.Notices = []string{strings.Repeat("n", 1000), strings.Repeat("n", 1000), strings.Repeat("n", 1000)}
	var many []artifact.File
	for n := range artifact.MaxFiles {
		many = append(many, artifact.File{Path: fmt.Sprint(strings.Repeat("f", artifact.MaxPathBytes-3), n), Content: fmt.Sprint(n)})
	}
	db := memstore.New()
	first := request()
	first.TurnID = "first"
	made := &turn.NewVersion{Files: many, Changed: artifact.Changes(nil, many)}
	apply := func(k turn.Key, step turn.Step) turn.Change {
		t.Helper()
		c, err := db.Apply(t.Context(), turn.Scope{Key: k, UID: "ann", Lease: time.Hour}, "test", step)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	apply(first.Key, turn.Settle(first, "run", turn.Ending{State: turn.Complete, Source: project.Edit}, made))
	apply(key, turn.Accept(r, "run", "i", 10))
	made.Since = 1
	c := apply(key, turn.Finish("run", e, made))
	const most = 1 << 20
	for what, doc := range map[string]any{"turn": *c.Turn, "version": *c.Version} {
		if size := documentBytes(reflect.ValueOf(doc)) + 500; size > most-32<<10 { // names of the document, and room for fields to come
			t.Errorf("the document of a %s has %d KB", what, size>>10)
		}
	}
	if len(c.Turn.Diagnostics) != turn.MaxDiagnostics || len(c.Version.Diagnostics) != turn.MaxDiagnostics || len(c.Turn.Errors) != turn.MaxErrors || len(c.Turn.Reply) != turn.MaxReply {
		t.Errorf("kept are %d and %d diagnostics, %d errors", len(c.Turn.Diagnostics), len(c.Version.Diagnostics), len(c.Turn.Errors))
	}
	if got := c.Turn.Bytes(); got < turn.MaxReply+100<<10+turn.MaxErrors*turn.MaxError+turn.MaxMarkup+turn.MaxDiagnostics*turn.MaxDiagnostic {
		t.Errorf("counted are %d KB", got>>10)
	}
}

// documentBytes is the size of a document as Firestore counts it:
// https://firebase.google.com/docs/firestore/storage-size
func documentBytes(v reflect.Value) int {
	switch v.Kind() {
	case reflect.String:
		return v.Len() + 1
	case reflect.Pointer:
		if v.IsNil() {
			return 1
		}
		return documentBytes(v.Elem())
	case reflect.Slice:
		size := 0
		for i := range v.Len() {
			size += documentBytes(v.Index(i))
		}
		return size
	case reflect.Struct:
		size := 8 // a time
		for f, value := range v.Fields() {
			if name, _, _ := strings.Cut(f.Tag.Get("firestore"), ","); name != "" && name != "-" {
				size += len(name) + 1 + documentBytes(value)
			}
		}
		return size
	}
	return 8
}
