package intent

import "slices"

// wishes returns the features and the theme that the prompt asks for.
func (p *prompt) wishes(v Verb, subject *mention) ([]string, Theme) {
	if v == Undo || v == Remove {
		return []string{}, "" // they name what was, or is to go
	}
	found := p.features(v, subject)
	shades := p.shades(v)
	switches, toggled := p.toggles(shades, found)
	var ids []string
	for _, f := range found {
		if f.entry.id != toggle {
			ids = append(ids, f.entry.id)
		}
	}
	if toggled && v != Explain {
		ids = append(ids, toggle)
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	if ids == nil {
		ids = []string{} // clients read the stored list, too
	}
	return ids, p.theme(shades, switches)
}

const toggle = "dark-toggle"

// features returns the mentions of features that the prompt asks for. It leaves out
// the features that the app has anyway, those that should go, and those that are
// only told about.
func (p *prompt) features(v Verb, subject *mention) []mention {
	var fresh []mention
	if v == Create {
		for _, row := range []string{"fresh", "anew", "other", "aside"} {
			fresh = append(fresh, says[row].find(p.words, p.language)...)
		}
	}
	return slices.DeleteFunc(slices.Clone(p.allFeatures), func(f mention) bool {
		switch {
		case p.negated(f), p.removed(f), p.hasProject && p.clauseOf(f.from).does == goBack && f.from == p.opening(p.clauseOf(f.from)), slices.ContainsFunc(fresh, f.overlaps):
			return true
		case subject != nil && (slices.Contains(subject.has, f.entry.id) || !subject.weak && subject.to > 0 && f.overlaps(*subject)):
			return true
		case subject != nil && subject.to == 0 && p.isHead(f):
			return true
		case p.onlyTold(f, v), p.isThere(f), p.isTopic(f, v):
			return true
		}
		return f.weak && !slices.ContainsFunc(p.wordsOf(p.clauseOf(f.from)), func(w word) bool { return fitting[w.text] })
	})
}

// isHead reports whether a mention is the head of the name that the prompt begins
// with, if that names an app of an unknown kind: "knitting row counter".
func (p *prompt) isHead(m mention) bool {
	c := p.clauses[0]
	return m.from > c.from && m.to <= c.to && !p.afterPreposition(c.from, m.from) &&
		(m.to == c.to || prepositions[p.words[m.to].text])
}

// isThere reports whether a mention names a part that is there, and should only be
// renamed or moved: "rename the search box", "move the chart down", but not "move
// cards by touch".
func (p *prompt) isThere(m mention) bool {
	c := p.clauseOf(m.from)
	start := p.opening(c)
	if !p.hasProject || p.stands("rename", start, c) {
		return p.hasProject
	}
	return p.stands("arrange", start, c) && m.from > start && p.afterThe(m)
}

// isTopic reports whether a mention names what the content of a new app is about, or
// whom the app is for: "a quiz about the history of Rome", "a page for a print
// shop".
func (p *prompt) isTopic(m mention, v Verb) bool {
	if v != Create && v != Design {
		return false
	}
	c := p.clauseOf(m.from)
	for i := m.from - 1; i >= c.from && !topicEnds[p.words[i].text]; i-- {
		if topics[p.words[i].text] && !dative[p.words[i+1].text] && !number(p.words[i+1].text) { // "5 sur 5" is a size
			return true
		}
	}
	i := m.from - 2
	return i > c.from && articles[p.words[i+1].text] && purposeWords[p.words[i].text] && m.to < c.to && !topicEnds[p.words[m.to].text]
}

func (p *prompt) wordsOf(c clause) []word { return p.words[c.from:c.to] }

// onlyTold reports whether a mention stands in a question or a complaint, which
// asks for nothing.
func (p *prompt) onlyTold(m mention, v Verb) bool {
	if v != Fix {
		return v == Explain
	}
	does := p.clauseOf(m.from).does
	return does != change && does != makeNew
}

// shades returns the mentions of themes that are neither taken back nor part of the
// name of a colour.
func (p *prompt) shades(v Verb) []mention {
	return slices.DeleteFunc(themes.find(p.words, p.language), func(m mention) bool {
		if p.negated(m) || p.removed(m) || p.onlyTold(m, v) {
			return true
		}
		if m.from > 0 && fromWords[p.words[m.from-1].text] {
			return true // "from dark to light"
		}
		return m.to < len(p.words) && m.to-m.from <= 2 && shadeWords[p.words[m.to-1].text] && p.words[m.to].begins == 0 && p.colourAt(m.to)
	})
}

func (p *prompt) colourAt(i int) bool {
	_, ok := accents.at(p.words, i, p.language)
	return ok
}

// toggles returns which shades people can choose between with a switch, and whether
// the prompt asks for a switch.
func (p *prompt) toggles(shades, found []mention) (switched []bool, toggled bool) {
	bySystem := slices.ContainsFunc(shades, func(s mention) bool { return s.entry.id == string(System) })
	inClause := map[clause]bool{} // clauses with a switch, and no word on how it is at first
	for _, f := range found {
		// "as the system is, light or dark" leaves nothing to choose.
		if f.entry.id == toggle && (!bySystem || p.hasSwitch(f)) {
			toggled = true
			c := p.clauseOf(f.from)
			inClause[c] = !p.atFirst(c)
		}
	}
	switched = make([]bool, len(shades))
	for i, s := range shades {
		switched[i] = switched[i] || inClause[p.clauseOf(s.from)]
		if i+1 < len(shades) && p.eitherOr(s, shades[i+1]) {
			toggled = true
			switched[i], switched[i+1] = true, true
		}
	}
	return switched, toggled
}

// hasSwitch reports whether a mention has other words than the two shades.
func (p *prompt) hasSwitch(f mention) bool {
	return slices.ContainsFunc(p.words[f.from:f.to], func(w word) bool { return !shadeWords[w.text] && !joins[w.text] })
}

// eitherOr reports whether people can choose between two shades: "light and dark".
func (p *prompt) eitherOr(a, b mention) bool {
	if a.entry == b.entry || a.entry.id == string(System) || b.entry.id == string(System) || b.from-a.to > 2 {
		return false
	}
	return p.clauseOf(a.from) == p.clauseOf(b.from)
}

// atFirst reports whether a clause tells how things are at the beginning.
func (p *prompt) atFirst(c clause) bool {
	return slices.ContainsFunc(p.wordsOf(c), func(w word) bool { return startWords[w.text] })
}

// theme returns the theme that the prompt asks for: System if it is among them,
// else the last one.
func (p *prompt) theme(shades []mention, switched []bool) Theme {
	var theme Theme
	for i, s := range shades {
		if !switched[i] && theme != System {
			theme = Theme(s.entry.id)
		}
	}
	return theme
}

// accent returns the hexadecimal colour in the prompt, else the first colour that it
// names and does not take back; "" for none.
func (p *prompt) accent(v Verb) string {
	if v == Undo || v == Remove {
		return ""
	}
	if hex := hexColour().FindStringSubmatch(p.text); hex != nil {
		return hex[1]
	}
	if colour := p.computed(); colour != "" {
		return colour
	}
	css, named := p.cssColour()
	for _, m := range accents.find(p.words, p.language) {
		if !p.negated(m) && !p.removed(m) && (!named || m.from < css.word) {
			return m.entry.id
		}
	}
	return css.hex
}
