package worker

import (
	"cmp"
	"context"
	"iter"
	"unicode/utf8"

	"dreambuild.dev/backend/internal/errs"
)

const (
	// firstRatio is how many bytes a token has, as long as a worker has not shown
	// otherwise: fewer than most have, so that what is estimated to fit does.
	firstRatio   = 3.0
	leastRatio   = 1.0 // a token has a byte at least, or nearly so
	messageCost  = 8   // tokens round a message
	learnFrom    = 200 // bytes that a prompt has at least, to learn from
	learnWeight  = 0.3 // of a new prompt
	shareOfReply = 4   // the part of a context that stays free for the reply
	codedRun     = 40  // letters and digits in a row that are no word, but base64 or the like
)

// scale is what a worker has shown of how many bytes its tokens have.
type scale struct{ bytesPerToken float64 }

// learn takes the tokens that a worker has counted in a prompt.
func (s *scale) learn(p Prompt, tokens int) {
	bytes, dense := size(p)
	tokens -= dense
	if bytes < learnFrom || tokens <= 0 {
		return
	}
	seen := max(leastRatio, float64(bytes)/float64(tokens))
	if s.bytesPerToken == 0 {
		s.bytesPerToken = seen
	}
	s.bytesPerToken += learnWeight * (seen - s.bytesPerToken)
}

// estimate is how many tokens a prompt has, rather too many than too few.
func (s scale) estimate(p Prompt) int {
	bytes, dense := size(p)
	return int(1.1*float64(bytes)/cmp.Or(s.bytesPerToken, firstRatio)) + dense
}

// most is how many tokens a prompt can have.
func most(p Prompt) int {
	n := 0
	for text := range texts(p) {
		n += len(text) + 2*messageCost
	}
	return n
}

// size is how many bytes of a prompt a ratio tells the tokens of, and how many
// tokens the rest has.
func size(p Prompt) (bytes, tokens int) {
	for text := range texts(p) {
		b, t := weigh(text)
		bytes, tokens = bytes+b, tokens+t+messageCost
	}
	return bytes, tokens
}

func texts(p Prompt) iter.Seq[string] {
	return func(yield func(string) bool) {
		if !yield(p.System) || !yield(p.Prefill+p.Reply) {
			return
		}
		for _, m := range p.Messages {
			if !yield(m.Text) {
				return
			}
		}
	}
}

// weigh is size for a text. Most models have few tokens for what is not ASCII:
// a Chinese character is two, an emoji three. In base64 a token has two bytes.
// What a model's tokens hold of English and HTML says nothing of these.
func weigh(text string) (bytes, tokens int) {
	run := 0
	flush := func() {
		if run >= codedRun {
			tokens += run / 2
		} else {
			bytes += run
		}
		run = 0
	}
	for _, r := range text {
		switch {
		case r >= utf8.RuneSelf:
			tokens += utf8.RuneLen(r) - 1
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', r == '+', r == '/':
			run++
			continue
		default:
			bytes++
		}
		flush()
	}
	flush()
	return bytes, tokens
}

// fit leaves out of a conversation what its worker cannot read, the oldest
// first, and never the system prompt, the last message or a reply to go on
// with. It returns how many messages it left out, and the prompt with a limit of
// tokens that leaves the context whole. INVALID_ARGUMENT too-long if it cannot
// be made to fit.
func fit(ctx context.Context, w Worker, about About, s scale, p Prompt) (Prompt, int, error) {
	if about.Context == 0 {
		return p, 0, nil
	}
	room := about.Context - min(p.MaxTokens, about.Context/shareOfReply)
	if p.Reply != "" { // any room is enough to come to an end
		room = about.Context - min(p.MaxTokens, about.Context/16)
	}
	left := 0
	for {
		tokens, exact := most(p), false
		if tokens > room || tokens+p.MaxTokens > about.Context {
			tokens = s.estimate(p)
			if n, err := w.Count(ctx, p); err == nil {
				tokens, exact = n, true
			}
		}
		next := nextUser(p.Messages)
		switch {
		case tokens <= room:
			p.MaxTokens = min(p.MaxTokens, about.Context-tokens)
			return p, left, nil
		case next > 0:
			p.Messages = p.Messages[next:]
			left += next
		case !exact && about.Strict:
			return p, left, nil // the worker knows better
		default:
			return p, left, TooLong(tokens, room)
		}
	}
}

// nextUser is where the conversation goes on without its first exchange; 0: there
// is nothing but the last message.
func nextUser(messages []Message) int {
	for i := 1; i < len(messages); i++ {
		if messages[i].Role == User {
			return i
		}
	}
	return 0
}

// TooLong is the error of a prompt of used tokens where limit can be read.
func TooLong(used, limit int) *errs.Error {
	return errs.New(errs.InvalidArgument, errs.TooLong,
		"The prompt and the project together are about %d tokens long; this model reads %d. Shorten the prompt or start a new project.", used, limit).
		With("used", used).With("limit", limit)
}
