package main

import (
	"encoding/json"
	"io"
	"net/url"
	"regexp"
	"runtime"
	"strings"
)

type bom struct {
	Format     string      `json:"bomFormat"`
	Spec       string      `json:"specVersion"`
	Version    int         `json:"version"`
	Metadata   metadata    `json:"metadata"`
	Components []component `json:"components"`
}

type metadata struct {
	Component component `json:"component"`
}

type component struct {
	Type     string    `json:"type"`
	Ref      string    `json:"bom-ref,omitempty"`
	Name     string    `json:"name"`
	Version  string    `json:"version,omitempty"`
	Scope    string    `json:"scope,omitempty"`
	Hashes   []hash    `json:"hashes,omitempty"`
	Licences []licence `json:"licenses,omitempty"`
	URL      string    `json:"purl,omitempty"`
}

type hash struct {
	Alg     string `json:"alg"`
	Content string `json:"content"`
}

// licence has either an expression or a named licence.
type licence struct {
	Expression string `json:"expression,omitempty"`
	Licence    *named `json:"license,omitempty"`
}

type named struct {
	Name string `json:"name"`
}

// spdx is what looks like an SPDX expression; "public domain" does not.
var spdx = regexp.MustCompile(`^\(?[\w.+-]+( (AND|OR|WITH) [\w.+-]+)*\)?$`)

// writeSBOM writes dependencies and Go itself as a CycloneDX bill of materials. What is
// not delivered is in scope "excluded". The same dependencies give the same bytes.
func writeSBOM(w io.Writer, all []dependency) error {
	b := bom{
		Format: "CycloneDX", Spec: "1.6", Version: 1,
		Metadata:   metadata{component{Type: "application", Name: "dreambuild.dev/backend"}},
		Components: []component{{Type: "library", Ref: "std", Name: "std", Version: runtime.Version(), Scope: "required", Licences: []licence{{Expression: "BSD-3-Clause"}}}},
	}
	for _, d := range all {
		c := component{Type: "library", Name: d.name, Version: d.version, Scope: "required", URL: packageURL(d)}
		c.Ref = c.URL
		if d.use == inTests {
			c.Scope = "excluded"
		}
		if d.sha512 != "" {
			c.Hashes = []hash{{"SHA-512", d.sha512}}
		}
		switch {
		case d.licence == "" || d.licence == "BSD":
		case spdx.MatchString(d.licence):
			c.Licences = []licence{{Expression: d.licence}}
		default:
			c.Licences = []licence{{Licence: &named{d.licence}}}
		}
		b.Components = append(b.Components, c)
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(b)
}

func packageURL(d dependency) string {
	parts := strings.Split(d.name, "/")
	for i := range parts {
		parts[i] = strings.ReplaceAll(url.PathEscape(parts[i]), "@", "%40")
	}
	return "pkg:" + d.kind + "/" + strings.Join(parts, "/") + "@" + strings.ReplaceAll(url.PathEscape(d.version), "+", "%2B")
}
