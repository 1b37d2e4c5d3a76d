package functions

import (
	"context"

	"dreambuild.dev/backend/internal/callable"
	"dreambuild.dev/backend/internal/template"
)

type listTemplatesRequest struct {
	Language string `json:"language,omitempty"` // en, es, fr, de or pt; else en
}

type listTemplatesResult struct {
	Templates []templateFields `json:"templates"`
}

// templateFields is an app that answers without a model.
type templateFields struct {
	ID       string   `json:"id"` // the subject of an intent
	Title    string   `json:"title"`
	Words    []string `json:"words"`    // by which people look for it
	Features []string `json:"features"` // that a prompt can ask for, or leave out
}

// listTemplates lists the apps that generateCode makes without a model, for a gallery.
func (b *Backend) listTemplates(_ context.Context, call callable.Call[listTemplatesRequest]) (listTemplatesResult, error) {
	res := listTemplatesResult{Templates: []templateFields{}}
	for _, a := range template.List(call.Data.Language) {
		res.Templates = append(res.Templates, templateFields{a.ID, a.Title, append([]string{}, a.Words...), append([]string{}, a.Features...)})
	}
	return res, nil
}
