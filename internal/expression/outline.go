package expression

import (
	"fmt"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
)

// maxMacros is how deep macros of any kind may be nested, those included that only give a value a name. A chain of them
// is nested, too.
const maxMacros = 8

// outline looks at an expression when it has been parsed, before its types are found. That takes time by the square of
// the number of operations, and by the third power of the depth of macros: more than a second, without these limits.
type outline struct {
	info       *ast.SourceInfo
	operations int
	// macros and loops are in how many of them we are. Loops are the macros that go through lists and objects.
	macros int
	loops  int
}

func checkOutline(parsed *ast.AST) error {
	o := &outline{info: parsed.SourceInfo()}

	if err := o.walk(parsed.Expr()); err != nil {
		return err
	}

	return nil
}

func (o *outline) refuse(part ast.Expr, format string, limit int) *Error {
	return errorAt(o.info, part.ID(), "costs too much: "+fmt.Sprintf(format, limit))
}

func (o *outline) walk(parts ...ast.Expr) *Error {
	for _, part := range parts {
		if err := o.part(part); err != nil {
			return err
		}
	}

	return nil
}

func (o *outline) part(part ast.Expr) *Error {
	if operates(part) {
		o.operations++
	}

	if o.operations > MaxOperations {
		return o.refuse(part, "has more than %d operations", MaxOperations)
	}

	switch part.Kind() {
	case ast.CallKind:
		call := part.AsCall()
		if call.IsMemberFunction() {
			if err := o.walk(call.Target()); err != nil {
				return err
			}
		}

		return o.walk(call.Args()...)
	case ast.ComprehensionKind:
		return o.macro(part)
	case ast.ListKind:
		return o.walk(part.AsList().Elements()...)
	case ast.MapKind:
		for _, entry := range part.AsMap().Entries() {
			if err := o.walk(entry.AsMapEntry().Key(), entry.AsMapEntry().Value()); err != nil {
				return err
			}
		}

		return nil
	case ast.SelectKind:
		return o.walk(part.AsSelect().Operand())
	case ast.StructKind:
		return errorAt(o.info, part.ID(), "there are no messages: write an object as {\"name\": value}")
	default:
		return nil
	}
}

// operates tells whether the types of a part have to be found by trying.
func operates(part ast.Expr) bool {
	switch part.Kind() {
	case ast.CallKind:
		name := part.AsCall().FunctionName()

		return name != operators.LogicalAnd && name != operators.LogicalOr
	case ast.ListKind:
		return part.AsList().Size() == 0
	case ast.MapKind:
		return part.AsMap().Size() == 0
	default:
		return false
	}
}

func (o *outline) macro(part ast.Expr) *Error {
	macro := part.AsComprehension()

	o.macros++
	defer func() { o.macros-- }()

	if o.macros > maxMacros {
		return o.refuse(part, "macros are nested more than %d deep", maxMacros)
	}

	// What the loop goes through is there before it begins.
	if err := o.walk(macro.IterRange(), macro.AccuInit()); err != nil {
		return err
	}

	if loops(macro) {
		o.loops++
		defer func() { o.loops-- }()
	}

	if o.loops > MaxNesting {
		return o.refuse(part, "loops are nested more than %d deep", MaxNesting)
	}

	return o.walk(macro.LoopCondition(), macro.LoopStep(), macro.Result())
}

// loops tells macros that go through lists and objects from those that only give a value a name. CEL writes both as
// loops, and the latter have nothing to go through.
func loops(macro ast.ComprehensionExpr) bool {
	source := macro.IterRange()

	return source.Kind() != ast.ListKind || source.AsList().Size() > 0
}
