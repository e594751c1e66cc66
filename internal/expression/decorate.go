package expression

import (
	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/functions"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/overloads"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
	"cel.dev/cel-go/interpreter"
)

// bindings returns what CEL calls for each function and overload of it.
func bindings(env *cel.Env) (map[string]*functions.Overload, error) {
	all := map[string]*functions.Overload{}

	for _, declared := range env.Functions() {
		bound, err := declared.Bindings()
		if err != nil {
			return nil, err
		}

		for _, overload := range bound {
			all[overload.Operator] = overload
		}
	}

	return all, nil
}

// decorate puts guards and roles around the parts of a program. CEL calls it for each of them when it has made it.
func (p *plan) decorate(env *environment) interpreter.InterpretableDecoratorV2 {
	return func(part interpreter.InterpretableV2) (interpreter.InterpretableV2, error) {
		role := p.roles[part.ID()]

		switch made := part.(type) {
		case interpreter.InterpretableCall:
			part = p.guarded(made, env.bindings)
		case interpreter.InterpretableConstructor:
			// What is made of constants is no larger than its text, and CEL makes a constant of it.
			role.made = !constant(made.InitVals())

			if made.Type() == types.MapType {
				part = p.record(made)
			}
		}

		if role == roleless {
			return part, nil
		}

		if attribute, ok := part.(interpreter.InterpretableAttribute); ok {
			return &attributeNode{InterpretableAttribute: attribute, role: role, factory: env.attributes}, nil
		}

		return &node{InterpretableV2: part, role: role}, nil
	}
}

// roleless is the role of most parts.
var roleless role

func constant(parts []interpreter.InterpretableV2) bool {
	for _, part := range parts {
		if _, ok := part.(interpreter.InterpretableConst); !ok {
			return false
		}
	}

	return true
}

func (p *plan) record(made interpreter.InterpretableConstructor) interpreter.InterpretableV2 {
	node := newRecordNode(made, p.optionals[made.ID()])

	if constant(made.InitVals()) {
		return interpreter.NewConstValue(made.ID(), node.Eval(interpreter.EmptyActivation()))
	}

	return node
}

func (p *plan) guarded(
	call interpreter.InterpretableCall, known map[string]*functions.Overload,
) interpreter.InterpretableV2 {
	name := call.Function()

	check, found := guards[name]
	if !found || p.accumulates[call.ID()] {
		return call
	}

	made := &callNode{id: call.ID(), args: call.Args(), guard: check}

	switch name {
	case operators.Equals:
		made.run = func(args ...ref.Val) ref.Val { return types.Equal(args[0], args[1]) }
	case operators.NotEquals:
		made.run = func(args ...ref.Val) ref.Val { return types.Bool(types.Equal(args[0], args[1]) != types.True) }
	case "matches":
		made.guard, made.run = p.patterns[call.ID()].guard, p.patterns[call.ID()].call
	default:
		if precomputed(call) {
			return call
		}

		overload, ok := known[call.OverloadID()]
		if !ok {
			overload = known[name]
		}

		made.run = binding(name, overload)
	}

	if name == operators.Add {
		made.run = plus(made.run)
	}

	return made
}

// precomputed tells whether CEL does the work when it compiles, for which the call has to stay what it is: it converts
// constants, and looks into a list of constants by a hash. Constants are short.
func precomputed(call interpreter.InterpretableCall) bool {
	args := call.Args()

	return constant(args) && overloads.IsTypeConversionFunction(call.Function()) ||
		call.OverloadID() == overloads.InList && constant(args[1:])
}

// binding returns how an overload is called, for CEL does not say it of a call.
func binding(name string, overload *functions.Overload) functions.FunctionOp {
	return func(args ...ref.Val) ref.Val {
		if overload.OperandTrait != 0 && !args[0].Type().HasTrait(overload.OperandTrait) {
			return types.NewErr("no such overload: %s", name)
		}

		switch {
		case len(args) == 1 && overload.Unary != nil:
			return overload.Unary(args[0])
		case len(args) == 2 && overload.Binary != nil:
			return overload.Binary(args[0], args[1])
		case overload.Function != nil:
			return overload.Function(args...)
		default:
			return types.NewErr("no such overload: %s", name)
		}
	}
}

// plus makes one list of two. CEL would keep both, and take the longer to find an item the more of them were added.
func plus(add functions.FunctionOp) functions.FunctionOp {
	return func(args ...ref.Val) ref.Val {
		first, isFirst := args[0].(traits.Lister)
		second, isSecond := args[1].(traits.Lister)

		if !isFirst || !isSecond {
			return add(args...)
		}

		both := make([]ref.Val, 0, items(first)+items(second))

		for _, list := range []traits.Lister{first, second} {
			for it := list.Iterator(); it.HasNext() == types.True; {
				both = append(both, it.Next())
			}
		}

		return types.NewRefValList(types.DefaultTypeAdapter, both)
	}
}

// encode is json.encode. Unlike that of CEL, it writes like [Shape.Render] and stops when it has written too much.
func encode(value ref.Val) ref.Val {
	text, err := (&writer{}).value(value)
	if err != nil {
		return types.WrapErr(err)
	}

	return types.String(text)
}
