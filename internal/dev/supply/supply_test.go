package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write dependencies.tsv")

// allowed are the licences that may be delivered or used.
var allowed = []string{
	"MIT", "ISC", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "0BSD", "BlueOak-1.0.0", "CC0-1.0", "Python-2.0",
	"(BSD-2-Clause OR MIT OR Apache-2.0)", "(MIT OR CC0-1.0)",
}

// looked are dependencies whose licence was read by a person, and what it is: it is not
// allowed for any other, or the package names none.
var looked = map[string]string{
	"axe-core@4.14.1": "MPL-2.0: changes of its files would have to be published; tests use it as it is",
	"github.com/hashicorp/golang-lru/v2@v2.0.7": "MPL-2.0: changes of its files would have to be published; it is used as it is",
	"deep-freeze@0.0.1":                         "public domain",
	"fuzzy@0.1.3":                               "MIT, in LICENSE-MIT",
	"url-template@2.0.8":                        "BSD-3-Clause, in LICENSE",
	"valid-url@1.0.9":                           "MIT, in LICENSE",
}

// TestDependencies: every dependency is in the table, with a licence that is allowed.
func TestDependencies(t *testing.T) {
	all, err := collect("../../..")
	if err != nil {
		t.Fatal(err)
	}
	const name = "dependencies.tsv"
	if *update {
		if err := os.WriteFile(name, table(all), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(undated(want), undated(table(all))); diff != "" {
		t.Errorf("read each new dependency's licence, then go test ./internal/dev/supply -update (-table +repository):\n%s", diff)
	}
	for _, d := range all {
		for licence := range strings.SplitSeq(d.licence, " AND ") {
			if !slices.Contains(allowed, licence) && looked[d.name+"@"+d.version] == "" {
				t.Errorf("%s %s@%s has the licence %q", d.kind, d.name, d.version, licence)
			}
		}
	}
}

// undated are the lines of a table without their days, which not every machine knows.
func undated(table []byte) (lines []string) {
	for line := range strings.Lines(string(table)) {
		f := strings.Split(line, "\t")
		lines = append(lines, strings.Join(slices.Delete(f, 4, 5), " "))
	}
	return lines
}

// TestSBOM: the bill of materials names each dependency once, and the same ones twice in
// the same bytes.
func TestSBOM(t *testing.T) {
	all := []dependency{
		{kind: "golang", name: "golang.org/x/text", version: "v1.2.3+incompatible", licence: "BSD-3-Clause", use: inServer},
		{kind: "npm", name: "@a/b", version: "1.0.0", licence: "(MIT OR CC0-1.0)", use: inPages, sha512: "ab"},
		{kind: "npm", name: "c", version: "2.0.0", licence: "public domain", use: inTests},
		{kind: "npm", name: "d", version: "3.0.0", use: inTests},
	}
	var text bytes.Buffer
	if err := writeSBOM(&text, all); err != nil {
		t.Fatal(err)
	}
	var got bom
	if err := json.Unmarshal(text.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	want := []component{
		{Type: "library", Ref: "pkg:golang/golang.org/x/text@v1.2.3%2Bincompatible", URL: "pkg:golang/golang.org/x/text@v1.2.3%2Bincompatible", Name: "golang.org/x/text", Version: "v1.2.3+incompatible", Scope: "required", Licences: []licence{{Expression: "BSD-3-Clause"}}},
		{Type: "library", Ref: "pkg:npm/%40a/b@1.0.0", URL: "pkg:npm/%40a/b@1.0.0", Name: "@a/b", Version: "1.0.0", Scope: "required", Hashes: []hash{{"SHA-512", "ab"}}, Licences: []licence{{Expression: "(MIT OR CC0-1.0)"}}},
		{Type: "library", Ref: "pkg:npm/c@2.0.0", URL: "pkg:npm/c@2.0.0", Name: "c", Version: "2.0.0", Scope: "excluded", Licences: []licence{{Licence: &named{"public domain"}}}},
		{Type: "library", Ref: "pkg:npm/d@3.0.0", URL: "pkg:npm/d@3.0.0", Name: "d", Version: "3.0.0", Scope: "excluded"},
	}
	if diff := cmp.Diff(want, got.Components[1:]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got.Format != "CycloneDX" || got.Components[0].Name != "std" {
		t.Errorf("%+v", got)
	}
}
