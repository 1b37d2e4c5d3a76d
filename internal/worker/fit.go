package worker

import (
	"cmp"
	"context"
	"iter"
	"unicode/utf8"

	"dreambuild.dev/backend/internal/errs"
)

const (
	// firstRatio is how many bytes a token has before a worker has shown its own
	// figure. Most tokens have more, so a prompt that is estimated to fit does.
	firstRatio   = 3.0
	leastRatio   = 1.0 // almost no token has less than a byte
	messageCost  = 8   // tokens that a chat template adds to a message
	learnFrom    = 200 // bytes; a shorter prompt shows too little
	learnWeight  = 0.3 // of a new prompt
	shareOfReply = 4   // one part in so many of a context stays free for the reply
	codedRun     = 40  // letters and digits in a row that are no word: base64 or the like
)

// scale is how many bytes a worker's tokens have, as its calls have shown.
type scale struct{ bytesPerToken float64 }

// learn takes how many tokens a worker has counted in a prompt.
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

// estimate returns how many tokens a prompt has, rather too many than too few.
func (s scale) estimate(p Prompt) int {
	bytes, dense := size(p)
	return int(1.1*float64(bytes)/cmp.Or(s.bytesPerToken, firstRatio)) + dense
}

// most returns how many tokens a prompt can have at most.
func most(p Prompt) int {
	n := 0
	for text := range texts(p) {
		n += len(text) + 2*messageCost
	}
	return n
}

// size returns how many bytes of a prompt are counted by a ratio, and how many
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

// weigh is size for a text. A model's ratio for English and HTML says nothing about
// other text: with most models a Chinese character is two tokens, an emoji is
// three, and a token of base64 has two bytes.
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

// fit leaves out the messages of a conversation that its worker cannot read, the
// oldest first; never the system prompt, the last message or the reply so far. It
// returns the prompt, with MaxTokens lowered to what the context has left, and how
// many messages it left out. Error: INVALID_ARGUMENT too-long if the prompt cannot
// be made to fit.
func fit(ctx context.Context, w Worker, about About, s scale, p Prompt) (Prompt, int, error) {
	if about.Context == 0 {
		return p, 0, nil
	}
	room := about.Context - min(p.MaxTokens, about.Context/shareOfReply)
	if p.Reply != "" { // a reply so far may need only a little more
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
			return p, left, nil // an estimate: the worker itself decides
		default:
			return p, left, TooLong(tokens, room)
		}
	}
}

// nextUser returns where the conversation's second exchange begins; 0 if there is
// only the last message.
func nextUser(messages []Message) int {
	for i := 1; i < len(messages); i++ {
		if messages[i].Role == User {
			return i
		}
	}
	return 0
}

// TooLong returns INVALID_ARGUMENT too-long for a prompt of used tokens, of which
// the model reads limit. These two are the error's details.
func TooLong(used, limit int) *errs.Error {
	return errs.New(errs.InvalidArgument, errs.TooLong,
		"The prompt and the project together are about %d tokens long; this model reads %d. Shorten the prompt or start a new project.", used, limit).
		With("used", used).With("limit", limit)
}
