package check

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
)

//go:embed browser.txt
var browserNames string

// browser returns the names that a browser defines, by what has them: "window", which
// scripts see; "document" and "element", and some elements by their tags, which handlers
// in markup see besides. testdata/browser.mjs asks Chromium for them.
var browser = sync.OnceValue(func() map[string]map[string]bool {
	all := map[string]map[string]bool{}
	for line := range strings.Lines(browserNames) {
		fields := strings.Fields(line)
		names := map[string]bool{}
		for _, name := range fields[1:] {
			names[name] = true
		}
		all[fields[0]] = names
	}
	return all
})

// isEvent reports whether an attribute of this name is a handler.
func isEvent(name string) bool {
	return strings.HasPrefix(name, "on") && (browser()["window"][name] || browser()["element"][name])
}

// library is a library that scripts use by a global name.
type library struct {
	title string
	signs []string // what the address of a script has that may define the name
}

// libraries returns libraries by their globals. Only a name that is here can be missed
// where a page loads other libraries.
var libraries = sync.OnceValue(func() map[string]library {
	all := map[string]library{}
	for _, row := range []struct{ names, title, signs string }{
		{"$ jQuery", "jQuery", "jquery zepto cash umbrella"},
		{"React", "React", "react preact"},
		{"ReactDOM", "React DOM", "react preact"},
		{"Vue", "Vue", "vue"},
		{"angular", "AngularJS", "angular"},
		{"Alpine", "Alpine.js", "alpine"},
		{"THREE", "three.js", "three"},
		{"Chart", "Chart.js", "chart"},
		{"Plotly", "Plotly", "plotly"},
		{"d3", "D3", "d3"},
		{"echarts", "ECharts", "echarts"},
		{"ApexCharts", "ApexCharts", "apexcharts"},
		{"Highcharts", "Highcharts", "highcharts"},
		{"L", "Leaflet", "leaflet"},
		{"mapboxgl", "Mapbox GL JS", "mapbox"},
		{"p5", "p5.js", "p5"},
		{"Phaser", "Phaser", "phaser"},
		{"PIXI", "PixiJS", "pixi"},
		{"Matter", "Matter.js", "matter"},
		{"BABYLON", "Babylon.js", "babylon"},
		{"Konva", "Konva", "konva"},
		{"fabric", "Fabric.js", "fabric"},
		{"paper", "Paper.js", "paper"},
		{"Tone", "Tone.js", "tone"},
		{"Howl Howler", "howler.js", "howler"},
		{"gsap TweenMax TweenLite ScrollTrigger", "GSAP", "gsap tweenmax greensock"},
		{"anime", "anime.js", "anime"},
		{"_", "Lodash", "lodash underscore"},
		{"axios", "axios", "axios"},
		{"moment", "Moment.js", "moment"},
		{"dayjs", "Day.js", "dayjs"},
		{"luxon", "Luxon", "luxon"},
		{"math", "math.js", "math"},
		{"numeric", "numeric.js", "numeric"},
		{"MathJax", "MathJax", "mathjax"},
		{"katex renderMathInElement", "KaTeX", "katex"},
		{"marked", "marked", "marked"},
		{"DOMPurify", "DOMPurify", "purify"},
		{"hljs", "highlight.js", "highlight hljs"},
		{"Prism", "Prism", "prism"},
		{"mermaid", "Mermaid", "mermaid"},
		{"CodeMirror", "CodeMirror", "codemirror"},
		{"Quill", "Quill", "quill"},
		{"tinymce", "TinyMCE", "tinymce"},
		{"flatpickr", "flatpickr", "flatpickr"},
		{"Sortable", "SortableJS", "sortable"},
		{"Swiper", "Swiper", "swiper"},
		{"AOS", "AOS", "aos"},
		{"Swal", "SweetAlert2", "sweetalert"},
		{"toastr", "toastr", "toastr"},
		{"confetti", "canvas-confetti", "confetti"},
		{"bootstrap", "Bootstrap", "bootstrap"},
		{"Papa", "Papa Parse", "papaparse"},
		{"XLSX", "SheetJS", "xlsx sheetjs"},
		{"jspdf jsPDF", "jsPDF", "jspdf"},
		{"html2canvas", "html2canvas", "html2canvas"},
		{"html2pdf", "html2pdf", "html2pdf"},
		{"JSZip", "JSZip", "jszip"},
		{"QRCode", "QRCode.js", "qrcode"},
		{"JsBarcode", "JsBarcode", "barcode"},
		{"CryptoJS", "CryptoJS", "crypto"},
		{"io", "Socket.IO", "socket"},
		{"firebase", "Firebase", "firebase"},
		{"tf", "TensorFlow.js", "tensorflow tfjs"},
		{"ml5", "ml5.js", "ml5"},
		{"Typed", "Typed.js", "typed"},
		{"lucide", "Lucide", "lucide"},
		{"feather", "Feather", "feather"},
		{"Handlebars", "Handlebars", "handlebars"},
		{"Mustache", "Mustache", "mustache"},
	} {
		for name := range strings.FieldsSeq(row.names) {
			all[name] = library{title: row.title, signs: strings.Fields(row.signs)}
		}
	}
	return all
})

// lacks reports whether a page surely loads nothing of a library: all scripts that it
// loads from elsewhere are of others.
func (v *view) lacks(lib library) bool {
	return !v.unsure && !slices.ContainsFunc(v.others, func(address string) bool {
		other, known := libraryAt(address)
		return !known || other.title == lib.title || matches(strings.ToLower(address), lib.signs)
	})
}

// knowsOthers reports whether the scripts that a page loads from elsewhere define, at a
// time, no other names than those of libraries(). p5.js defines a great many once the page
// has been loaded, or when a script makes a p5.
func (v *view) knowsOthers(when phase) bool {
	makes := func(l *loaded) bool { return l.script != nil && strings.Contains(l.text, "new p5") }
	return !v.unsure && !slices.ContainsFunc(v.others, func(address string) bool {
		_, known := libraryAt(address)
		return !known || isP5(address) && (when >= loading || slices.ContainsFunc(v.page.scripts, makes))
	})
}

func isP5(address string) bool {
	lib, _ := libraryAt(address)
	return lib.title == "p5.js"
}

// isAddon reports whether a name of three.js is one of its add-ons, which are files of
// their own.
func isAddon(name string) bool {
	return addon().MatchString(name)
}

var addon = compiled(`^(?:\w+Controls|GLTFLoader|OBJLoader|MTLLoader|FBXLoader|STLLoader|DRACOLoader|RGBELoader|CSS[23]D(?:Renderer|Object|Sprite)|EffectComposer|RenderPass|UnrealBloomPass)$`)

// lacksAddon reports whether a page surely loads no script that adds a name to THREE.
func (v *view) lacksAddon(name string) bool {
	if v.unsure || slices.ContainsFunc(v.page.scripts, func(l *loaded) bool { return l.script != nil && slices.Contains(l.members, name) }) {
		return false
	}
	return !slices.ContainsFunc(v.others, func(address string) bool {
		_, known := libraryAt(address)
		return !known || strings.Contains(strings.ToLower(address), strings.ToLower(name)) && !noAddons().MatchString(address) ||
			strings.Contains(address, "/examples/js/") && !noAddons().MatchString(address) && !strings.Contains(name, "Controls")
	})
}

// noAddons matches addresses of add-ons as scripts in releases of three.js that have them
// as modules only: https://github.com/mrdoob/three.js/pull/25020, from r148 on.
var noAddons = compiled(`three@0\.(?:14[89]|1[5-9]\d|[2-9]\d\d)\.\d+/examples/js/`)

// libraryAt returns the library that an address is of: the library itself, not what
// extends it, nor a bundle of several.
func libraryAt(address string) (lib library, known bool) {
	address, _, _ = strings.Cut(strings.ToLower(address), "?")
	if strings.Contains(address, "/mathjax") {
		return libraries()["MathJax"], true
	}
	if strings.Contains(address, "three") && strings.Contains(address, "/examples/js/") {
		return libraries()["THREE"], true
	}
	name := address[strings.LastIndexByte(address, '/')+1:]
	name, _, _ = strings.Cut(name, "@")
	name = edition().ReplaceAllString(name, "")
	for _, lib := range libraries() {
		if slices.Contains(lib.signs, name) || slices.Contains(lib.signs, name+".js") {
			return lib, true
		}
	}
	return library{}, false
}

// edition matches what follows the name of a library in that of its file.
var edition = compiled(`(?:[.-](?:js|min|umd|slim|esm|module|iife|global|prod|dev|production|development|latest|legacy|full|all|core|basic|bundle|pkgd|standalone|browser|common|v?\d+(?:\.\d+)*))+$`)

func matches(address string, signs []string) bool {
	return slices.ContainsFunc(signs, func(sign string) bool { return strings.Contains(address, sign) })
}
