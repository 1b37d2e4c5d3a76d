package apptest_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"dreambuild.dev/backend/internal/artifact/page"
	"dreambuild.dev/backend/internal/emulator"
	"dreambuild.dev/backend/internal/intent"
	"dreambuild.dev/backend/internal/template"
)

// A testCase is an app, and all that apptest.mjs does with it.
type testCase struct {
	ID       string                       `json:"id"`
	Files    []string                     `json:"files"` // of checks: those that all apps share, and the app's own
	Features map[string]string            `json:"features"`
	Texts    map[string]map[string]string `json:"texts"` // by key and language
	Sets     []set                        `json:"sets"`
	Looks    []look                       `json:"looks"`
}

// A set is the app with some features. The checks that they allow are run.
type set struct {
	Name     string   `json:"name"`
	Kind     string   `json:"kind"` // checks: the app as it is; features: some are the other way
	Features []string `json:"features"`
	Only     string   `json:"only"` // the feature whose checks are run; "": all checks are
	Rest     bool     `json:"rest"` // those checks are run that no other set allows
	Code     string   `json:"code"`
}

// A look is the app in a theme, a width and a language.
type look struct {
	Name     string `json:"name"`
	Language string `json:"language"`
	Title    string `json:"title"`
	Device   string `json:"device"` // what the device prefers: light or dark
	Width    int    `json:"width"`
	Axe      bool   `json:"axe"` // once for each theme and width: it takes its time, and asks for no language
	Code     string `json:"code"`
}

// TestApps uses the apps that APPS names, or "all", in a real Chromium. With LOOKS=all it
// only looks at them, in every theme, width and language, and draws what it sees.
func TestApps(t *testing.T) {
	var cases []testCase
	for _, id := range named(t, emulator.Require(t, "APPS")) {
		cases = append(cases, newCase(t, id))
	}
	folder := ".dev/apptest"
	if os.Getenv("LOOKS") == "all" {
		folder = ".dev/gallery/full"
	}
	runNode(t, "apptest.mjs", cases, folder)
}

// TestGallery draws the apps that GALLERY names, or "all", for people to look at.
func TestGallery(t *testing.T) {
	apps := emulator.Require(t, "GALLERY")
	type picture struct {
		ID    string `json:"id"`
		Title string `json:"title"`
		Light string `json:"light"`
		Dark  string `json:"dark"`
	}
	var pictures []picture
	for _, id := range named(t, apps) {
		c := readApp(t, id)
		draw := func(theme intent.Theme) string {
			return build(t, template.Recipe{App: id, Theme: theme, Features: c.usual()})
		}
		pictures = append(pictures, picture{id, c.Title["en"], draw(intent.Light), draw(intent.Dark)})
	}
	runNode(t, "gallery.mjs", pictures, ".dev/gallery")
}

// named returns the ids in a list that commas part, or all ids of the library.
func named(t *testing.T, list string) []string {
	t.Helper()
	var ids []string
	for _, app := range template.List("en") {
		if list == "all" || slices.Contains(strings.Split(list, ","), app.ID) {
			ids = append(ids, app.ID)
		}
	}
	if len(ids) == 0 {
		t.Fatalf("%s names no app of the library", list)
	}
	return ids
}

// runNode runs a script on cases. It may write pictures to a folder of this module.
func runNode(t *testing.T, script string, cases any, folder string) {
	t.Helper()
	text, err := json.Marshal(cases)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "cases.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := filepath.Abs("../../../" + folder)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "node", script)
	cmd.Env = append(os.Environ(), "CASES="+file, "OUT="+out)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		t.Errorf("node %s: %v", script, err)
	}
}

// An app is what its app.json says.
type app struct {
	Title    map[string]string
	Features map[string]string // on, off or always
	Texts    map[string]map[string]string
}

func readApp(t *testing.T, id string) app {
	t.Helper()
	var a app
	read(t, "../apps/"+id+"/app.json", &a)
	return a
}

// with returns the features that are said to be one of some choices.
func (a app) with(choices ...string) []string {
	var ids []string
	for _, id := range slices.Sorted(maps.Keys(a.Features)) {
		if slices.Contains(choices, a.Features[id]) {
			ids = append(ids, id)
		}
	}
	return ids
}

func (a app) usual() []string { return a.with("on", "always") }

func newCase(t *testing.T, id string) testCase {
	t.Helper()
	a := readApp(t, id)
	texts := map[string]map[string]string{}
	read(t, "../base/texts.json", &texts)
	maps.Copy(texts, a.Texts)

	c := testCase{ID: id, Features: a.Features, Texts: texts}
	for _, file := range []string{"../base/check.mjs", "../apps/" + id + "/check.mjs"} {
		path, err := filepath.Abs(file)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(path); err == nil || !strings.Contains(file, "base/") {
			c.Files = append(c.Files, path)
		}
	}

	usual, least, every := a.usual(), a.with("always"), a.with("on", "off", "always")
	add := func(name, kind, only string, features []string) {
		c.Sets = append(c.Sets, set{Name: name, Kind: kind, Features: features, Only: only, Code: build(t, template.Recipe{App: id, Features: features})})
	}
	add("as it is", "checks", "", usual)
	add("with the least features", "features", "", least)
	for _, f := range every {
		switch {
		case slices.Contains(least, f):
		case slices.Contains(usual, f):
			add("without "+f, "features", f, slices.DeleteFunc(slices.Clone(usual), func(other string) bool { return other == f }))
		default:
			add("with "+f, "features", f, append(slices.Clone(usual), f))
		}
	}
	add("with everything", "features", "", every)
	c.Sets[len(c.Sets)-1].Rest = true
	for i, l := range views(os.Getenv("LOOKS") == "all") {
		r := template.Recipe{App: id, Features: usual, Theme: l.theme, Language: l.language, Accent: accents[i%len(accents)], Size: sizes[i%len(sizes)]}
		name := fmt.Sprintf("%s on a %s device, %d px, %s, accent %s", l.theme, l.device, l.width, l.language, orOwn(r.Accent))
		if i%2 == 1 {
			r.Features = every
			name += ", with everything"
		}
		c.Looks = append(c.Looks, look{name, l.language, a.Title[l.language], l.device, l.width, l.axe, build(t, r)})
	}
	return c
}

type view struct {
	theme    intent.Theme
	device   string
	width    int
	language string
	axe      bool
}

// views returns each pair of a theme, a width and a language, or all combinations of
// them. What a recipe says of the theme counts, not what the device prefers.
func views(every bool) []view {
	themes := []view{{theme: intent.Light, device: "dark"}, {theme: intent.Dark, device: "light"}, {theme: intent.System, device: "dark"}}
	var all []view
	for i, v := range themes {
		for j, language := range template.Languages {
			widths := []int{360, 1280}
			v.language, v.width, v.axe = language, widths[(i+j)%2], j < 2 || every
			all = append(all, v)
			if every {
				v.width = widths[(i+j+1)%2]
				all = append(all, v)
			}
		}
	}
	return all
}

// accents and sizes go with the looks in turn: light, dark and strong colours.
var (
	accents = []string{"", "yellow", "black", "white", "red", "#0ea5e9", ""}
	sizes   = []intent.Size{"", intent.Large, "", intent.Small}
)

func orOwn(accent string) string {
	if accent == "" {
		return "its own"
	}
	return accent
}

// build returns the document of a recipe.
func build(t *testing.T, r template.Recipe) string {
	t.Helper()
	files, ok := template.Render(r)
	if !ok {
		t.Fatalf("the library has no app %q", r.App)
	}
	return page.Build(files).Code
}

func read(t *testing.T, file string, into any) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}
