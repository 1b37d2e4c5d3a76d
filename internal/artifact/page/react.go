package page

import (
	"embed"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// vendor holds Preact, as its npm package has it, and react.js, which makes React of it.
//
//go:embed react.js third_party/preact
var vendor embed.FS

// vendorFiles names the file of each module that comes with this package.
var vendorFiles = map[string]string{
	"react": "react.js", "react-dom": "react.js", "react-dom/client": "react.js", "react/jsx-runtime": "react.js", "react/jsx-dev-runtime": "react.js",

	"preact":                    "third_party/preact/dist/preact.mjs",
	"preact/hooks":              "third_party/preact/hooks/dist/hooks.mjs",
	"preact/compat":             "third_party/preact/compat/dist/compat.mjs",
	"preact/compat/client":      "third_party/preact/compat/client.mjs",
	"preact/jsx-runtime":        "third_party/preact/jsx-runtime/dist/jsxRuntime.mjs",
	"preact/jsx-dev-runtime":    "third_party/preact/jsx-runtime/dist/jsxRuntime.mjs",
	"preact/compat/jsx-runtime": "third_party/preact/jsx-runtime/dist/jsxRuntime.mjs",
}

// isReact reports whether a specifier is React's or Preact's, which come with this
// package.
func isReact(specifier string) bool {
	_, ok := vendorFiles[specifier]
	return ok
}

// vendored leads to a module that comes with this package.
func (b *bundler) vendored(specifier string) api.OnResolveResult {
	return api.OnResolveResult{Path: vendorFiles[specifier], Namespace: inVendor, SideEffects: api.SideEffectsFalse}
}

func vendoredText(name string) string {
	text, err := vendor.ReadFile(name)
	if err != nil {
		panic(err) // all names stand above
	}
	return string(text)
}

// shareReact lets the import map lead to React, as one module: a data: URL is a module
// of its own, so that the other names lead to this one.
func (d *document) shareReact() {
	b := bundler{document: &document{build: &build{}}, entry: source{text: `export * from "react"; export { default } from "react";`, loader: api.LoaderJS}, minify: true}
	d.imports.add["react"] = "data:text/javascript," + inURL.Replace(b.run().js)
	for specifier := range vendorFiles {
		if specifier != "react" && !strings.HasPrefix(specifier, "preact/compat/") {
			d.imports.add[specifier] = `data:text/javascript,export*from"react";export{default}from"react"`
		}
	}
}
