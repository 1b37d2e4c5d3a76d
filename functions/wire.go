package functions

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"maps"
	"slices"
	"time"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/intent"
	"dreambuild.dev/backend/internal/project"
	"dreambuild.dev/backend/internal/turn"
	"dreambuild.dev/backend/internal/worker"
	"github.com/google/uuid"
)

// turnResult is the answer of a turn of any kind.
type turnResult struct {
	TurnID       string                `json:"turnId"`
	ProjectID    string                `json:"projectId"`
	State        turn.State            `json:"state"`
	Version      *int                  `json:"version"` // null: it made none
	Name         string                `json:"name"`
	Code         string                `json:"code"` // one self-contained HTML document
	Files        []wireFile            `json:"files"`
	Source       project.Source        `json:"source"`
	GeneratedBy  string                `json:"generatedBy"`
	FinishReason worker.Finish         `json:"finishReason"`
	Usage        worker.Usage          `json:"usage"`
	Intent       *intent.Intent        `json:"intent"` // what the prompt asks for; null for saves and restores
	Warnings     []artifact.Warning    `json:"warnings"`
	Network      []string              `json:"network"`     // the origins that code loads from
	Diagnostics  []artifact.Diagnostic `json:"diagnostics"` // what is wrong with the version that the turn made
}

// JSONSize implements callable.Sized.
func (r turnResult) JSONSize() int64 { return jsonSize(r.Code, r.Files, r.Diagnostics) }

// jsonSize bounds the bytes of a page, its files and what is wrong with them as JSON.
func jsonSize(code string, files []wireFile, found []artifact.Diagnostic) int64 {
	size := textSize(code)
	for _, d := range found {
		size += textSize(d.Path) + textSize(d.Text) + 150
	}
	for _, f := range files {
		size += textSize(f.Path) + textSize(f.Content) + 150
	}
	return size
}

func textSize(text string) int64 {
	size := int64(len(text))
	for i := range len(text) {
		switch c := text[i]; {
		case c < ' ':
			size += 5
		case c == '"' || c == '\\':
			size++
		}
	}
	return size
}

type wireFile struct {
	Path    string `json:"path"`
	Content string `json:"content"`
	SHA256  string `json:"sha256"`
}

func toTurnResult(r turn.Result) turnResult {
	t := r.Turn
	res := turnResult{
		TurnID: t.ID, ProjectID: r.ProjectID, State: t.State, Name: r.Name, Code: r.Built.Code, Files: toWireFiles(r.Files),
		Source: t.Source, GeneratedBy: t.GeneratedBy, FinishReason: t.FinishReason, Usage: t.Usage,
		Warnings: append([]artifact.Warning{}, t.Warnings...),
		Network:  append([]string{}, r.Built.Network...), Diagnostics: withUnseen(append([]artifact.Diagnostic{}, t.Diagnostics...), r.Built),
	}
	if t.Version > 0 {
		res.Version = &t.Version
	}
	if t.Intent != nil {
		read := *t.Intent
		read.Features = append([]string{}, read.Features...) // a stored empty list comes back as nil
		res.Intent = &read
	}
	return res
}

func toWireFiles(files []artifact.File) []wireFile {
	wire := make([]wireFile, 0, len(files))
	for _, f := range files {
		wire = append(wire, wireFile{f.Path, f.Content, f.SHA256()})
	}
	return wire
}

// timestamp is a time as JavaScript's Date reads it.
func timestamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// turnRequest names the turn that a client asks for: by the client's turnId or a
// new one, in the project that the client names or in a new one. payload is the
// decoded request; its hash tells a retry of the same request from a reused
// turnId.
func turnRequest(function, uid, projectID, turnID string, payload any) (turn.Request, error) {
	r := turn.Request{UID: uid, NewProject: projectID == ""}
	if turnID == "" {
		turnID = uuid.NewString()
	} else if err := project.CheckID("turnId", turnID); err != nil {
		return r, err
	}
	if projectID == "" {
		projectID = turn.ProjectID(uid, turnID)
	} else if err := project.CheckID("projectId", projectID); err != nil {
		return r, err
	}
	hash, err := payloadHash(function, payload)
	r.Key, r.PayloadHash = turn.Key{ProjectID: projectID, TurnID: turnID}, hash
	return r, err
}

// turnKey names a turn that a client has asked for before: in the project that
// the client names, or in the one that the turn started.
func turnKey(uid, projectID, turnID string) (turn.Key, error) {
	if err := project.CheckID("turnId", turnID); err != nil {
		return turn.Key{}, err
	}
	if projectID == "" {
		return turn.Key{ProjectID: turn.ProjectID(uid, turnID), TurnID: turnID}, nil
	}
	return turn.Key{ProjectID: projectID, TurnID: turnID}, project.CheckID("projectId", projectID)
}

// payloadHash is "v1:" and the SHA-256 of a function's name and the request as JSON
// with sorted keys, without the fields that name the turn.
func payloadHash(function string, payload any) (string, error) {
	var texts map[string]any
	if p, ok := payload.(interface{ apart() (any, map[string]any) }); ok {
		payload, texts = p.apart()
	}
	text, err := json.Marshal(payload)
	if err != nil {
		return "", fmt.Errorf("hash the request: %w", err)
	}
	var fields map[string]any
	if err := json.Unmarshal(text, &fields); err != nil {
		return "", fmt.Errorf("hash the request: %w", err)
	}
	for _, name := range []string{"turnId", "projectId", "cursor"} {
		delete(fields, name)
	}
	maps.Copy(fields, texts)
	sum := sha256.New()
	sum.Write([]byte(function + "\x00"))
	if err := writeSorted(sum, fields); err != nil {
		return "", fmt.Errorf("hash the request: %w", err)
	}
	return "v1:" + hex.EncodeToString(sum.Sum(nil)), nil
}

// writeSorted writes fields, of which there is at least one, to a hash, as JSON with
// sorted keys: a member and a file at a time, since JSON may take six times the size of
// a text.
func writeSorted(w hash.Hash, fields map[string]any) error {
	separator := "{"
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		fmt.Fprintf(w, "%s%q:", separator, name)
		separator = ","
		if files, ok := fields[name].([]fileToSave); ok {
			if err := writeFiles(w, files); err != nil {
				return err
			}
			continue
		}
		text, err := json.Marshal(fields[name])
		if err != nil {
			return err
		}
		w.Write(text)
	}
	io.WriteString(w, "}")
	return nil
}

func writeFiles(w hash.Hash, files []fileToSave) error {
	separator := "["
	for _, f := range files {
		io.WriteString(w, separator)
		separator = ","
		if err := writeSorted(w, map[string]any{"content": f.Content, "path": f.Path}); err != nil {
			return err
		}
	}
	io.WriteString(w, "]")
	return nil
}

const maxPrompt = 100 << 10 // bytes

// checkPrompt refuses a prompt that is longer than 100 KB: INVALID_ARGUMENT.
func checkPrompt(prompt string) error {
	if len(prompt) > maxPrompt {
		return errs.New(errs.InvalidArgument, errs.TooLong,
			"The prompt is %d KB long; at most %d KB can be read.", (len(prompt)+1023)>>10, maxPrompt>>10).
			With("used", len(prompt)).With("limit", maxPrompt)
	}
	return nil
}

// checkText refuses an optional label that is too long or holds control
// characters.
func checkText(field, text string, limit int) error {
	if len(text) > limit || !project.IsLine(text) {
		return errs.New(errs.InvalidArgument, errs.BadRequest,
			"%s must be one line of at most %d bytes.", field, limit)
	}
	return nil
}

// parsePage reads which page a list request asks for.
// maxPage is how many bytes the entries of a page have, as a rule.
const maxPage = 2 << 20

func parsePage(size *int, token string) (project.Page, error) {
	const usual, most = 50, 100
	p := project.Page{Size: usual, Token: token, Bytes: maxPage}
	if size != nil {
		if *size < 1 || *size > most {
			return p, errs.New(errs.InvalidArgument, errs.BadRequest, "pageSize must be from 1 to %d.", most)
		}
		p.Size = *size
	}
	return p, nil
}
