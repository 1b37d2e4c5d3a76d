package check

import (
	"strings"

	"github.com/tdewolff/parse/v2/js"
)

// assign looks at what gets a value: a variable, a property, or a pattern of them.
func (v *looker) assign(target js.INode) {
	switch t := target.(type) {
	case *js.Var:
		v.assigned[resolved(t)]++
		if isFree(t) {
			v.define(string(t.Name()), property)
		}
	case *js.DotExpr:
		name, ok := propertyOf(t)
		if ok && isThis(t.X) {
			v.properties[name]++
		}
		v.members = append(v.members, name)
		if ok && (isWindow(t.X) || isThis(t.X) && v.classes == 0) {
			v.define(name, property)
		}
	case *js.IndexExpr:
		if !isWindow(t.X) {
			return
		}
		if lit, ok := t.Y.(*js.LiteralExpr); ok && lit.TokenType == js.StringToken {
			v.define(unquoted(lit.Data), property)
		} else {
			v.opaque = true
		}
	case *js.GroupExpr:
		v.assign(t.X)
	case *js.ArrayExpr:
		for _, e := range t.List {
			v.assign(e.Value)
		}
	case *js.ObjectExpr:
		for _, p := range t.List {
			v.assign(p.Value)
		}
	case *js.BinaryExpr: // a default
		v.assign(t.X)
	case *js.BindingArray:
		for _, e := range t.List {
			v.assign(e.Binding)
		}
		v.assign(t.Rest)
	case *js.BindingObject:
		for _, item := range t.List {
			v.assign(item.Value.Binding)
		}
		if t.Rest != nil {
			v.assign(t.Rest)
		}
	case *js.VarDecl:
		for _, e := range t.List {
			v.assign(e.Binding)
		}
	}
}

func (v *looker) define(name string, how global) {
	if _, there := v.globals[name]; !there {
		v.globals[name] = how
	}
	v.own[name] = true
}

func (v *looker) call(n *js.CallExpr) {
	first := js.IExpr(nil)
	if len(n.Args.List) > 0 {
		first = n.Args.List[0].Value
	}
	if lit, ok := n.X.(*js.LiteralExpr); ok && lit.TokenType == js.ImportToken {
		if target, ok := first.(*js.LiteralExpr); ok && target.TokenType == js.StringToken {
			v.imports = append(v.imports, importing{target: unquoted(target.Data), data: target.Data, late: true})
		}
		return
	}
	if lit, _, ok := lookup(n); ok {
		v.lookups[lit] = true
	}
	name := nameOf(n.X)
	if dot, ok := n.X.(*js.DotExpr); ok {
		name, _ = propertyOf(dot)
		v.method(n, dot, name)
	}
	switch name {
	case "require":
		if target, ok := first.(*js.LiteralExpr); ok && target.TokenType == js.StringToken {
			v.needs = append(v.needs, importing{target: unquoted(target.Data), data: target.Data})
		}
	case "fetch":
		v.file(refData, &n.Args)
	case "register", "addModule":
		v.file(refNamed, &n.Args)
	case "split":
		v.splits = true
	case "importScripts", "getScript", "loadScript":
		v.loads = true
	case "createElement":
		if lit, ok := first.(*js.LiteralExpr); ok && strings.EqualFold(unquoted(lit.Data), "script") {
			v.loads = true
		}
	}
}

// method looks at a call of a method.
func (v *looker) method(n *js.CallExpr, dot *js.DotExpr, name string) {
	switch owner := nameOf(dot.X); {
	case owner == "Object" && (name == "assign" || name == "defineProperty" || name == "defineProperties") && len(n.Args.List) > 1 && isWindow(n.Args.List[0].Value):
		for _, a := range n.Args.List[1:] {
			v.defineAll(a.Value)
		}
	case owner == "document" && (name == "write" || name == "writeln"):
		v.loads = true
	}
}

// defineAll looks at what gives the window several properties at once.
func (v *looker) defineAll(x js.IExpr) {
	switch x := x.(type) {
	case *js.ObjectExpr:
		for _, p := range x.List {
			if p.Name == nil || p.Name.Computed != nil {
				v.opaque = true
				continue
			}
			v.define(unquoted(p.Name.Literal.Data), property)
		}
	case *js.LiteralExpr:
		v.define(unquoted(x.Data), property)
	default:
		v.opaque = true
	}
}

// file keeps the file that the first argument names.
func (v *looker) file(kind refKind, args *js.Args) {
	if args == nil || len(args.List) == 0 {
		return
	}
	if lit, ok := args.List[0].Value.(*js.LiteralExpr); ok && lit.TokenType == js.StringToken {
		v.uses = append(v.uses, reference{kind: kind, target: unquoted(lit.Data), line: v.lineOf(lit.Data)})
	}
}

// hands notes that a value may be the window.
func (v *looker) hands(x js.IExpr) {
	v.loose = v.loose || isWindow(x) || isThis(ungrouped(x)) && v.functions == 0
}

// holds remembers the function that a variable is assigned.
func (v *looker) holds(n *js.BinaryExpr) {
	name, ok := n.X.(*js.Var)
	if !ok || n.Op != js.EqToken {
		return
	}
	switch value := ungrouped(n.Y).(type) {
	case *js.FuncDecl:
		v.script.functions[resolved(name)] = functionOf(value)
	case *js.ArrowFunc:
		v.script.functions[resolved(name)] = function{&value.Params, &value.Body}
	}
}
