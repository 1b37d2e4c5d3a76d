package check

import (
	"strconv"
	"strings"

	"github.com/tdewolff/parse/v2/js"
)

// lookup reads a call that looks an element up by its id.
func lookup(x js.IExpr) (lit *js.LiteralExpr, id string, ok bool) {
	call, isCall := ungrouped(x).(*js.CallExpr)
	if !isCall || len(call.Args.List) != 1 {
		return nil, "", false
	}
	dot, isDot := call.X.(*js.DotExpr)
	lit, isLit := call.Args.List[0].Value.(*js.LiteralExpr)
	if !isDot || !isLit || lit.TokenType != js.StringToken {
		return nil, "", false
	}
	if of, ok := dot.X.(*js.Var); !ok || !isFree(of) || string(of.Name()) != "document" {
		return nil, "", false
	}
	text := unquoted(lit.Data)
	switch name, _ := propertyOf(dot); name {
	case "getElementById":
		return lit, text, isID(text)
	case "querySelector":
		if id, ok := strings.CutPrefix(text, "#"); ok && isID(id) {
			return lit, id, true
		}
	}
	return nil, "", false
}

// isID reports whether a text is an id as people write them.
func isID(text string) bool { return text != "" && !strings.ContainsFunc(text, isNoneOfID) }

func isNoneOfID(r rune) bool { return !isOfID(r) }

func isOfID(r rune) bool {
	return r == '-' || r == '_' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
}

func resolved(v *js.Var) *js.Var {
	for v.Link != nil {
		v = v.Link
	}
	return v
}

// isFree reports whether nothing in the script declares a variable, but perhaps an import.
func isFree(v *js.Var) bool { return resolved(v).Decl == js.NoDecl }

// nameOf returns the name of a variable; "" for any other expression.
func nameOf(x js.IExpr) string {
	if v, ok := x.(*js.Var); ok {
		return string(v.Name())
	}
	return ""
}

func isThis(x js.IExpr) bool {
	lit, ok := x.(*js.LiteralExpr)
	return ok && lit.TokenType == js.ThisToken
}

func isWindow(x js.IExpr) bool {
	switch v, ok := ungrouped(x).(*js.Var); {
	case !ok || !isFree(v):
		return false
	default:
		switch string(v.Name()) {
		case "window", "globalThis", "self", "top", "parent":
			return true
		}
		return false
	}
}

func propertyOf(dot *js.DotExpr) (name string, ok bool) {
	switch y := dot.Y.(type) {
	case js.LiteralExpr:
		return string(y.Data), true
	case *js.LiteralExpr:
		return string(y.Data), true
	case *js.Var: // of a private property
		return string(y.Data), true
	}
	return "", false
}

func ungrouped(x js.IExpr) js.IExpr {
	for {
		group, ok := x.(*js.GroupExpr)
		if !ok {
			return x
		}
		x = group.X
	}
}

func isAssignment(op js.TokenType) bool {
	switch op {
	case js.EqToken, js.MulEqToken, js.DivEqToken, js.ModEqToken, js.ExpEqToken, js.AddEqToken, js.SubEqToken, js.LtLtEqToken,
		js.GtGtEqToken, js.GtGtGtEqToken, js.BitAndEqToken, js.BitXorEqToken, js.BitOrEqToken, js.AndEqToken, js.OrEqToken, js.NullishEqToken:
		return true
	}
	return false
}

// isTarget reports whether something can be given a value.
func isTarget(x js.IExpr) bool {
	switch x := ungrouped(x).(type) {
	case *js.DotExpr:
		return !x.Optional
	case *js.Var, *js.IndexExpr, *js.ArrayExpr, *js.ObjectExpr:
		return true
	}
	return false
}

// counts reports whether an operator adds one to a variable, or takes one from it.
func counts(op js.TokenType) bool {
	return op == js.PreIncrToken || op == js.PreDecrToken || op == js.PostIncrToken || op == js.PostDecrToken
}

// unquoted returns what a string literal says.
func unquoted(data []byte) string {
	if len(data) < 2 || data[0] != '"' && data[0] != '\'' && data[0] != '`' {
		return string(data)
	}
	text := string(data[1 : len(data)-1])
	if strings.IndexByte(text, '\\') < 0 {
		return text
	}
	if said, err := strconv.Unquote(`"` + strings.ReplaceAll(strings.ReplaceAll(text, `\'`, `'`), `"`, `\"`) + `"`); err == nil {
		return said
	}
	return text
}
