package expression

import (
	"time"

	"cel.dev/cel-go/cel"
)

// StandardEnvelope is the shape of a request as the Standard Webhooks specification has it.
const StandardEnvelope = `{"type": event.type, "timestamp": event.timestamp, "data": event.data}`

// The limits of expressions.
const (
	// MaxLength is how long the text of an expression may be, in bytes.
	MaxLength = 4096
	// MaxNesting is how deep loops may be nested: macros such as all and map that go through lists and objects.
	MaxNesting = 3
	// MaxOperations is how many operators, calls and empty lists and objects an expression may have, those that macros
	// are made of included. And and or do not count.
	MaxOperations = 300
	// MaxSteps is how much work one evaluation may take. A step is some 50 nanoseconds, so that even the worst expression
	// ends after a small part of a second. Expressions as people write them take a few hundred.
	MaxSteps = 1_000_000
	// MaxOutput is how much one evaluation may give, in bytes. No string in between may be longer, either.
	MaxOutput = 1 << 20
)

// Event is what expressions know of an event.
type Event struct {
	ID   string
	Type string
	// OccurredAt is event.timestamp.
	OccurredAt  time.Time
	CreatedAt   time.Time
	Test        bool
	ResourceIDs []string
	// Data is the payload. Nil is an event without one: whoever asks for it gets an error of kind [MissingData].
	Data *Data
	// Budget is what all evaluations that share it may take together. Nil means that only their own limit counts.
	Budget *Budget
}

// Budget bounds the steps of many evaluations, such as those of all filters for one event. It is not safe for
// concurrent use.
type Budget struct{ left int }

// NewBudget returns a budget of some steps: see [MaxSteps].
func NewBudget(steps int) *Budget { return &Budget{left: steps} }

// Left is how many steps are left, 0 at least.
func (b *Budget) Left() int { return max(b.left, 0) }

// Context is what the shape of a request knows: more than a condition does.
type Context struct {
	Event            Event
	WebhookID        string
	WebhookName      string
	OrganizationID   string
	OrganizationName string
	OrganizationSlug string
	DeliveryID       string
}

// Condition is a compiled expression that is true or false. It is safe for concurrent use, like [Shape] and [Text].
type Condition struct {
	program *program
	text    string
}

// CompileCondition compiles a condition, which sees event.* only. Errors are [*Error]: also when the expression may
// give something else than a bool.
func CompileCondition(text string) (*Condition, error) {
	compiled, err := compile(conditions, text)
	if err != nil {
		return nil, err
	}

	if !compiled.result.IsExactType(cel.BoolType) {
		return nil, &Error{Line: 1, Column: 1, Message: "must be true or false, but is of type " +
			cel.FormatCELType(compiled.result) + ": compare it with something"}
	}

	return &Condition{program: compiled, text: text}, nil
}

// Match tells whether the condition holds for an event. Errors are [*EvalError].
func (c *Condition) Match(event Event) (bool, error) {
	result, err := c.program.run(&Context{Event: event})
	if err != nil {
		return false, err
	}

	// Other types were refused when it was compiled.
	return result.Value() == true, nil
}

// Shape is a compiled expression that gives a JSON value.
type Shape struct{ program *program }

// CompileShape compiles a shape. Errors are [*Error].
func CompileShape(text string) (*Shape, error) {
	compiled, err := compile(shapes, text)
	if err != nil {
		return nil, err
	}

	return &Shape{program: compiled}, nil
}

// Render returns compact JSON of at most [MaxOutput] bytes, always the same for the same context. Errors are
// [*EvalError].
func (s *Shape) Render(context Context) ([]byte, error) {
	result, err := s.program.run(&context)
	if err != nil {
		return nil, err
	}

	return (&writer{}).value(result)
}

// Member is a member of a JSON object as text.
type Member struct {
	Name string
	// Value is a string as it is, a number, true or false as in JSON, nothing for null, and compact JSON for an object
	// or array.
	Value string
}

// Members returns the members of the object that the shape gives, in the order in which [Shape.Render] writes them,
// with at most [MaxOutput] bytes in all. Errors are [*EvalError], one of kind [Failed] when the shape gives no object.
func (s *Shape) Members(context Context) ([]Member, error) {
	result, err := s.program.run(&context)
	if err != nil {
		return nil, err
	}

	return (&writer{}).members(result)
}

// Text is a compiled expression that gives a text, such as one parameter of a query.
type Text struct{ program *program }

// CompileText compiles a text. It may be of any type: see [Member] for how values become text. Errors are [*Error].
func CompileText(text string) (*Text, error) {
	compiled, err := compile(shapes, text)
	if err != nil {
		return nil, err
	}

	return &Text{program: compiled}, nil
}

// Render returns a text of at most [MaxOutput] bytes, always the same for the same context. Errors are [*EvalError].
func (t *Text) Render(context Context) (string, error) {
	result, err := t.program.run(&context)
	if err != nil {
		return "", err
	}

	return (&writer{}).text(result)
}
