package expression

import (
	"slices"
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/parser"
)

const (
	// explainSteps is what all parts of a condition may take together when it is explained: some 0.1 seconds. Each of
	// them may take [MaxSteps] of it.
	explainSteps = 2 * MaxSteps
	// stepsPerByte is for compiling a byte of an expression.
	stepsPerByte = 80
)

// Explain says which parts of a condition made it false for an event, and with which values, as in
//
//	event.data.priority == "high" is false: event.data.priority is "low"
//
// It says the same of parts that lack data, which make a condition false, too. It is empty when the condition is true.
// It has at most 300 bytes and may quote the payload, so it is for those only who may see the event. It takes some
// milliseconds, and counts on the budget of the event. Errors are [*EvalError].
func (c *Condition) Explain(event Event) (string, error) {
	shared := event.Budget
	allowed := explainSteps

	if shared != nil {
		allowed = min(allowed, shared.left)
	}

	own := NewBudget(allowed)
	event.Budget = own

	if shared != nil {
		defer func() { shared.left -= allowed - max(own.left, 0) }()
	}

	e, whole, err := newExplainer(c.text, event)
	if err != nil {
		return "", err
	}

	found := e.judge(whole)

	switch {
	case found.err != nil && found.err.Kind != MissingData:
		return "", found.err
	case found.holds:
		return "", nil
	default:
		return e.say(found.because), nil
	}
}

// explainer finds out what the parts of a condition give.
//
// Each part that and, or, not and ?: do not combine is compiled and run as an expression of its own, so that it is
// bounded as every other is. The rest is worked out here, by the rules of CEL. So no part is compiled twice.
type explainer struct {
	event Event
	// info has the macros as they were written.
	info *ast.SourceInfo
}

func newExplainer(text string, event Event) (*explainer, ast.Expr, *EvalError) {
	e := &explainer{event: event}
	if err := e.charge(text); err != nil {
		return nil, nil, err
	}

	env, err := explanations()
	if err != nil {
		return nil, nil, failed("%v", err)
	}

	parsed, issues := env.cel.Parse(text)
	if issues.Err() != nil {
		return nil, nil, failed("%v", issues.Err())
	}

	e.info = parsed.NativeRep().SourceInfo()

	return e, parsed.NativeRep().Expr(), nil
}

// charge counts for compiling a text.
func (e *explainer) charge(text string) *EvalError {
	e.event.Budget.left -= len(text) * stepsPerByte
	if e.event.Budget.left < 0 {
		return &EvalError{Kind: TooExpensive, Message: "takes too long to explain"}
	}

	return nil
}

// finding is what a part gives, and because of which smaller parts.
type finding struct {
	holds   bool
	err     *EvalError
	because []leaf
}

// leaf is a part that is explained by its operands.
type leaf struct {
	part  ast.Expr
	text  string
	holds bool
	err   *EvalError
}

func (e *explainer) judge(part ast.Expr) finding {
	switch function(part) {
	case operators.LogicalAnd:
		return e.combined(part, false)
	case operators.LogicalOr:
		return e.combined(part, true)
	case operators.LogicalNot:
		found := e.judge(part.AsCall().Args()[0])
		found.holds = !found.holds

		return found
	case operators.Conditional:
		return e.conditional(part.AsCall().Args())
	default:
		return e.leaf(part)
	}
}

// combined judges operands that are combined by and or by or. One that is false, or true, decides.
func (e *explainer) combined(part ast.Expr, decides bool) finding {
	all := finding{holds: !decides}
	without := finding{}

	for _, one := range flat(part, part.AsCall().FunctionName()) {
		found := e.judge(one)

		switch {
		case found.ends(), found.err == nil && found.holds == decides:
			return found
		case found.err != nil && without.err == nil:
			without = found
		}

		all.because = append(all.because, found.because...)
	}

	switch {
	case without.err == nil:
		return all
	case decides:
		all.err = without.err

		return all
	default:
		// The others are true.
		return without
	}
}

// ends tells whether nothing else counts, as it ends an evaluation.
func (f finding) ends() bool {
	return f.err != nil && (f.err.Kind == TooExpensive || f.err.Kind == TooLarge)
}

// flat returns the operands of a chain of one operator.
func flat(part ast.Expr, operator string) []ast.Expr {
	if function(part) != operator {
		return []ast.Expr{part}
	}

	var all []ast.Expr
	for _, one := range part.AsCall().Args() {
		all = append(all, flat(one, operator)...)
	}

	return all
}

func (e *explainer) conditional(args []ast.Expr) finding {
	chooses := e.judge(args[0])
	if chooses.err != nil {
		return chooses
	}

	chosen := args[2]
	if chooses.holds {
		chosen = args[1]
	}

	found := e.judge(chosen)
	found.because = slices.Concat(found.because, chooses.because)

	return found
}

func (e *explainer) leaf(part ast.Expr) finding {
	one := leaf{part: part, text: e.text(part)}

	value, err := e.run(one.text)

	switch {
	case err != nil:
		one.err = err
	case value.Type() != types.BoolType:
		one.err = failed("must be true or false, but is of type %s", value.Type().TypeName())
	default:
		one.holds = value == types.True
	}

	return finding{holds: one.holds, err: one.err, because: []leaf{one}}
}

// run returns what a part gives by itself.
func (e *explainer) run(text string) (ref.Val, *EvalError) {
	if err := e.charge(text); err != nil {
		return nil, err
	}

	compiled, err := compile(conditions, text)
	if err != nil {
		return nil, failed("%v", err)
	}

	value, err := compiled.run(&Context{Event: e.event})
	if err != nil {
		return nil, fromCEL(err)
	}

	return value, nil
}

// function returns the name of the function that a part calls, if it calls one.
func function(part ast.Expr) string {
	if part.Kind() != ast.CallKind {
		return ""
	}

	return part.AsCall().FunctionName()
}

// text returns a part as text, in one line. What cannot be written is empty, which does not compile.
func (e *explainer) text(part ast.Expr) string {
	text, err := parser.Unparse(part, e.info, parser.WrapOnColumn(2*MaxLength))
	if err != nil {
		return ""
	}

	return strings.TrimSpace(text)
}
