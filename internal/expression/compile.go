package expression

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// program is a compiled expression.
type program struct {
	cel    cel.Program
	result *cel.Type
}

func compile(in func() (*environment, error), text string) (*program, error) {
	if err := checkText(text); err != nil {
		return nil, err
	}

	env, err := in()
	if err != nil {
		return nil, err
	}

	parsed, issues := env.cel.Parse(text)
	if issues.Err() != nil {
		return nil, fromIssue(issues.Errors()[0], text)
	}

	if err := checkOutline(parsed.NativeRep()); err != nil {
		return nil, err
	}

	checked, issues := env.cel.Check(parsed)
	if issues.Err() != nil {
		return nil, fromIssue(issues.Errors()[0], text)
	}

	plan, err := newPlan(checked.NativeRep())
	if err != nil {
		return nil, err
	}

	made, err := env.cel.Program(checked,
		cel.EvalOptions(cel.OptOptimize), cel.CustomDecoratorV2(plan.decorate(env)))
	if err != nil {
		// It calculated with constants and failed.
		id := int64(0)
		if failure := (*types.Err)(nil); errors.As(err, &failure) {
			id = failure.NodeID()
		}

		return nil, errorAt(checked.NativeRep().SourceInfo(), id, err.Error())
	}

	plan.forget()

	return &program{cel: made, result: checked.OutputType()}, nil
}

func checkText(text string) error {
	switch {
	case len(text) > MaxLength:
		return &Error{Line: 1, Column: 1, Message: fmt.Sprintf("must be at most %d bytes", MaxLength)}
	case !utf8.ValidString(text) || strings.ContainsRune(text, 0):
		// Postgres takes no NUL, and expressions are kept there.
		return &Error{Line: 1, Column: 1, Message: "must be UTF-8 without NUL"}
	case strings.TrimSpace(text) == "":
		return &Error{Line: 1, Column: 1, Message: "must not be empty"}
	default:
		return nil
	}
}

func (p *program) run(context *Context) (ref.Val, error) {
	allowed := MaxSteps

	budget := context.Event.Budget
	if budget != nil {
		allowed = min(allowed, budget.left)
	}

	vars := &variables{Context: context, meter: meter{left: allowed}}

	result, _, err := p.cel.Eval(vars)

	if budget != nil {
		budget.left -= allowed - max(vars.meter.left, 0)
	}

	switch {
	case vars.meter.failure != nil:
		return nil, vars.meter.failure
	case err != nil:
		return nil, fromCEL(err)
	default:
		return result, nil
	}
}

func errorAt(info *ast.SourceInfo, id int64, message string) *Error {
	location := info.GetStartLocation(id)

	return newError(location.Line(), location.Column(), message)
}

// newError returns an error at a place, as CEL counts it: lines from 1, columns from 0. Some have none.
func newError(line, column int, message string) *Error {
	return &Error{Line: max(line, 1), Column: max(column, 0) + 1, Message: clip(message)}
}

// fromIssue shortens what CEL says, which includes much that only its own developers understand.
func fromIssue(issue *cel.Error, text string) *Error {
	made := newError(issue.Location.Line(), issue.Location.Column(), "")

	message, _, _ := strings.Cut(issue.Message, " expecting ")
	message = strings.ReplaceAll(message, " (in container '')", "")

	// CEL knows only that there is no event, when there is no event.typ.
	if name, ok := strings.CutPrefix(message, "undeclared reference to '"); ok {
		message = "there is no " + made.longer(strings.TrimSuffix(name, "'"), text)
	}

	if strings.Contains(message, "recursion") {
		message = fmt.Sprintf("costs too much: parts are nested more than %d deep", maxDepth)
	}

	made.Message = clip(message)

	return made
}

var memberOf = regexp.MustCompile(`^\.[A-Za-z_][A-Za-z0-9_]*`)

// longer returns the name at the place of the error with the member that follows it in the text.
func (e *Error) longer(name, text string) string {
	lines := strings.Split(text, "\n")
	if e.Line > len(lines) {
		return name
	}

	line := []rune(lines[e.Line-1])
	rest, ok := strings.CutPrefix(string(line[min(e.Column-1, len(line)):]), name)

	if !ok {
		return name
	}

	return name + memberOf.FindString(rest)
}
