package intent

import "slices"

// act is what a clause does.
type act string

const (
	inject    act = "injection" // talks to the model about its instructions
	leave     act = "leave"     // asks to change nothing
	ask       act = "ask"       // a question
	draw      act = "draw"      // asks for a look
	repair    act = "repair"    // asks for a repair
	startOver act = "fresh"     // leaves the project aside
	goBack    act = "back"      // asks for an earlier version
	retract   act = "retract"   // asks to undo something by its name
	askBack   act = "mayBack"   // asks whether one can go back
	makeNew   act = "create"    // asks for a new app
	perhaps   act = "perhaps"   // asks for a new app or for a part: "a calendar"
	remove    act = "delete"    // asks for something to go
	change    act = "edit"      // asks for a change
	complain  act = "broken"    // says that something does not work
	wish      act = "wish"      // says what should be
	dislike   act = "dislike"   // says what is not wanted
	state     act = "state"     // says what is
	greet     act = "chat"      // says hello, or thanks
	name      act = "name"      // names an app, with or without an article
	christen  act = "naming"    // gives the project a name
	mutter    act = ""          // none of these
)

// leastSure is the confidence below which another verb is named.
const leastSure = 0.6

// verb decides on the verb by what the clauses do, and returns its confidence and, where
// that is below leastSure in a project, the other verb that may be meant.
//
// The first of these counts: words to the model about its instructions; a request to
// change nothing, for a look, for another project, for an earlier version, a repair or a
// new app; something that should go; a complaint; a change; a wish; a question; and last
// what the prompt only names or tells.
func (p *prompt) verb() (verb Verb, confidence float64, alternative Verb) {
	if p.hasProject && p.agrees() {
		return Edit, 0.9, ""
	}
	does := map[act]bool{}
	for i, c := range p.clauses {
		a := c.does
		named := a == name || a == perhaps && !p.stands("create", p.opening(c), c) && !p.stands("wish", c.from, c)
		if named && p.hasProject && (i > 0 || c.to < len(p.words) && p.words[c.to].begins == colon) {
			a = mutter // with a project, only a name at the beginning may be another app
		}
		does[a] = true
	}
	verb, confidence = p.decide(does)
	if !p.hasProject || confidence >= leastSure {
		return verb, confidence, ""
	}
	switch {
	case does[goBack] || does[retract] || does[askBack]:
		return verb, confidence, Undo
	case does[remove]:
		return verb, confidence, Remove
	case does[perhaps] || does[makeNew] || does[name]:
		return verb, confidence, Create
	case verb == Explain && does[ask]:
		return verb, confidence, Fix
	}
	return verb, confidence, Explain
}

func (p *prompt) decide(does map[act]bool) (Verb, float64) {
	requested := does[makeNew] || does[change] || does[wish]
	aside := p.hasProject && p.setsAside()
	switch {
	case does[inject]:
		return Explain, 0.99
	case does[leave] && !does[makeNew] && !does[change] && !does[repair]:
		return Explain, 0.95
	case does[draw]:
		return Design, 0.97
	case does[startOver]:
		return Create, 0.95
	case does[goBack] && p.hasProject && (requested || does[repair] || does[remove] || p.addsMore()):
		return Edit, 0.55
	case does[goBack] && !does[ask] && (p.hasProject || p.onlyDoes(goBack, greet)):
		return Undo, 0.97
	case does[askBack] && p.hasProject && !requested && !does[repair] && !does[remove]:
		return Explain, 0.55
	case does[retract] && p.hasProject && !requested && !does[repair] && !does[remove]:
		return Edit, 0.55
	case does[repair]:
		return Fix, 0.98
	case p.hasError && !does[ask]:
		return Fix, 0.96
	case aside && !does[complain]:
		return Create, 0.95
	case does[makeNew]:
		return Create, 0.96
	case does[remove] && p.hasProject && !requested:
		return Remove, 0.96
	case does[complain] && (p.hasProject || !requested && !does[name]):
		return Fix, 0.95
	case (does[change] || does[remove] || does[retract] || does[christen] && !does[name]) && p.hasProject:
		return Edit, 0.97
	case does[perhaps] && !does[wish]:
		return Edit, 0.55
	case (does[wish] || does[dislike]) && p.hasProject:
		return Edit, 0.85
	case requested:
		return Create, 0.95
	case does[ask] && !p.hasProject && (does[name] || p.lists()):
		return Create, 0.8
	case does[ask] && p.hasProject && p.asksWhy():
		return Explain, 0.55
	case does[ask]:
		return Explain, 0.95
	case does[greet] && !does[mutter] && !does[name]:
		return Explain, 0.9
	case does[greet] && p.hasProject && !does[state] && !does[perhaps] && !does[name] && p.raves():
		return Explain, 0.8
	case does[name]:
		return Create, 0.9
	case does[state] && p.hasProject:
		return Fix, 0.75
	case p.hasProject:
		return Edit, 0.5
	case p.hasCode || len(p.words) == 0:
		return Explain, 0.5
	default:
		return Create, 0.7
	}
}

// raves reports whether all that follows praise goes on with it: it names no feature.
func (p *prompt) raves() bool {
	return p.clauses[0].does == greet && len(p.allFeatures) == 0 &&
		!slices.ContainsFunc(p.clauses, func(c clause) bool { return c.does != greet && !raves[p.words[c.from].text] })
}

// asksWhy reports whether a question is about something that does not work.
func (p *prompt) asksWhy() bool {
	return slices.ContainsFunc(p.clauses, func(c clause) bool {
		words := p.words[c.from:c.to]
		return c.does == ask && (says["broken"].in(words, p.language) || says["faulty"].in(words, p.language))
	})
}

// addsMore reports whether a clause that goes back asks for more.
func (p *prompt) addsMore() bool {
	return slices.ContainsFunc(p.clauses, func(c clause) bool { return c.does == goBack && p.addsRequest(c.from, c) })
}

// onlyDoes reports whether all clauses do one of some acts.
func (p *prompt) onlyDoes(acts ...act) bool {
	return !slices.ContainsFunc(p.clauses, func(c clause) bool { return !slices.Contains(acts, c.does) })
}

// lists reports whether a clause that does nothing else names a feature, or hints at
// an app: "Did I run today? Tick each day, see a chart."
func (p *prompt) lists() bool {
	mutters := func(m mention) bool { return p.clauseOf(m.from).does == mutter }
	return slices.ContainsFunc(p.apps, mutters) || slices.ContainsFunc(p.allFeatures, mutters) ||
		slices.ContainsFunc(p.clauses, func(c clause) bool { return c.does == mutter && p.namesAny(c) })
}

// namesAny reports whether a clause mentions an app without a name: "a little page",
// but not "this page".
func (p *prompt) namesAny(c clause) bool {
	for i := c.from; i < c.to; i++ {
		if (appHeads[p.words[i].text] || titleHeads[p.words[i].text]) && (i == c.from || !p.definite(i-1)) {
			return true
		}
	}
	return false
}

// act returns what a clause does. It goes by the words at its beginning, after
// "please", "could you" and the like; only some phrases count anywhere.
func (p *prompt) act(c clause) act {
	start := p.opening(c)
	opens := func(row string) bool { return p.stands(row, start, c) && !p.stands("alike", start, c) }
	words := p.words[c.from:c.to]
	alike := says["alike"].find(words, p.language)
	anywhere := func(row string) bool {
		return slices.ContainsFunc(says[row].find(words, p.language), func(m mention) bool {
			return !words[m.from].negated && !slices.ContainsFunc(alike, m.overlaps)
		})
	}
	main := p.mainPart(start, c)
	told := p.isPurpose(c) || p.isRule(c)
	switch {
	case anywhere("injection"):
		return inject
	case anywhere("leave"):
		return leave
	case start == c.to:
		return greet
	case p.isTitle(start, c), p.isKnownTitle(c):
		return name
	case !p.hasProject && p.asksOwn(start, c):
		return name
	case p.asksToGoBack(c) && p.hasProject:
		return askBack
	case p.asksToGoBack(c):
		return ask
	case p.asks(start, c):
		return ask
	case anywhere("design") || opens("draw"):
		return draw
	case p.hasProject && opens("dislike"):
		return dislike
	case p.leaves(start, c):
		return startOver
	case p.goesBack(start, c):
		return goBack
	case p.hasProject && p.retracts(start, c):
		if p.afterPreposition(start+1, c.to) {
			return change // "revert the header to blue"
		}
		return retract
	case p.hasProject && p.restores(start, c):
		return change
	case opens("fix"):
		return repair
	case opens("create") && p.hasProject:
		return p.makes(start, c)
	case p.hasProject && p.wantsApp(c):
		return makeNew
	case p.hasProject && p.mayWantApp(c):
		return perhaps
	case opens("create"):
		return makeNew
	case !p.isRule(c) && anywhere("fix"):
		return repair
	case p.hasProject && (p.removes(start, c) || p.mayGo(c)):
		return remove
	case opens("edit") && !p.opensAsNoun(start, c):
		return change
	case p.hasProject && opens("observed") && anywhere("faulty"):
		return complain
	case p.offers(main):
		return wish
	case !told && anywhere("broken"):
		return complain
	case p.hasProject && p.mayMove(c):
		return wish
	case !p.hasProject && anywhere("chat") && p.endsInApp(c) && !slices.ContainsFunc(words, func(w word) bool { return praise[w.text] }):
		return name // "yes or no wheel"
	case opens("chat") || anywhere("chat") && c.to-c.from <= 5 && (p.hasProject || !p.mentionsApp(c)):
		return greet
	case says["wish"].in(main, p.language) || p.hasProject && says["create"].in(main, p.language):
		return wish
	case !p.hasProject && p.namesAt(start, c):
		return name
	case !told && (p.hasProject || p.hasCode) && anywhere("faulty") && !conditions[p.words[start].text]:
		return complain
	case !p.hasProject && anywhere("create"):
		return makeNew
	case p.hasProject && opens("naming"):
		return christen
	case p.hasProject && p.states(start, c):
		return state
	case p.hasProject:
		return p.names(start, c)
	case p.namesAt(start, c):
		return name
	case !p.hasProject && p.words[c.to-1].asked && !p.mentionsApp(c):
		return ask
	}
	return mutter
}

// isPurpose reports whether a clause only says what the clause before is for: "…, so
// it's still there".
func (p *prompt) isPurpose(c clause) bool {
	w := p.words[c.from]
	return w.begins == comma && purposes[w.text]
}

// isRule reports whether a clause tells how a game goes that is not there yet: "a
// car crashes into walls". People who have the game say "my game", or "it".
func (p *prompt) isRule(c clause) bool {
	return !p.hasProject && !p.hasCode && !p.definite(c.from) && !observers[p.words[c.from].text]
}

// offers reports whether the main part of a clause says what would be nice; "it
// won't let me" does not.
func (p *prompt) offers(main []word) bool {
	broken := says["broken"].find(main, p.language)
	return slices.ContainsFunc(says["offer"].find(main, p.language), func(m mention) bool {
		return !slices.ContainsFunc(broken, m.overlaps)
	})
}

// mentionsApp reports whether a clause mentions any app.
func (p *prompt) mentionsApp(c clause) bool {
	return slices.ContainsFunc(p.apps, func(m mention) bool { return c.from <= m.from && m.to <= c.to })
}

// opensAsNoun reports whether the word that looks like an imperative is a noun, as
// in "delete button does nothing", where "the" is left out.
func (p *prompt) opensAsNoun(start int, c clause) bool {
	if app, ok := p.appAt(start); ok && app.to > start+1 && !app.weak { // "color picker"
		return true
	}
	return start+1 < c.to && nounFollowers[p.words[start+1].text]
}

// opening returns the word of a clause that follows "please" and the like.
func (p *prompt) opening(c clause) int {
	i := c.from
	for i < c.to {
		m, ok := says["polite"].at(p.words[:c.to], i, p.language)
		if !ok {
			break
		}
		i = m.to
	}
	return i
}

// stands reports whether a phrase of a row stands at word i of a clause.
func (p *prompt) stands(row string, i int, c clause) bool { return p.length(row, i, c) > 0 }

// length returns the number of words of the phrase of a row that stands at word i
// of a clause; 0 if none does.
func (p *prompt) length(row string, i int, c clause) int {
	if i >= c.to {
		return 0
	}
	m, _ := says[row].at(p.words[:c.to], i, p.language)
	return max(m.to-i, 0)
}
