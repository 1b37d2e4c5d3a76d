package turn

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/intent"
	"dreambuild.dev/backend/internal/project"
	"dreambuild.dev/backend/internal/template"
	"dreambuild.dev/backend/internal/worker"
)

// The bounds of what a client may tell of an app that runs.
const (
	MaxErrors   = 20
	MaxError    = 2 << 10 // bytes of one: its message, stack and path
	MaxSelector = 1 << 10
	MaxMarkup   = 8 << 10
)

// AppError is what a project's app has thrown while it ran, as its client tells it.
type AppError struct {
	Message string `json:"message" firestore:"message"`
	Stack   string `json:"stack,omitempty" firestore:"stack"`
	Path    string `json:"path,omitempty" firestore:"path"` // of the project's file that threw it
	Line    int    `json:"line,omitempty" firestore:"line"` // of that file, from 1; 0: unknown
}

// Target is an element of an app that runs, which its user has picked.
type Target struct {
	Selector string `json:"selector" firestore:"selector"`
	HTML     string `json:"html" firestore:"html"` // the element's markup, as it is there
}

// CheckErrors refuses errors that a turn cannot keep: INVALID_ARGUMENT bad-request and
// too-large.
func CheckErrors(all []AppError) error {
	if len(all) > MaxErrors {
		return errs.New(errs.InvalidArgument, errs.TooLarge, "There are %d errors; a turn takes at most %d.", len(all), MaxErrors)
	}
	for i, e := range all {
		switch size := len(e.Message) + len(e.Stack) + len(e.Path); {
		case strings.TrimSpace(e.Message) == "":
			return errs.New(errs.InvalidArgument, errs.BadRequest, "errors[%d] has no message.", i)
		case e.Line < 0:
			return errs.New(errs.InvalidArgument, errs.BadRequest, "errors[%d].line must be 1 or more, or absent.", i)
		case size > MaxError:
			return errs.New(errs.InvalidArgument, errs.TooLarge, "errors[%d] has %d bytes; message, stack and path have at most %d together.", i, size, MaxError)
		}
	}
	return nil
}

// Check refuses a target that a turn cannot keep: INVALID_ARGUMENT bad-request and
// too-large. No target is fine.
func (t *Target) Check() error {
	switch {
	case t == nil:
		return nil
	case strings.TrimSpace(t.Selector) == "" || strings.TrimSpace(t.HTML) == "":
		return errs.New(errs.InvalidArgument, errs.BadRequest, "target needs a selector and the element's html.")
	case len(t.Selector) > MaxSelector:
		return errs.New(errs.InvalidArgument, errs.TooLarge, "target.selector has %d bytes; it has at most %d.", len(t.Selector), MaxSelector)
	case len(t.HTML) > MaxMarkup:
		return errs.New(errs.InvalidArgument, errs.TooLarge, "target.html has %d bytes; it has at most %d.", len(t.HTML), MaxMarkup)
	}
	return nil
}

// fixIt is the prompt of a turn that has only errors. It quotes none of them: what an
// app throws must not become a prompt.
const fixIt = "Fix the errors of the running app."

// worded returns the request with a prompt, if it has only errors.
func (r Request) worded() Request {
	if len(r.Errors) > 0 && strings.TrimSpace(r.Prompt) == "" {
		r.Prompt = fixIt
	}
	return r
}

// running reports whether the request is about an app that runs.
func (r Request) running() bool { return len(r.Errors) > 0 || r.Target != nil }

// wish is what is asked for. What is about an app that runs is a change of it.
func (r Request) wish(prompt reading, change bool) intent.Intent {
	w := prompt.wish(change)
	switch {
	case !r.running():
		return w
	case len(r.Errors) > 0:
		w.Verb = intent.Fix
	case w.Verb != intent.Explain && w.Verb != intent.Fix && w.Verb != intent.Remove:
		w.Verb = intent.Edit
	}
	w.Confidence, w.Alternative = 1, ""
	return w
}

// noApp refuses what is about an app that runs where there is none.
func noApp(projectID string) error {
	return errs.New(errs.FailedPrecondition, errs.NoSuchVersion, "This project has no version yet, so no app of it can run. Say what to build.").With("projectId", projectID)
}

// tellsOf is what a worker is told of the app that runs, after the prompt; "" if the
// turn is not about one.
func (t Turn) tellsOf(files []artifact.File) (text string) {
	if t.Target != nil {
		text += "\n\n" + promptText("target") + "\n\n" + inBlock(t.Target.Selector) + inBlock(t.Target.HTML)
	}
	if len(t.Errors) > 0 {
		text += "\n\n" + report(t.Errors, files)
	}
	return text
}

// reportedBytes bounds what a worker is told of errors, without lines of files.
const reportedBytes = 8 << 10

// report tells a worker what an app has thrown, with the lines of the files around.
func report(all []AppError, files []artifact.File) string {
	var list strings.Builder
	var places []place
	for i, e := range all {
		one := "- " + head(e.Message, 2*longestLine)
		if path := fileCalled(files, e.Path); path != "" && e.Line > 0 {
			one += fmt.Sprintf(" (%s, line %d)", path, e.Line)
		}
		if e.Stack != "" && e.Stack != e.Message {
			one += "\n" + head(e.Stack, 2*longestLine)
		}
		if list.Len()+len(one) > reportedBytes {
			fmt.Fprintf(&list, "- and %d more\n", len(all)-i)
			break
		}
		list.WriteString(one + "\n")
		places = append(places, e.places(files)...)
	}
	return promptText("errors") + "\n\n" + inBlock(list.String()) + quoted(files, places)
}

// inStack finds a file's address, a line and perhaps a column in a stack.
var inStack = regexp.MustCompile(`([^\s()'"@]+?):([0-9]{1,7})(?::[0-9]+)?(?:[\s)]|$)`)

// places returns where in the files an error came about, as far as it tells.
func (e AppError) places(files []artifact.File) (all []place) {
	const ofStack = 4
	if path := fileCalled(files, e.Path); path != "" {
		all = append(all, place{path, e.Line})
	}
	for _, m := range inStack.FindAllStringSubmatch(e.Stack, ofStack) {
		if path := fileCalled(files, m[1]); path != "" {
			line, _ := strconv.Atoi(m[2]) // it has seven digits
			all = append(all, place{path, line})
		}
	}
	return all
}

// fileCalled returns the path of the file that an app calls by an address; "" if there
// is none.
func fileCalled(files []artifact.File, address string) (path string) {
	address, _, _ = strings.Cut(address, "?")
	address, _, _ = strings.Cut(address, "#")
	for _, f := range files {
		if (address == f.Path || strings.HasSuffix(address, "/"+f.Path)) && len(f.Path) > len(path) {
			path = f.Path
		}
	}
	return path
}

// throwsIn returns the paths of the files that the turn's errors come from: all where
// the errors name none.
func (t Turn) throwsIn(files []artifact.File) (paths []string) {
	if len(t.Errors) == 0 {
		return nil
	}
	for _, e := range t.Errors {
		for _, p := range e.places(files) {
			paths = append(paths, p.path)
		}
	}
	if len(paths) == 0 {
		for _, f := range files {
			paths = append(paths, f.Path)
		}
	}
	return paths
}

// fault names an error as far as it is the same each time that it is thrown.
func (e AppError) fault() string {
	path := e.Path
	if strings.Contains(path, ":") { // an address, which may be made up each time
		path = unnumbered(path)
	}
	return path + "\x00" + unnumbered(e.Message)
}

// throws reports whether the turn was told of all these errors.
func (t Turn) throws(all []AppError) bool {
	return !slices.ContainsFunc(all, func(e AppError) bool {
		return !slices.ContainsFunc(t.Errors, func(o AppError) bool { return o.fault() == e.fault() })
	})
}

// sameErrors is how often running the same errors are met: the last time without a call
// of a worker.
const sameErrors = 3

// goesRound reports whether the turns just before t were told of the same errors, and a
// worker could not mend them. earlier are they, the oldest first.
func (t Turn) goesRound(earlier []Turn) bool {
	if len(t.Errors) == 0 || t.Continues != "" {
		return false
	}
	met := 1
	for _, o := range slices.Backward(earlier) {
		switch {
		case o.State == Cancelled, o.State == Interrupted, o.State == Failed && o.Meter.Calls == 0, o.Continues != "":
			continue // it says nothing of the errors
		case !o.throws(t.Errors):
			return false
		}
		if met++; met == sameErrors { // some of them may have ended here, too
			return true
		}
	}
	return false
}

// brake answers a turn that goes round in words, without a worker.
func (g *generation) brake() {
	g.from(project.Template, template.Label)
	g.say("The same error has come back after two attempts to mend it. Say in your own words what the app should do there, or go back to an earlier version.")
	g.ending.State, g.ending.FinishReason = Complete, worker.Stop
	g.notice("The same error came three times running, so no model was asked: nothing was changed or charged.")
}
