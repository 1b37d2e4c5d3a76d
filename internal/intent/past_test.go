package intent

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadPast(t *testing.T) {
	for prompt, want := range map[string]Past{
		"undo":                                  {Steps: 1},
		"undo that please":                      {Steps: 1},
		"go back":                               {Steps: 1},
		"go back to the previous version":       {Steps: 1},
		"mach das rückgängig":                   {Steps: 1},
		"I liked it better before":              {Steps: 1},
		"put it back the way it was":            {Steps: 1},
		"undo the last two changes":             {Steps: 2},
		"go back 3 steps":                       {Steps: 3},
		"deshaz los últimos dos cambios":        {Steps: 2},
		"version 3":                             {Version: 3, Steps: 1},
		"go back to version number 12, please":  {Version: 12, Steps: 1},
		"back to v2":                            {Version: 2, Steps: 1},
		"Stell Version 4 wieder her":            {Version: 4, Steps: 1},
		"go back to the first version":          {Version: 1, Steps: 1},
		"la versión original":                   {Version: 1, Steps: 1},
		"zurück zur zweiten Version":            {Version: 2, Steps: 1},
		"restore yesterday's version":           {Before: []string{"yesterdays"}, Steps: 1},
		"the version before the colours":        {Before: []string{"colours"}, Steps: 1},
		"die Version vor den Farben":            {Before: []string{"farben"}, Steps: 1},
		"go back to before you added the chart": {Before: []string{"chart"}, Steps: 1},
		"undo the dark mode":                    {Before: []string{"dark", "mode"}, Steps: 1},
		"undo the last change to the header":    {Before: []string{"header"}, Steps: 1},
		"the version without the chat":          {Before: []string{"chat"}, Steps: 1},
		"show me the version with blue buttons": {With: []string{"blue", "buttons"}, Steps: 1},
	} {
		if diff := cmp.Diff(want, ReadPast(prompt)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", prompt, diff)
		}
	}
}

func TestAbout(t *testing.T) {
	for _, tc := range []struct {
		words  []string
		prompt string
		want   int
	}{
		{[]string{"colours"}, "make the buttons red", 1},
		{[]string{"farben"}, "Mach die Knöpfe blau", 1},
		{[]string{"dark", "mode"}, "please add a dark mode", 2},
		{[]string{"button"}, "bigger buttons", 1},
		{[]string{"knopfe"}, "ein Knopf mehr", 1},
		{[]string{"chart"}, "make the title bigger", 0},
	} {
		if got := About(tc.words, tc.prompt, Parse(tc.prompt, true)); got != tc.want {
			t.Errorf("%q is about %d of %q, want %d", tc.prompt, got, tc.words, tc.want)
		}
	}
}

func TestOnlyRemoves(t *testing.T) {
	for prompt, want := range map[string]bool{
		"remove":                         true,
		"please delete the files  and  ": true,
		"lösche die Datei":               true,
		"supprime le fichier":            true,
		"remove the footer from":         false,
		"delete and add a link":          false,
		"the file":                       false,
		"":                               false,
	} {
		if got := OnlyRemoves(prompt); got != want {
			t.Errorf("%q: %v", prompt, got)
		}
	}
}
