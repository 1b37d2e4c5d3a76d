package page

import (
	"strings"

	"dreambuild.dev/backend/internal/artifact"
)

// tailwindScript makes the styles of Tailwind's classes while the page runs:
// https://tailwindcss.com/docs/installation/play-cdn
var tailwindScript = scriptNetwork + "@tailwindcss/browser@" + usual["@tailwindcss/browser"]

// putTailwind lets the page load Tailwind's script if the set is written for Tailwind
// and the page does not load it already.
func (d *document) putTailwind() {
	for _, e := range d.elements {
		if e.tag.Data == "script" && strings.Contains(attribute(e.tag, "src"), "tailwind") {
			return
		}
	}
	if !d.tailwind && !d.isForTailwind() {
		return
	}
	d.loads(tailwindScript)
	d.styles.WriteString(`<script src="` + tailwindScript + "\"></script>\n")
}

// usesTailwind reports whether a style sheet is one for Tailwind.
func usesTailwind(css string) bool { return tailwindRule().MatchString(css) }

var (
	tailwindRule   = compiled(`@tailwind\b|@apply\b|@import\s+["']tailwindcss|@theme\s*(inline\s*)?\{|@utility\b`)
	oldDirective   = compiled(`@tailwind\s+(base|components|utilities|screens|variants)\s*;|@import\s+["']tailwindcss/(base|components|utilities)(\.css)?["']\s*;?`)
	importTailwind = compiled(`@import\s+["']tailwindcss["']\s*;`)
)

// forTailwind returns a style sheet as Tailwind's script takes it, without the
// directives of older releases. The script imports Tailwind into a style that imports
// nothing; a browser would already ask for what an @import names.
func forTailwind(css string) string {
	css = importTailwind().ReplaceAllString(oldDirective().ReplaceAllString(css, ""), "")
	if strings.Contains(css, "@import") {
		css = "@import \"tailwindcss\";\n" + css
	}
	return css
}

// isForTailwind reports whether the set says that it is for Tailwind, or the page is
// full of its classes that no style sheet has.
func (d *document) isForTailwind() bool {
	for _, name := range []string{"tailwind.config.js", "tailwind.config.ts", "tailwind.config.cjs", "tailwind.config.mjs"} {
		if _, ok := d.set[name]; ok {
			return true
		}
	}
	if d.build.packages["tailwindcss"] != "" || strings.Contains(d.set["package.json"], `"tailwindcss"`) {
		return true
	}
	for _, e := range d.elements {
		if e.tag.Data == "link" && isStyleSheet(e.tag) {
			if _, there := d.target(e.tag, "href"); !there {
				return false // a library that may have classes of the same names
			}
		}
	}
	return d.hasManyUtilities()
}

// hasManyUtilities counts the classes of the markup that only Tailwind gives a meaning.
func (d *document) hasManyUtilities() bool {
	var styles strings.Builder
	for _, e := range d.elements {
		if e.tag.Data == "style" {
			styles.WriteString(e.body)
		}
	}
	markup := []string{d.page}
	for _, f := range d.files {
		switch {
		case extension(f.Path) == ".css":
			styles.WriteString(f.Content)
		case isScript(f.Path) && d.used[f.Path]:
			markup = append(markup, f.Content)
		}
	}
	own := styles.String()
	utilities, others := map[string]bool{}, map[string]bool{}
	for _, text := range markup {
		for list := range classLists(text) {
			for class := range strings.FieldsSeq(list) {
				switch {
				case utilities[class] || others[class]:
				case !utility().MatchString(class) || strings.Contains(own, "."+class) || strings.Contains(own, "."+escapedClass.Replace(class)):
					others[class] = true
				default:
					utilities[class] = true
				}
				if len(utilities)+len(others) > artifact.MaxFiles {
					return len(utilities) > len(others)
				}
			}
		}
	}
	return len(utilities) >= 8 && len(utilities) > len(others)
}

var (
	escapedClass = strings.NewReplacer(":", `\:`, "/", `\/`, ".", `\.`, "[", `\[`, "]", `\]`)
	// utility matches what Tailwind's classes look like: variants, then a property, and
	// mostly a step of a scale.
	utility = compiled(`^(?:[a-z0-9-]+:)*-?(?:(?:p|m|px|py|pt|pb|pl|pr|mx|my|mt|mb|ml|mr|w|h|size|gap|gap-x|gap-y|space-x|space-y|inset|top|left|right|bottom|z|min-w|max-w|min-h|max-h|grid-cols|grid-rows|col-span|row-span|leading|tracking|opacity|duration|delay|scale|rotate|translate-x|translate-y|order|basis|ring|divide-x|divide-y)-(?:\d+(?:\.5)?|\d+/\d+|auto|full|screen|px|min|max|fit|none|tight|wide|relaxed|\d?(?:xs|sm|md|lg|xl)|\[[^\]]+\])|(?:text|bg|border|from|via|to|ring|fill|stroke|divide|accent|placeholder|shadow|outline|decoration)-(?:[a-z]+-\d{2,3}|white|black|transparent)(?:/\d+)?|text-(?:xs|sm|base|lg|\dxl|xl|center|left|right)|font-(?:thin|light|normal|medium|semibold|bold|extrabold|black|mono|sans|serif)|rounded(?:-[trbl]{1,2})?(?:-(?:sm|md|lg|xl|\dxl|full|none))?|shadow(?:-(?:sm|md|lg|xl|\dxl|inner|none))?|flex-(?:col|row|wrap|1|grow|shrink-0)|items-(?:center|start|end|baseline|stretch)|justify-(?:center|between|around|end|start)|transition(?:-[a-z]+)?|overflow-(?:hidden|auto|scroll)|cursor-pointer|mx-auto)$`)
)

// classLists yields what stands in the attributes class and className of a text.
func classLists(text string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for {
			i := strings.Index(text, "class")
			if i < 0 {
				return
			}
			text = strings.TrimPrefix(text[i+len("class"):], "Name")
			value, ok := strings.CutPrefix(strings.TrimLeft(text, " "), "=")
			if !ok {
				continue
			}
			value = strings.TrimLeft(value, "{ ")
			if value == "" || strings.IndexByte("\"'`", value[0]) < 0 {
				continue
			}
			end := strings.IndexByte(value[1:], value[0])
			if end < 0 || !yield(value[1:1+end]) {
				return
			}
			text = value[1+end:]
		}
	}
}
