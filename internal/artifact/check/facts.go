package check

import (
	"bytes"

	"github.com/tdewolff/parse/v2/js"
)

// facts are what a whole script holds, whether or not it runs.
type facts struct {
	imports  []importing
	uses     []reference     // files that it fetches, or runs as workers
	strings  map[string]bool // what may be an id: strings that are one word, and ids in markup
	phrases  map[string]bool // the words of the other strings
	splits   bool            // it makes words of phrases
	prefixes []string        // what strings begin with that are put together
	guarded  map[string]bool // names that it asks for before it uses them
	handlers []textHandler   // in markup that it writes

	globals map[string]global // what it defines for others
	own     map[string]bool   // all names that it declares anywhere
	loose   bool              // it hands the window over: whatever gets a property may be it
	members []string          // the properties that it gives a value
	needs   []importing       // what it asks for by require()
	opaque  bool              // it defines globals by names that nobody can read here
	loads   bool              // it loads other scripts

	functions  map[*js.Var]function // by the variable that holds one
	classes    map[*js.Var]*js.ClassDecl
	constants  map[*js.Var]bool
	assigned   map[*js.Var]int // how often a variable gets a value
	properties map[string]int  // the same for what is called this.NAME
	hidden     map[string]bool // names that its imports and classes declare, which the parser does not tell
	doubt      bool            // a browser may not read it, or it changes a constant: esbuild knows
	moduleAt   []byte          // the first import or export
}

// importing is an import of a module.
type importing struct {
	target string
	data   []byte
	late   bool // by import(): the script may see to what is missing
}

// textHandler is a handler in markup that a script writes.
type textHandler struct {
	name string
	data []byte
}

// global is how a script defines a global.
type global int

const (
	lexical  global = iota + 1 // let, const, class: another one of this name is an error
	variable                   // var, function
	property                   // of the window
)

// function is a function that a variable holds.
type function struct {
	params *js.Params
	body   *js.BlockStmt
}

// functionOf returns what runs when a function is called: nothing for a generator.
func functionOf(f *js.FuncDecl) function {
	if f.Generator {
		return function{}
	}
	return function{&f.Params, &f.Body}
}

func newFacts() facts {
	return facts{
		strings: map[string]bool{}, phrases: map[string]bool{}, guarded: map[string]bool{}, globals: map[string]global{}, own: map[string]bool{},
		functions: map[*js.Var]function{}, classes: map[*js.Var]*js.ClassDecl{}, constants: map[*js.Var]bool{}, assigned: map[*js.Var]int{}, properties: map[string]int{}, hidden: map[string]bool{},
	}
}

// look fills in the facts.
func (s *script) look() {
	v := &looker{script: s, loops: []int{0}, lookups: map[*js.LiteralExpr]bool{}}
	for _, d := range s.tree.Declared {
		switch d.Decl {
		case js.LexicalDecl:
			s.globals[string(d.Data)] = lexical
		case js.VariableDecl, js.FunctionDecl:
			s.globals[string(d.Data)] = variable
		}
	}
	js.Walk(v, s.tree)
	for name, n := range s.assigned {
		s.doubt = s.doubt || n > 1 && s.constants[name]
	}
	if s.loose {
		for _, name := range s.members {
			v.define(name, property)
		}
	}
}

// looker visits all nodes of a script.
type looker struct {
	*script
	functions int // how many are open
	classes   int
	loops     []int                    // how many loops are open, in each open function
	lookups   map[*js.LiteralExpr]bool // they name an element, and make none
}

// Enter visits a node before its children.
func (v *looker) Enter(n js.INode) js.IVisitor {
	switch n := n.(type) {
	case *js.BlockStmt:
		v.block(n)
	case *js.ForStmt, *js.WhileStmt, *js.DoWhileStmt, *js.SwitchStmt:
		v.loops[len(v.loops)-1]++
	case *js.BranchStmt:
		v.doubt = v.doubt || v.loops[len(v.loops)-1] == 0 && len(n.Label) == 0
	case *js.FuncDecl:
		v.enter()
		if n.Name != nil {
			add(v.own, n.Name.Data)
			v.script.functions[resolved(n.Name)] = functionOf(n)
		}
	case *js.ArrowFunc, *js.MethodDecl:
		v.enter()
	case *js.ClassDecl:
		v.classes++
		if n.Name != nil {
			add(v.own, n.Name.Data)
			v.hidden[string(n.Name.Data)] = v.hidden[string(n.Name.Data)] || n.Name.Decl == js.ExprDecl
			v.script.classes[resolved(n.Name)] = n
		}
	case *js.VarDecl:
		v.declare(n)
	case *js.ImportStmt:
		v.importStmt(n)
	case *js.ExportStmt:
		v.isModule(n.Module)
		if len(n.Module) > 0 {
			v.imports = append(v.imports, importing{target: unquoted(n.Module), data: n.Module})
		}
	case *js.LiteralExpr:
		if n.TokenType == js.StringToken && !v.lookups[n] {
			v.text(n.Data, false)
		}
	case *js.TemplateExpr:
		for i := range n.List {
			v.text(n.List[i].Value, true)
		}
		v.text(n.Tail, false)
	case *js.BinaryExpr:
		v.binary(n)
	case *js.Arg:
		v.hands(n.Value)
	case *js.BindingElement:
		v.hands(n.Default)
	case *js.Property:
		v.hands(n.Value)
	case *js.CondExpr:
		v.hands(n.X)
		v.hands(n.Y)
	case *js.UnaryExpr:
		v.unary(n)
	case *js.DotExpr:
		if isWindow(n.X) {
			if name, ok := propertyOf(n); ok {
				v.guarded[name] = true
			}
		}
	case *js.IndexExpr:
		if lit, ok := n.Y.(*js.LiteralExpr); ok && isWindow(n.X) && lit.TokenType == js.StringToken {
			v.guarded[unquoted(lit.Data)] = true
		}
	case *js.ForInStmt:
		v.loops[len(v.loops)-1]++
		v.assign(n.Init)
	case *js.ForOfStmt:
		v.loops[len(v.loops)-1]++
		v.assign(n.Init)
	case *js.CallExpr:
		v.call(n)
	case *js.NewExpr:
		if name := nameOf(n.X); name == "Worker" || name == "SharedWorker" {
			v.file(refWorker, n.Args)
		}
	}
	return v
}

func (v *looker) enter() {
	v.functions++
	v.loops = append(v.loops, 0)
}

// Exit leaves a node.
func (v *looker) Exit(n js.INode) {
	switch n.(type) {
	case *js.FuncDecl, *js.ArrowFunc, *js.MethodDecl:
		v.functions--
		v.loops = v.loops[:len(v.loops)-1]
	case *js.ForStmt, *js.WhileStmt, *js.DoWhileStmt, *js.SwitchStmt, *js.ForInStmt, *js.ForOfStmt:
		v.loops[len(v.loops)-1]--
	case *js.ClassDecl:
		v.classes--
	}
}

// block looks at the names of a scope. In a classic script a function in a block of the
// top is a global as well.
func (v *looker) block(n *js.BlockStmt) {
	for _, d := range n.Declared {
		add(v.own, d.Data)
		if d.Decl == js.FunctionDecl && v.functions == 0 {
			if _, there := v.globals[string(d.Data)]; !there {
				v.globals[string(d.Data)] = variable
			}
		}
	}
}

func (v *looker) declare(n *js.VarDecl) {
	for _, e := range n.List {
		name, ok := e.Binding.(*js.Var)
		if !ok {
			v.assign(e.Binding)
			continue
		}
		v.constants[resolved(name)] = n.TokenType == js.ConstToken
		if e.Default != nil || n.InForInOf {
			v.assigned[resolved(name)]++
		}
		switch value := ungrouped(e.Default).(type) {
		case *js.FuncDecl:
			v.script.functions[resolved(name)] = functionOf(value)
		case *js.ArrowFunc:
			v.script.functions[resolved(name)] = function{&value.Params, &value.Body}
		case *js.ClassDecl:
			v.script.classes[resolved(name)] = value
		}
	}
}

func (v *looker) importStmt(n *js.ImportStmt) {
	v.isModule(n.Module)
	v.imports = append(v.imports, importing{target: unquoted(n.Module), data: n.Module})
	for _, name := range append([][]byte{n.Default}, bindings(n.List)...) {
		v.own[string(name)], v.hidden[string(name)] = true, true
	}
}

func bindings(list []js.Alias) (all [][]byte) {
	for _, a := range list {
		all = append(all, a.Binding)
	}
	return all
}

func (v *looker) isModule(at []byte) {
	if v.moduleAt == nil {
		v.moduleAt = append([]byte{}, ' ')
		if len(at) > 0 {
			v.moduleAt = at
		}
	}
}

// text looks at a string, or at a part of a template that an expression may follow.
func (v *looker) text(data []byte, goesOn bool) {
	if len(data) > maxString {
		data = data[:maxString]
	}
	if said := bytes.Trim(data, "\"'`"); isID(string(said)) {
		add(v.strings, said)
	} else if bytes.IndexByte(data, '<') < 0 && len(data) < 2000 {
		for word := range bytes.FieldsFuncSeq(data, isNoneOfID) {
			add(v.phrases, word)
		}
	}
	if goesOn {
		v.prefix(data)
	}
	if bytes.IndexByte(data, '=') < 0 { // no attribute
		return
	}
	for _, m := range idInText().FindAllSubmatch(data, -1) {
		add(v.strings, m[1])
	}
	if !bytes.ContainsAny(data, "<>") { // no markup
		return
	}
	for _, m := range handlerInText().FindAllSubmatch(data, -1) {
		if isEvent(string(m[1])) {
			v.handlers = append(v.handlers, textHandler{name: string(m[2]), data: m[2]})
		}
	}
}

// maxString bounds how much of a string is looked at: what is longer is data.
const maxString = 64 << 10

var handlerInText = compiled(`[\s"'](on[a-z]+)\s*=\s*\\?["']\s*([A-Za-z_$][\w$]*)\s*\(`)

// add adds a name to a set. To look a name up copies nothing, and most are there.
func add(set map[string]bool, name []byte) {
	if !set[string(name)] {
		set[string(name)] = true
	}
}

// prefix keeps what an id may begin with.
func (v *looker) prefix(data []byte) {
	data = bytes.TrimSuffix(bytes.TrimRight(data, "\"'`"), []byte("${"))
	if word := data[len(bytes.TrimRightFunc(data, isOfID)):]; len(word) >= 2 {
		v.prefixes = append(v.prefixes, string(word))
	}
}

func (v *looker) binary(n *js.BinaryExpr) {
	switch n.Op {
	case js.AddToken:
		x := n.X
		if sum, ok := x.(*js.BinaryExpr); ok && sum.Op == js.AddToken {
			x = sum.Y
		}
		if lit, ok := x.(*js.LiteralExpr); ok && lit.TokenType == js.StringToken {
			v.prefix(lit.Data)
		}
	case js.InToken:
		if lit, ok := n.X.(*js.LiteralExpr); ok && lit.TokenType == js.StringToken {
			v.guarded[unquoted(lit.Data)] = true
		}
	case js.OrToken, js.NullishToken, js.AndToken:
		v.hands(n.Y)
	default:
		if isAssignment(n.Op) {
			v.doubt = v.doubt || !isTarget(n.X)
			v.assign(n.X)
			v.holds(n)
			v.hands(n.Y)
		}
	}
}

func (v *looker) unary(n *js.UnaryExpr) {
	switch {
	case n.Op == js.AwaitToken:
		v.doubt = v.doubt || v.functions == 0
	case n.Op == js.TypeofToken:
		if name := nameOf(ungrouped(n.X)); name != "" {
			v.guarded[name] = true
		}
	case counts(n.Op):
		v.assign(n.X)
	}
}
