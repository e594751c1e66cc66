package expression

import (
	"fmt"
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// The limits of an explanation. Those of texts are in bytes.
const (
	maxExplanation = 300
	maxPart        = 120
	maxValue       = 100
	// maxLeaves is how many parts are explained. Others are counted.
	maxLeaves = 3
	// maxWritten is how many members of an object are written.
	maxWritten = 100
)

// say explains parts.
func (e *explainer) say(leaves []leaf) string {
	var said []string

	for n, one := range leaves {
		if n == maxLeaves {
			said = append(said, fmt.Sprintf("and %d more", len(leaves)-n))

			break
		}

		said = append(said, e.sayLeaf(one))
	}

	return shorten(strings.Join(said, "; "), maxExplanation)
}

func (e *explainer) sayLeaf(one leaf) string {
	text := shorten(one.text, maxPart)

	switch {
	case one.err != nil && one.err.Kind == MissingData:
		return text + " lacks data: " + one.err.Message
	case one.err != nil:
		return text + " fails: " + one.err.Message
	case !variable(one.part):
		return fmt.Sprintf("%s is always %t", text, one.holds)
	}

	text = fmt.Sprintf("%s is %t", text, one.holds)

	if operands := e.operands(one); len(operands) > 0 {
		text += ": " + strings.Join(operands, ", ")
	}

	return text
}

// operands says which values made a part what it is.
func (e *explainer) operands(one leaf) []string {
	switch one.part.Kind() {
	case ast.ComprehensionKind:
		return e.loop(one)
	case ast.CallKind:
		call := one.part.AsCall()

		if name := call.FunctionName(); name == operators.Index || name == operators.OptIndex {
			return nil
		}

		args := call.Args()
		if call.IsMemberFunction() {
			args = append([]ast.Expr{call.Target()}, args...)
		}

		return e.values(args)
	default:
		return nil
	}
}

// values says what those parts are that depend on the event.
func (e *explainer) values(parts []ast.Expr) []string {
	var said []string

	for _, part := range parts {
		if !variable(part) {
			continue
		}

		text := e.text(part)
		if value, err := e.run(text); err == nil {
			said = append(said, shorten(text, maxPart)+" is "+shown(value))
		}
	}

	return said
}

// variable tells whether a part depends on the event.
func variable(part ast.Expr) bool {
	depends := false

	ast.PostOrderVisit(part, ast.NewExprVisitor(func(one ast.Expr) {
		if one.Kind() == ast.IdentKind && strings.TrimPrefix(one.AsIdent(), ".") == "event" {
			depends = true
		}
	}))

	return depends
}

// loop says how much a macro had to go through, and for which item it is false if it is all.
func (e *explainer) loop(one leaf) []string {
	macro, ok := e.info.GetMacroCall(one.part.ID())
	if !ok || !macro.AsCall().IsMemberFunction() {
		return nil
	}

	source := e.text(macro.AsCall().Target())

	if macro.AsCall().FunctionName() == operators.All && !one.holds {
		if item, ok := e.first(source, macro.AsCall().Args()); ok {
			return []string{"not for " + item}
		}
	}

	value, err := e.run(source)
	if err != nil {
		return nil
	}

	return []string{shorten(source, maxPart) + " has " + counted(items(value), "item")}
}

// first returns the first item for which a condition is false.
func (e *explainer) first(source string, args []ast.Expr) (string, bool) {
	if len(args) != 2 {
		return "", false
	}

	// The condition of a macro may have a macro in it, which only the whole text has as it was written.
	value, err := e.run(fmt.Sprintf("(%s).filter(%s, !(%s))", source, e.text(args[0]), e.text(args[1])))
	if err != nil {
		return "", false
	}

	found, ok := value.(traits.Lister)
	if !ok || items(found) == 0 {
		return "", false
	}

	return shown(found.Get(types.IntZero)), true
}

func counted(count int, what string) string {
	if count == 1 {
		return "1 " + what
	}

	return fmt.Sprintf("%d %ss", count, what)
}

// shown returns a value as JSON, of which a long one is shortened.
func shown(value ref.Val) string {
	if maybe, ok := value.(*types.Optional); ok && !maybe.HasValue() {
		return "missing"
	}

	switch value := opened(value).(type) {
	case types.String:
		return quoted(string(value))
	case *object:
		return shorten(value.raw(), maxValue)
	case *array:
		return shorten(value.raw(), maxValue)
	case types.Duration:
		return value.String()
	case *types.Type:
		return value.TypeName()
	case traits.Mapper:
		if items(value) > maxWritten {
			return "an object of " + counted(items(value), "member")
		}

		return written(value)
	default:
		return written(value)
	}
}

func quoted(text string) string {
	w := &writer{}
	// Its beginning is all that can be seen of it.
	if err := w.string(shorten(text, maxValue-len(`""`))); err != nil {
		return "a string"
	}

	return shorten(string(w.out), maxValue)
}

// written returns as much of a value as there is room for.
func written(value ref.Val) string {
	w := &writer{limit: maxValue}

	err := w.write(value)
	if err == nil {
		return string(w.out)
	}

	if len(w.out) == 0 {
		return "of type " + value.Type().TypeName()
	}

	return cut(string(w.out), maxValue)
}
