package template

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// rgb is a colour of sRGB, each part from 0 to 1.
type rgb [3]float64

// hex matches a colour as #rgb or #rrggbb.
var hex = regexp.MustCompile(`^#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})$`)

// hues are the accents that prompts name (package intent).
var hues = map[string]string{
	"blue": "#2563eb", "teal": "#0d9488", "red": "#dc2626", "green": "#16a34a", "purple": "#7c3aed", "pink": "#db2777", "orange": "#ea580c",
	"yellow": "#eab308", "cyan": "#0891b2", "indigo": "#4f46e5", "gray": "#64748b", "grey": "#64748b", "black": "#18181b", "white": "#f4f4f5", "brown": "#92400e", "gold": "#ca8a04", "turquoise": "#14b8a6", "silver": "#94a3b8", "beige": "#d6c7a1",
}

// colour reads an accent: a name, or #rgb, or #rrggbb.
func colour(accent string) (rgb, bool) {
	if named, ok := hues[accent]; ok {
		accent = named
	}
	if !hex.MatchString(accent) {
		return rgb{}, false
	}
	digits := accent[1:]
	if len(digits) == 3 {
		digits = strings.Repeat(digits[:1], 2) + strings.Repeat(digits[1:2], 2) + strings.Repeat(digits[2:], 2)
	}
	var c rgb
	for i := range c {
		n, _ := strconv.ParseUint(digits[2*i:2*i+2], 16, 8) // hex has looked
		c[i] = float64(n) / 255
	}
	return c, true
}

func (c rgb) String() string {
	return fmt.Sprintf("#%02x%02x%02x", int(math.Round(c[0]*255)), int(math.Round(c[1]*255)), int(math.Round(c[2]*255)))
}

// luminance is how bright a colour is: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance
func (c rgb) luminance() float64 {
	linear := func(v float64) float64 {
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c[0]) + 0.7152*linear(c[1]) + 0.0722*linear(c[2])
}

// contrast is that of two colours, from 1 to 21.
func contrast(a, b rgb) float64 {
	light, dark := a.luminance(), b.luminance()
	if light < dark {
		light, dark = dark, light
	}
	return (light + 0.05) / (dark + 0.05)
}

// mixed returns c with a share of another colour.
func (c rgb) mixed(other rgb, share float64) rgb {
	for i := range c {
		c[i] += (other[i] - c[i]) * share
	}
	return c
}

// The darkest surface of the light theme on which the accent is a text, and the
// lightest one of the dark theme: base/style.css has them.
var (
	onLight, onDark = rgb{0.93, 0.94, 0.96}, rgb{0.17, 0.18, 0.21}
	white, black    = rgb{1, 1, 1}, rgb{0, 0, 0}
	ink             = rgb{0.05, 0.06, 0.08} // nearly black
)

const (
	leastOfText = 4.5 // https://www.w3.org/TR/WCAG22/#contrast-minimum
	leastOfFill = 1.5 // of what a text makes out: enough to be seen
)

// against shifts a colour towards another one until it stands out from a surface.
func (c rgb) against(surface, towards rgb, least float64) rgb {
	for share := 0.0; share < 1; share += 0.02 {
		if m := c.mixed(towards, share); contrast(m, surface) >= least {
			return m
		}
	}
	return towards
}

// accent writes the recipe's accent: "ink" is for texts, "fill" for what lies behind a
// text in "on"; each is a pair for the light and the dark theme.
func (p page) accent(use string) (string, error) {
	c, ok := colour(p.recipe.Accent)
	if !ok {
		if c, ok = colour(p.app.Accent); !ok {
			return "", fmt.Errorf("app.json has no accent such as blue or #2563eb")
		}
	}
	light, dark := c.against(onLight, black, leastOfFill), c.against(onDark, white, leastOfFill)
	switch use {
	case "ink":
		light, dark = c.against(onLight, black, leastOfText), c.against(onDark, white, leastOfText)
	case "fill":
	case "on":
		light, dark = light.text(), dark.text()
	default:
		return "", fmt.Errorf("accent %q: ink, fill or on", use)
	}
	return fmt.Sprintf("light-dark(%s, %s)", light, dark), nil
}

// text returns the colour of a text on c: white, nearly black or black. One of them can
// be read on any colour.
func (c rgb) text() rgb {
	for _, t := range []rgb{white, ink} {
		if contrast(c, t) >= leastOfText {
			return t
		}
	}
	return black
}
