package turn

import (
	"dreambuild.dev/backend/internal/artifact/reply"
	"dreambuild.dev/backend/internal/project"
	"dreambuild.dev/backend/internal/worker"
)

// Event is one message of a turn's stream.
type Event struct {
	Type        string         `json:"type"`
	TurnID      string         `json:"turnId,omitempty"`
	ProjectID   string         `json:"projectId,omitempty"`
	Phase       worker.Phase   `json:"phase,omitempty"`
	Progress    float64        `json:"progress,omitempty"` // of the phase, from 0 to 1
	Position    int            `json:"position,omitempty"` // in the queue: 1 is next
	Source      project.Source `json:"source,omitempty"`
	GeneratedBy string         `json:"generatedBy,omitempty"`
	Text        string         `json:"text,omitempty"`
	Cursor      string         `json:"cursor,omitempty"` // opaque: the position in the text after this event
	Path        string         `json:"path,omitempty"`
	State       string         `json:"state,omitempty"`
}

// lasting reports whether the event is sent again to a reader that resumes after
// it.
func (e Event) lasting() bool { return e.Type != "status" && e.Type != "file" }

func accepted(k Key) Event {
	return Event{Type: "accepted", TurnID: k.TurnID, ProjectID: k.ProjectID}
}

func status(d worker.Delta) Event {
	return Event{Type: "status", Phase: d.Phase, Progress: d.Progress, Position: d.Position}
}

func source(s project.Source, generatedBy string) Event {
	return Event{Type: "source", Source: s, GeneratedBy: generatedBy}
}

func notice(text string) Event { return Event{Type: "notice", Text: text} }

func file(e reply.Event) Event {
	if e.Done {
		return Event{Type: "file", Path: e.Path, State: "done"}
	}
	return Event{Type: "file", Path: e.Path, State: "open"}
}
