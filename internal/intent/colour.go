package intent

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// colourFunction finds colours such as rgb(12, 34, 56) and hsl(200deg 50% 40%).
var colourFunction = compiled(`(?i)\b(rgb|hsl)a?\(\s*(\d{1,3}(?:\.\d+)?)(?:deg)?[\s,]+(\d{1,3}(?:\.\d+)?)(%?)[\s,]+(\d{1,3}(?:\.\d+)?)%?(?:\s*[,/]\s*[\d.]+%?)?\s*\)`)

// namedColour is the name of a CSS colour in a prompt that accents.txt does not have.
type namedColour struct {
	word int
	hex  string
}

// cssColour returns the first CSS colour that is named and not taken back. Everyday words
// are colours only beside "accent", "colour" or "in".
func (p *prompt) cssColour() (namedColour, bool) {
	for i, w := range p.words {
		hex, ok := colours["plain"][w.text]
		if !ok {
			if hex, ok = colours["everyday"][w.text]; ok {
				ok = p.isColour(i)
			}
		}
		if ok && !w.negated {
			return namedColour{i, "#" + hex}, true
		}
	}
	return namedColour{}, false
}

// isColour reports whether an everyday word that may be a colour is one.
func (p *prompt) isColour(i int) bool {
	beside := func(j int) bool {
		return j >= 0 && j < len(p.words) && (colourWords[p.words[j].text] || coloured[p.words[j].text]) && p.words[max(i, j)].begins == 0
	}
	return beside(i-1) || beside(i+1)
}

// computed returns the first colour that a CSS function gives; "" if there is none.
func (p *prompt) computed() string {
	if !strings.Contains(p.text, "(") {
		return ""
	}
	m := colourFunction().FindStringSubmatch(p.text)
	if m == nil {
		return ""
	}
	var n [3]float64
	for i, s := range []string{m[2], m[3], m[5]} {
		n[i], _ = strconv.ParseFloat(s, 64)
	}
	if strings.EqualFold(m[1], "rgb") {
		return hex(n[0]/255, n[1]/255, n[2]/255)
	}
	return hex(fromHSL(n[0], n[1]/100, n[2]/100))
}

// fromHSL returns the red, green and blue of a hue in degrees, a saturation and a lightness.
func fromHSL(hue, saturation, lightness float64) (red, green, blue float64) {
	part := func(n float64) float64 {
		k := math.Mod(n+hue/30, 12)
		return lightness - saturation*min(lightness, 1-lightness)*max(-1, min(k-3, 9-k, 1))
	}
	return part(0), part(8), part(4)
}

// hex writes a colour, of parts from 0 to 1, in hexadecimal.
func hex(red, green, blue float64) string {
	b := func(part float64) int { return int(math.Round(255 * max(0, min(1, part)))) }
	return fmt.Sprintf("#%02x%02x%02x", b(red), b(green), b(blue))
}
