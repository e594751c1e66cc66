package expression

import (
	"slices"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/overloads"
	"cel.dev/cel-go/common/types"
)

// role is what has to be done around a part of an expression, because of its place in the whole.
type role struct {
	// steps are counted each time before the part runs. It is the body of a loop, and this is how many parts it has.
	// Parts outside of loops run once, so that the length of the text bounds them.
	steps int
	// looped is gone through by a loop, which makes a list of its items first.
	looped bool
	// key is hashed.
	key bool
	// item becomes an item of a list or map. It must not be an optional.
	item bool
	// optional becomes one if it is there. It must be an optional, or CEL would quote it in a message.
	optional bool
	// made is a new list or map.
	made bool
}

// plan is what is found out about an expression when it is compiled.
type plan struct {
	ast   *ast.AST
	roles map[int64]role
	// patterns are those of calls of matches.
	patterns map[int64]*pattern
	// matched is the size of all patterns.
	matched int
	// accumulates are the additions by which macros collect their results.
	accumulates map[int64]bool
	// optionals tells of each map which members are left out when they have no value.
	optionals map[int64][]bool
	err       *Error
}

// The steps for making things, which takes memory, too.
const (
	stepsForLoop = 10
	stepsForList = 10
	stepsForMap  = 20
)

func newPlan(checked *ast.AST) (*plan, error) {
	p := &plan{
		ast:         checked,
		roles:       map[int64]role{},
		patterns:    map[int64]*pattern{},
		accumulates: map[int64]bool{},
		optionals:   map[int64][]bool{},
	}

	p.walk(checked.Expr())

	if p.err != nil {
		return nil, p.err
	}

	return p, nil
}

// forget drops what is of no use after the program has been made. CEL keeps the decorator, and that the plan.
func (p *plan) forget() { *p = plan{} }

// refuse keeps the first thing that is wrong.
func (p *plan) refuse(id int64, message string) {
	if p.err == nil {
		p.err = errorAt(p.ast.SourceInfo(), id, message)
	}
}

func (p *plan) assign(id int64, change func(*role)) {
	changed := p.roles[id]
	change(&changed)
	p.roles[id] = changed
}

// walk goes through a part of the expression, and returns how many steps it takes at most, without those of loops.
func (p *plan) walk(part ast.Expr) int {
	switch part.Kind() {
	case ast.CallKind:
		return p.call(part)
	case ast.ComprehensionKind:
		return p.loop(part)
	case ast.ListKind:
		return p.list(part)
	case ast.MapKind:
		return p.object(part)
	case ast.SelectKind:
		return 1 + p.walk(part.AsSelect().Operand())
	default:
		return 1
	}
}

func (p *plan) call(part ast.Expr) int {
	call := part.AsCall()
	args := call.Args()
	steps := 1

	if call.IsMemberFunction() {
		steps += p.walk(call.Target())
	}

	for _, arg := range args {
		steps += p.walk(arg)
	}

	switch call.FunctionName() {
	case operators.Index, operators.OptIndex, operators.OptSelect:
		p.key(args[1])
	case operators.In, operators.OldIn, overloads.DeprecatedIn:
		p.key(args[0])
	case operators.Add:
		p.accumulates[part.ID()] = args[0].Kind() == ast.IdentKind && args[0].AsIdent() == accumulator
	case "matches":
		p.match(part.ID(), args[len(args)-1])
	}

	return steps
}

// accumulator is the variable in which macros collect their results. The text of an expression cannot name it.
const accumulator = "@result"

// key marks what is hashed. Constants are as short as the expression.
func (p *plan) key(part ast.Expr) {
	if part.Kind() != ast.LiteralKind {
		p.assign(part.ID(), func(r *role) { r.key = true })
	}
}

func (p *plan) match(id int64, part ast.Expr) {
	var text types.String

	ok := part.Kind() == ast.LiteralKind
	if ok {
		text, ok = part.AsLiteral().(types.String)
	}

	if !ok {
		p.refuse(part.ID(), "the pattern of matches must be written out as a string")

		return
	}

	compiled, err := compilePattern(string(text), maxPattern-p.matched)
	if err != nil {
		p.refuse(part.ID(), err.Error())

		return
	}

	p.patterns[id] = compiled
	p.matched += compiled.size
}

func (p *plan) loop(part ast.Expr) int {
	loop := part.AsComprehension()
	source := loop.IterRange()
	steps := stepsForLoop + p.walk(source) + p.walk(loop.AccuInit()) + p.walk(loop.Result())

	body := 1 + p.walk(loop.LoopCondition()) + p.walk(loop.LoopStep())
	p.assign(loop.LoopStep().ID(), func(r *role) { r.steps = body })
	p.assign(source.ID(), func(r *role) { r.looped = true })
	p.assign(part.ID(), func(r *role) { r.made = true })

	return steps
}

func (p *plan) list(part ast.Expr) int {
	list := part.AsList()
	steps := stepsForList

	for place, item := range list.Elements() {
		steps += p.walk(item)
		p.item(item, slices.Contains(list.OptionalIndices(), int32(place)))
	}

	p.assign(part.ID(), func(r *role) { r.made = true })

	return steps
}

func (p *plan) object(part ast.Expr) int {
	steps := stepsForMap

	for _, entry := range part.AsMap().Entries() {
		member := entry.AsMapEntry()
		steps += p.walk(member.Key()) + p.walk(member.Value())

		p.key(member.Key())
		p.item(member.Value(), member.IsOptional())
		p.optionals[part.ID()] = append(p.optionals[part.ID()], member.IsOptional())
	}

	p.assign(part.ID(), func(r *role) { r.made = true })

	return steps
}

func (p *plan) item(part ast.Expr, optional bool) {
	of := p.ast.GetType(part.ID())

	switch {
	case optional:
		p.assign(part.ID(), func(r *role) { r.optional = true })
	case of.Kind() == types.OpaqueKind && of.TypeName() == types.OptionalType.TypeName():
		p.refuse(part.ID(), "may be missing: append .orValue(...), or put a ? before it and its key")
	case of.Kind() == types.DynKind || of.Kind() == types.TypeParamKind:
		p.assign(part.ID(), func(r *role) { r.item = true })
	}
}
