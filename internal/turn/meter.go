package turn

import "dreambuild.dev/backend/internal/worker"

// Meter is what workers did for a turn. Its user is charged for it, whatever became
// of the answer.
type Meter struct {
	Calls        int `firestore:"calls"` // that reached a worker
	InputTokens  int `firestore:"inputTokens"`
	OutputTokens int `firestore:"outputTokens"`
}

// tokens is the sum of both kinds.
func (m Meter) tokens() int { return m.InputTokens + m.OutputTokens }

// meter fills a Meter from what the workers of a turn say. Where a worker tells how
// many tokens a call cost, the larger of that and our own count holds.
type meter struct {
	total Meter

	question worker.Prompt // of the pass at hand
	attempt  Meter         // what we have counted of the attempt at hand; Calls 0: no worker has got the question
	waits    bool          // the last that was heard: no worker reads yet
}

// ask begins a pass.
func (m *meter) ask(q worker.Prompt) { m.question, m.attempt, m.waits = q, Meter{}, false }

// hear counts one delta of a pass.
func (m *meter) hear(d worker.Delta) {
	switch {
	case d.Sent > 0:
		m.sent(d.Sent)
	case m.attempt.Calls == 0 && (d.Text != "" || d.Thinking || d.Finish != "" || d.Phase == worker.Reading):
		m.sent(worker.PromptTokens(m.question)) // by a worker that does not say so
	case d.Phase != "":
		m.waits = true
	}
	written := worker.ReplyTokens(d.Text) + d.Unseen
	if d.Thinking {
		written = max(1, written)
	}
	m.attempt.OutputTokens += written
	m.total.OutputTokens += written
	if d.Finish != "" {
		m.total.InputTokens += beyond(m.attempt.InputTokens, d.Usage.InputTokens)
		m.total.OutputTokens += beyond(m.attempt.OutputTokens, min(d.Usage.OutputTokens, m.question.MaxTokens))
	}
}

// sent counts an attempt that reached a worker.
func (m *meter) sent(tokens int) {
	m.attempt = Meter{Calls: 1, InputTokens: tokens}
	m.total.Calls++
	m.total.InputTokens += tokens
}

// stop ends a pass because its context has ended; last came with the error. A worker
// that said nothing by then was reading: the prompt of a turn that is cancelled early
// is not free.
func (m *meter) stop(last worker.Delta) {
	if m.attempt.Calls == 0 && !m.waits && last.Phase == "" {
		m.sent(worker.PromptTokens(m.question))
	}
}

// beyond is by how much a worker's claim exceeds our count. Models differ, but not
// without end: a claim holds up to twice the count and a little.
func beyond(counted, claimed int) int {
	const little = 50
	return max(0, min(claimed, 2*counted+little)-counted)
}
