package telemetry

import (
	"io"
	"log"
	"log/slog"
	"regexp"
)

// SetDefault makes a logger the default one, of package log too. What the lines of
// package log quote is left out: of a worker that sends more than it was asked for,
// net/http logs the beginning, which may hold a prompt.
func SetDefault(logger *slog.Logger) {
	slog.SetDefault(logger)
	log.SetOutput(unquoted{log.Writer()})
}

// unquoted writes lines without what stands in quotation marks.
type unquoted struct{ to io.Writer }

func (u unquoted) Write(line []byte) (int, error) {
	if _, err := u.to.Write(quoted.ReplaceAll(line, []byte(`"…"`))); err != nil {
		return 0, err
	}
	return len(line), nil
}

var quoted = regexp.MustCompile(`"(?:[^"\\]|\\.)*"?`)
