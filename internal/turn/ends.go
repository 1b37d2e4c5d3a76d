package turn

import (
	"context"
	"fmt"
	"strings"

	"dreambuild.dev/backend/internal/artifact/markup"
	"dreambuild.dev/backend/internal/artifact/reply"
	"dreambuild.dev/backend/internal/intent"
	"dreambuild.dev/backend/internal/worker"
)

// lack says why a reply is not whole; "" if the token limit alone cut it, or nothing.
type lack string

const (
	thoughtOnly lack = "thought" // the model used all it may write for its reasoning
	endless     lack = "endless" // the model only repeated itself
	unended     lack = "unended" // the server said stop in the middle of a file
)

// loop is the part of the reply that only repeats what is before it.
type loop struct{ from, to int }

// sayUnlessLooped adds text to the reply, a little at a time. It returns false once the
// reply only repeats itself.
func (g *generation) sayUnlessLooped(text string) bool {
	const little = 1 << 10 // bytes
	for text != "" {
		piece := cut(text, little)
		g.say(piece)
		text = text[len(piece):]
		if at := g.loops.Find(g.reply[g.passed:]); at >= 0 {
			g.looped = loop{from: g.passed + at, to: len(g.reply)}
			return false
		}
	}
	return true
}

// answer gets the worker's reply, and goes on with it while it is cut.
func (g *generation) answer(ctx context.Context, question worker.Prompt) error {
	for n := range 1 + continuations {
		if err := g.pass(ctx, question); err != nil {
			if n > 0 && g.pieces == 0 && ctx.Err() == nil {
				break // what there was before is kept
			}
			return err
		}
		more := false
		if question, more = g.next(question); !more {
			break
		}
	}
	g.noteEnd()
	return nil
}

// next returns what the worker is asked after a pass that brought no whole reply, and
// false if there is nothing more to ask.
func (g *generation) next(q worker.Prompt) (worker.Prompt, bool) {
	limit := g.ending.FinishReason == worker.Length
	if g.pieces > 0 {
		g.begun = ""
	}
	switch {
	case g.full, g.looped.to > 0:
		return q, false
	case limit && g.onlyThought() && !q.NoThinking:
		g.lack = thoughtOnly
		g.tell(worker.Delta{Phase: worker.Retrying})
		if g.pieces > 0 { // the reasoning is part of the text: it ends here
			thought, _, _ := reply.OpensThought(string(g.reply[g.passed:]))
			g.say("\n" + thought.Mark() + "\n\n")
			q.Reply = ""
		}
		q.NoThinking = true
		return q, true
	case g.pieces == 0, limit && g.onlyThought():
		return q, false
	case limit:
		q.Reply, q.Prefill = string(g.reply), ""
		return q, true
	}
	end := g.end()
	switch {
	case !end.Cut, end.Edit: // an edit is asked for again, with the exact text
		return q, false
	case !end.Broken && !end.Open && q.Reply != "":
		return q, false // it may be cut, but there is nothing more
	}
	q.Reply, q.Prefill = string(g.reply), ""
	if !end.Open {
		// Its block has ended: the file begins once more, so that it can be gone on with.
		begun := reply.Begin(end.File)
		g.say(separator(g.reply) + begun)
		q.Reply, g.begun = begun, begun[:len(begun)-len(strings.TrimLeft(begun, "`~"))]
	}
	return q, true
}

// noteEnd notes why the reply is not whole, if it is not, once nobody is asked for more.
func (g *generation) noteEnd() {
	if g.pieces > 0 || g.thought {
		g.lack = ""
	}
	if g.pieces == 0 && g.begun != "" {
		g.say("\n" + g.begun + "\n") // no more came than there was
	}
	switch {
	case g.looped.to > 0:
		g.forgetLoop()
		if end := g.end(); end.File.Path != "" && !end.Cut && !end.Open {
			g.ending.FinishReason = worker.Stop // its files had ended
			g.notice("The model began to repeat itself, so it was stopped. The repetition is left out.")
			return
		}
		g.lack = endless
	case g.lack == thoughtOnly: // nothing came of the attempt without thinking
		g.ending.FinishReason = worker.Length
	case g.ending.FinishReason == worker.Length:
		if g.onlyThought() {
			g.lack = thoughtOnly
		}
	default:
		switch end := g.end(); {
		case end.Broken && !end.Edit:
			g.lack, g.ending.FinishReason = unended, worker.Length
		case end.Cut && !end.Edit && !end.Open: // HTML lets the ends of a page be left out: nobody can tell
			g.notice(fmt.Sprintf("%s may be cut: its end looks unfinished. The model had nothing to add to it.", end.File.Path))
		}
	}
}

// end looks at the end of the reply. An answer to a question, or a change of a project,
// may show a part of a file: what its block ends is no cut then, unless it is a page.
func (g *generation) end() reply.End {
	end := reply.EndOf(string(g.reply))
	verb := g.verb()
	parts := verb == intent.Explain || (verb == intent.Edit || verb == intent.Fix) && !markup.IsPage(end.File.Content)
	if parts && !end.Open {
		end.Cut, end.Broken = false, false
	}
	return end
}

// onlyThought reports whether the pass has brought nothing but reasoning.
func (g *generation) onlyThought() bool {
	if g.pieces == 0 {
		return g.thought
	}
	said := string(g.reply[g.passed:])
	thought, after, ok := reply.OpensThought(said)
	if !ok {
		return false
	}
	_, ended := thought.End(said[after:])
	return !ended
}

// forgetLoop has the reply judged, and kept, without what only repeats itself.
func (g *generation) forgetLoop() {
	g.parser = reply.Parser{Known: g.parser.Known}
	g.parser.Write(string(g.reply[:g.looped.from])) // its events were told
}

// kept is the reply as it is stored: what was streamed, without a loop at its end.
// Text that was said after the loop keeps it in, since readers know places in the text
// by their number of bytes.
func (g *generation) kept() string {
	if g.looped.to == len(g.reply) {
		return string(g.reply[:g.looped.from])
	}
	return string(g.reply)
}

// noCode says why a template stands in for a reply without files.
func (g *generation) noCode() string {
	switch g.lack {
	case thoughtOnly:
		return "The model used its whole answer for thinking, so this is a template."
	case endless:
		return "The model only repeated itself, so it was stopped, and this is a template."
	}
	return "The model's answer holds no code, so this is a template."
}

// cutShort says why a reply makes no version.
func (g *generation) cutShort() string {
	switch g.lack {
	case thoughtOnly:
		return "The model used its whole answer for thinking, so nothing was made."
	case endless:
		return "The model began to repeat itself, so it was stopped. What it wrote before that is kept, but makes no version."
	case unended:
		return "The model stopped in the middle of a file; its answer is kept, but makes no version."
	}
	return "The answer was cut at its length limit; it is kept, but makes no version."
}
