package artifact

// Severity tells what a diagnostic means for who uses the app.
type Severity string

const (
	SeverityError   Severity = "error"   // a part of the app does not work
	SeverityWarning Severity = "warning" // it works, though not as somebody would expect
)

// Diagnostic is what is wrong with a set of files, found without running it.
type Diagnostic struct {
	Kind     string   `json:"kind" firestore:"kind"` // one of package check's, or of package page's
	Severity Severity `json:"severity" firestore:"severity"`
	Path     string   `json:"path,omitempty" firestore:"path"`
	Line     int      `json:"line,omitempty" firestore:"line"` // from 1; 0: the whole file
	Text     string   `json:"text" firestore:"text"`           // a sentence, for people and for models
}
