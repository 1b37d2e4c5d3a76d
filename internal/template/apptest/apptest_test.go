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

// A set is the app with some features. All checks that they allow are run.
type set struct {
	Name     string   `json:"name"`
	Kind     string   `json:"kind"` // checks: the app as it is; features: one of them is the other way
	Features []string `json:"features"`
	Code     string   `json:"code"`
}

// A look is the app in a theme, a width and a language.
type look struct {
	Name     string `json:"name"`
	Language string `json:"language"`
	Title    string `json:"title"`
	Device   string `json:"device"` // what the device prefers: light or dark
	Width    int    `json:"width"`
	Code     string `json:"code"`
}

// TestApps uses the apps that APPS names, or "all", in a real Chromium.
func TestApps(t *testing.T) {
	named := emulator.Require(t, "APPS")
	var cases []testCase
	for _, app := range template.List("en") {
		if named == "all" || slices.Contains(strings.Split(named, ","), app.ID) {
			cases = append(cases, newCase(t, app.ID))
		}
	}
	if len(cases) == 0 {
		t.Fatalf("APPS=%s names no app of the library", named)
	}
	runNode(t, "apptest.mjs", cases, ".dev/apptest")
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

func newCase(t *testing.T, id string) testCase {
	t.Helper()
	var app struct {
		Title    map[string]string
		Features map[string]string
		Texts    map[string]map[string]string
	}
	read(t, "../apps/"+id+"/app.json", &app)
	texts := map[string]map[string]string{}
	read(t, "../base/texts.json", &texts)
	maps.Copy(texts, app.Texts)

	c := testCase{ID: id, Features: app.Features, Texts: texts}
	for _, file := range []string{"../base/check.mjs", "../apps/" + id + "/check.mjs"} {
		path, err := filepath.Abs(file)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(path); err == nil {
			c.Files = append(c.Files, path)
		}
	}

	var usual, every []string
	for _, f := range slices.Sorted(maps.Keys(app.Features)) {
		every = append(every, f)
		if app.Features[f] != "off" {
			usual = append(usual, f)
		}
	}
	c.Sets = append(c.Sets, set{"as it is", "checks", usual, build(t, template.Recipe{App: id, Features: usual})})
	for _, f := range every {
		if app.Features[f] == "always" {
			continue
		}
		name, features := "with "+f, append(slices.Clone(usual), f)
		if slices.Contains(usual, f) {
			name, features = "without "+f, slices.DeleteFunc(slices.Clone(usual), func(other string) bool { return other == f })
		}
		c.Sets = append(c.Sets, set{name, "features", features, build(t, template.Recipe{App: id, Features: features})})
	}
	for i, l := range looks {
		r := template.Recipe{App: id, Features: usual, Theme: l.theme, Language: l.language, Accent: accents[i%len(accents)], Size: sizes[i%len(sizes)]}
		name := fmt.Sprintf("%s on a %s device, %d px, %s, accent %s", l.theme, l.device, l.width, l.language, orOwn(r.Accent))
		if i%2 == 1 {
			r.Features = every
			name += ", with everything"
		}
		c.Looks = append(c.Looks, look{name, l.language, app.Title[l.language], l.device, l.width, build(t, r)})
	}
	return c
}

// looks has each pair of a theme, a width and a language. What a recipe says of the theme
// counts, not what the device prefers.
var looks = pairs()

type view struct {
	theme    intent.Theme
	device   string
	width    int
	language string
}

func pairs() []view {
	themes := []view{{theme: intent.Light, device: "dark"}, {theme: intent.Dark, device: "light"}, {theme: intent.System, device: "dark"}}
	var all []view
	for i, v := range themes {
		for j, language := range template.Languages {
			v.language, v.width = language, []int{360, 1280}[(i+j)%2]
			all = append(all, v)
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
