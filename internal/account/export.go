package account

import (
	"archive/zip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/project"
	"dreambuild.dev/backend/internal/turn"
)

// Record is what is stored of a user besides projects: the fields of the user's own
// document, and those of the documents below it, by collection and id.
type Record struct {
	Fields map[string]any                       `json:"user"`
	Below  map[string]map[string]map[string]any `json:"below"`
}

// MostRecords bounds the documents of one collection in a Record.
const MostRecords = 10_000

// Records is what exports need of a database.
type Records interface {
	// Record returns what is stored of a user besides projects.
	Record(ctx context.Context, uid string) (Record, error)
	// These are as in packages project and turn.
	Projects(ctx context.Context, uid string, page project.Page) ([]project.Project, string, error)
	Versions(ctx context.Context, id string, page project.Page) ([]project.Version, string, error)
	Version(ctx context.Context, id string, number int) (*project.Version, error)
	Files(ctx context.Context, id string, refs []project.FileRef) ([]artifact.File, error)
	Turns(ctx context.Context, id string, page project.Page) ([]turn.Turn, string, error)
}

// Exported counts what an export holds.
type Exported struct {
	Projects int
	Files    int
	Turns    int
}

// Exporter writes all that a user has here.
type Exporter struct{ Records Records }

// pages are what an export reads at once, but for the files of one version.
var pages = project.Page{Size: 50, Bytes: 1 << 20}

// readWithin bounds each read.
const readWithin = 10 * time.Second

// Export writes a zip archive of all that a user has: user.json, and of each project
// project.json, versions.json, conversation.json and the current files. It holds the
// files of one version at a time, or one page of a list. UNAVAILABLE store-unavailable
// when the database is silent.
func (e Exporter) Export(ctx context.Context, uid string, w io.Writer) (Exported, error) {
	z := zip.NewWriter(w)
	x := export{records: e.Records, z: z}
	if err := x.all(ctx, uid); err != nil {
		return Exported{}, err
	}
	return x.exported, z.Close()
}

type export struct {
	records  Records
	z        *zip.Writer
	exported Exported
}

func (x *export) all(ctx context.Context, uid string) error {
	record, err := within(ctx, func(ctx context.Context) (Record, error) { return x.records.Record(ctx, uid) })
	if err != nil {
		return err
	}
	if err := x.json("user.json", record); err != nil {
		return err
	}
	return each(ctx, func(ctx context.Context, page project.Page) ([]project.Project, string, error) {
		return x.records.Projects(ctx, uid, page)
	}, func(p project.Project) error { return x.project(ctx, p) })
}

func (x *export) project(ctx context.Context, p project.Project) error {
	x.exported.Projects++
	dir := "projects/" + p.ID + "/"
	if err := x.json(dir+"project.json", projectInfo{p.ID, p.Name, p.CreatedAt, p.UpdatedAt, p.CurrentVersion}); err != nil {
		return err
	}
	err := x.list(dir+"versions.json", func(add func(any) error) error {
		return each(ctx, func(ctx context.Context, page project.Page) ([]project.Version, string, error) {
			return x.records.Versions(ctx, p.ID, page)
		}, func(v project.Version) error {
			files := make([]fileInfo, 0, len(v.Files))
			for _, f := range v.Files {
				files = append(files, fileInfo(f))
			}
			return add(versionInfo{v.Number, v.Base, v.CreatedAt, v.Source, v.GeneratedBy, v.TurnID, v.Changed, files})
		})
	})
	if err != nil {
		return err
	}
	err = x.list(dir+"conversation.json", func(add func(any) error) error {
		return each(ctx, func(ctx context.Context, page project.Page) ([]turn.Turn, string, error) {
			return x.records.Turns(ctx, p.ID, page)
		}, func(t turn.Turn) error {
			x.exported.Turns++
			return add(turnInfo{t.ID, t.Kind, t.CreatedAt, t.State, t.Version, t.GeneratedBy, t.Prompt, t.Reply})
		})
	})
	if err != nil || p.CurrentVersion == 0 {
		return err
	}
	return x.files(ctx, dir+"files/", p)
}

func (x *export) files(ctx context.Context, dir string, p project.Project) error {
	files, err := within(ctx, func(ctx context.Context) ([]artifact.File, error) {
		v, err := x.records.Version(ctx, p.ID, p.CurrentVersion)
		if err != nil || v == nil { // deleted meanwhile
			return nil, err
		}
		return x.records.Files(ctx, p.ID, v.Files)
	})
	if err != nil {
		return err
	}
	for _, f := range files {
		w, err := x.z.Create(dir + f.Path)
		if err == nil {
			_, err = io.WriteString(w, f.Content)
		}
		if err != nil {
			return fmt.Errorf("export a file: %w", err)
		}
		x.exported.Files++
	}
	return nil
}

// What an export says of a project, a version with its files, and a turn.
type (
	projectInfo struct {
		ID             string    `json:"projectId"`
		Name           string    `json:"name"`
		CreatedAt      time.Time `json:"createdAt"`
		UpdatedAt      time.Time `json:"updatedAt"`
		CurrentVersion int       `json:"currentVersion"`
	}
	versionInfo struct {
		Version     int               `json:"version"`
		Base        int               `json:"base"`
		CreatedAt   time.Time         `json:"createdAt"`
		Source      project.Source    `json:"source"`
		GeneratedBy string            `json:"generatedBy"`
		TurnID      string            `json:"turnId"`
		Changed     []artifact.Change `json:"changed"`
		Files       []fileInfo        `json:"files"`
	}
	fileInfo struct {
		Path   string `json:"path"`
		Size   int    `json:"size"`
		SHA256 string `json:"sha256"`
	}
	turnInfo struct {
		ID          string     `json:"turnId"`
		Kind        turn.Kind  `json:"kind"`
		CreatedAt   time.Time  `json:"createdAt"`
		State       turn.State `json:"state"`
		Version     int        `json:"version"`
		GeneratedBy string     `json:"generatedBy"`
		Prompt      string     `json:"prompt"`
		Reply       string     `json:"reply"`
	}
)

// json adds a file with a value.
func (x *export) json(name string, value any) error {
	w, err := x.z.Create(name)
	if err == nil {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		err = e.Encode(value)
	}
	if err != nil {
		return fmt.Errorf("export %s: %w", name, err)
	}
	return nil
}

// list adds a file with an array, of which it holds one element at a time.
func (x *export) list(name string, write func(add func(any) error) error) error {
	w, err := x.z.Create(name)
	if err != nil {
		return fmt.Errorf("export %s: %w", name, err)
	}
	before := "[\n"
	err = write(func(value any) error {
		text, err := json.Marshal(value)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(w, "%s%s", before, text)
		before = ",\n"
		return err
	})
	if err != nil {
		return err
	}
	if before == "[\n" {
		_, err = io.WriteString(w, before)
	}
	if err == nil {
		_, err = io.WriteString(w, "\n]\n")
	}
	return err
}

// each calls do with each element of a list, page by page.
func each[T any](ctx context.Context, list func(context.Context, project.Page) ([]T, string, error), do func(T) error) error {
	page := pages
	for {
		type found struct {
			all  []T
			next string
		}
		got, err := within(ctx, func(ctx context.Context) (found, error) {
			all, next, err := list(ctx, page)
			return found{all, next}, err
		})
		if err != nil {
			return err
		}
		for _, one := range got.all {
			if err := do(one); err != nil {
				return err
			}
		}
		if got.next == "" {
			return nil
		}
		page.Token = got.next
	}
}

// within bounds the time of a read: beyond it, the database does not answer.
func within[T any](ctx context.Context, read func(context.Context) (T, error)) (T, error) {
	late := errs.StoreLate()
	limited, cancel := context.WithTimeoutCause(ctx, readWithin, late)
	defer cancel()
	v, err := read(limited)
	if err != nil && ctx.Err() == nil && limited.Err() != nil {
		err = late.Because(err)
	}
	return v, err
}
