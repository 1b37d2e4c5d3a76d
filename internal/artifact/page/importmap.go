package page

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
)

// An importMap says where the bare specifiers of a page's modules lead.
type importMap struct {
	element *element                   // the page's own; nil for none
	fields  map[string]json.RawMessage // of the page's own
	own     map[string]string          // its imports
	add     map[string]string          // what the bundled modules need beside
}

// readImportMap reads the import map of the page. A browser takes none that it cannot
// read.
func (d *document) readImportMap() {
	d.imports.add = map[string]string{}
	for i, e := range d.elements {
		if e.tag.Data != "script" || scriptKind(e.tag) != importMapScript {
			continue
		}
		m := importMap{element: &d.elements[i], own: map[string]string{}, add: d.imports.add}
		if json.Unmarshal([]byte(e.body), &m.fields) != nil || json.Unmarshal(m.fields["imports"], &m.own) != nil {
			continue
		}
		d.imports = m
		return
	}
}

// lookUp returns what the page's import map says of a specifier.
func (m importMap) lookUp(specifier string) (to string, ok bool) {
	if to, ok = m.own[specifier]; ok {
		return to, true
	}
	longest := ""
	for from := range m.own {
		if strings.HasSuffix(from, "/") && strings.HasPrefix(specifier, from) && len(from) > len(longest) {
			longest = from
		}
	}
	if longest == "" {
		return "", false
	}
	return m.own[longest] + specifier[len(longest):], true
}

// putImportMap puts in the import map that the bundled modules need, before the first
// module: a page has one, so it holds what the page's own does.
func (d *document) putImportMap() {
	all := map[string]string{}
	for from, to := range d.imports.own {
		if u, err := url.Parse(to); err != nil || u.Scheme != "" || u.Host != "" { // others are files of the set, and bundled
			d.loads(to)
			all[from] = to
		}
	}
	if len(d.imports.add) == 0 && len(all) == len(d.imports.own) {
		return
	}
	for from, to := range d.imports.add {
		if _, own := all[from]; !own {
			all[from] = to
		}
		d.loads(to)
	}
	fields := d.imports.fields
	if fields == nil {
		fields = map[string]json.RawMessage{}
	}
	fields["imports"], _ = json.Marshal(all) // strings
	text, _ := json.Marshal(fields)          // escapes what could end the element
	script := `<script type="importmap">` + string(text) + "</script>\n"
	if d.imports.element != nil {
		d.replace(*d.imports.element, strings.TrimSuffix(script, "\n"))
		return
	}
	at := d.headAt
	if i := slices.IndexFunc(d.elements, func(e element) bool { return e.tag.Data == "script" && scriptKind(e.tag) == moduleScript }); i >= 0 {
		at = min(at, d.elements[i].start)
	}
	d.edits = append([]edit{{at, at, script}}, d.edits...)
}
