package expression

import (
	"cel.dev/cel-go/common/functions"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/interpreter"
)

// node does what is to be done around a part of an expression.
type node struct {
	interpreter.InterpretableV2

	role role
}

// Exec implements [interpreter.InterpretableV2].
func (n *node) Exec(frame *interpreter.ExecutionFrame) ref.Val {
	m := meterOf(frame)
	n.role.before(m)

	return n.role.after(m, n.InterpretableV2.Exec(frame))
}

// Eval implements [interpreter.Interpretable].
func (n *node) Eval(vars interpreter.Activation) ref.Val { return n.Exec(interpreter.AsFrame(vars)) }

// attributeNode is a node for variables, members and items, which other parts ask for more than their value.
type attributeNode struct {
	interpreter.InterpretableAttribute

	role    role
	factory interpreter.AttributeFactory
}

// Exec implements [interpreter.InterpretableV2].
func (n *attributeNode) Exec(frame *interpreter.ExecutionFrame) ref.Val {
	m := meterOf(frame)
	n.role.before(m)

	return n.role.after(m, n.InterpretableAttribute.Exec(frame))
}

// Eval implements [interpreter.Interpretable].
func (n *attributeNode) Eval(vars interpreter.Activation) ref.Val {
	return n.Exec(interpreter.AsFrame(vars))
}

// Qualify implements [interpreter.Qualifier]. It finds the value that another one has under this key.
func (n *attributeNode) Qualify(vars interpreter.Activation, of any) (any, error) {
	qualifier, err := n.qualifier(vars)
	if err != nil {
		return nil, err
	}

	return qualifier.Qualify(vars, of)
}

// QualifyIfPresent implements [interpreter.Qualifier].
func (n *attributeNode) QualifyIfPresent(vars interpreter.Activation, of any, test bool) (any, bool, error) {
	qualifier, err := n.qualifier(vars)
	if err != nil {
		return nil, false, err
	}

	return qualifier.QualifyIfPresent(vars, of, test)
}

func (n *attributeNode) qualifier(vars interpreter.Activation) (interpreter.Qualifier, error) {
	if !n.role.key {
		return n.InterpretableAttribute, nil
	}

	key, err := n.Resolve(vars)
	if err != nil {
		return nil, err
	}

	if value, ok := key.(ref.Val); ok {
		meterOf(vars).scan(length(value))
	}

	return n.factory.NewQualifier(nil, n.ID(), key, n.IsOptional())
}

func (r role) before(m *meter) {
	if r.steps > 0 {
		m.spend(r.steps)
	}
}

func (r role) after(m *meter, value ref.Val) ref.Val {
	if types.IsUnknownOrError(value) {
		return value
	}

	if r.looped {
		m.spend(items(value))
	}

	if r.key {
		m.scan(length(value))
	}

	if r.made {
		m.admit(value)
	}

	if r.item && optional(value) {
		return types.NewErr("a value that may be missing cannot be an item: append .orValue(...)")
	}

	if r.optional {
		return present(value)
	}

	return value
}

func optional(value ref.Val) bool {
	_, ok := value.(*types.Optional)

	return ok
}

// present checks what stands behind a question mark.
func present(value ref.Val) ref.Val {
	maybe, ok := value.(*types.Optional)
	if !ok || maybe.HasValue() && optional(maybe.GetValue()) {
		return types.NewErr("what follows a ? must be a value that may be missing, such as event.data.?name")
	}

	return value
}

// callNode calls a function behind its guard.
type callNode struct {
	id    int64
	args  []interpreter.InterpretableV2
	guard guard
	run   functions.FunctionOp
}

// ID implements [interpreter.Interpretable].
func (n *callNode) ID() int64 { return n.id }

// Eval implements [interpreter.Interpretable].
func (n *callNode) Eval(vars interpreter.Activation) ref.Val {
	return n.Exec(interpreter.AsFrame(vars))
}

// Exec implements [interpreter.InterpretableV2].
func (n *callNode) Exec(frame *interpreter.ExecutionFrame) ref.Val {
	// No guarded function has more arguments, and an array saves an allocation.
	var space [4]ref.Val

	args := space[:0]

	for _, arg := range n.args {
		value := arg.Exec(frame)
		if types.IsUnknownOrError(value) {
			return value
		}

		args = append(args, value)
	}

	m := meterOf(frame)

	if n.guard != nil {
		if err := n.guard(m, args); err != nil {
			return types.LabelErrNode(n.id, err)
		}
	}

	result := n.run(args...)
	m.admit(result)

	return types.LabelErrNode(n.id, result)
}

// meterOf returns the meter of an evaluation.
func meterOf(vars interpreter.Activation) *meter {
	if found, ok := vars.ResolveName(meterName); ok {
		if m, ok := found.(*meter); ok {
			return m
		}
	}

	return &meter{} // There is one in every evaluation. Without one, nothing may be spent.
}
