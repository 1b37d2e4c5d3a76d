package project

import "dreambuild.dev/backend/internal/template"

// Recipe is what a template made a version of. Versions that change such a one keep it.
type Recipe struct {
	template.Recipe
	Rendered []FileRef `firestore:"rendered"` // the files as they came out: those that are still so are untouched
}

// Touched returns the paths of the rendered files that v does not have as they came out.
func (r *Recipe) Touched(files []FileRef) (paths []string) {
	now := map[string]string{}
	for _, f := range files {
		now[f.Path] = f.SHA256
	}
	for _, f := range r.Rendered {
		if now[f.Path] != f.SHA256 {
			paths = append(paths, f.Path)
		}
	}
	return paths
}

func (r *Recipe) bytes() int {
	if r == nil {
		return 0
	}
	bytes := 200 + len(r.Name) + len(r.Topic) + 30*(len(r.Features)+len(r.Named)+len(r.Numbers))
	for _, f := range r.Rendered {
		bytes += len(f.Path) + 120
	}
	return bytes
}
