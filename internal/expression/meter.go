package expression

import (
	"fmt"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
	"cel.dev/cel-go/interpreter"
)

const (
	// scannedPerStep is how many bytes are compared or searched in the time of one step.
	scannedPerStep = 64
	// decodedPerStep is how many bytes are converted character by character in that time.
	decodedPerStep = 4
	// copiedPerStep is how many bytes are copied in that time. As strings that an expression makes may stay in memory
	// until it ends, it also says that there are at most 16 MB of them.
	copiedPerStep = 16
	// maxWeight is how much a list or map made by an expression may weigh: one for each value inside it, more for long
	// ones. An expression can take one value for both items of a list, that list for both items of another, and so on,
	// which costs nothing until somebody goes through it.
	maxWeight = MaxSteps
)

// weights tells what values weigh. CEL remembers it with each list and map.
var weights = types.NewSizeCalculator(
	types.SizeCalculatorMaxDepth(MaxLength),
	types.SizeCalculatorMaxTraversal(maxWeight),
	types.SizeCalculatorStringUnitLength(copiedPerStep),
)

// meter counts what one evaluation spends.
//
// CEL has a cost tracker of its own, which is of no use here. It keeps all values seen in a loop and searches them at
// each step, so that its own work grows with the square of the steps: 80,000 items take it 13 seconds. It counts after
// the fact, when the memory has been taken. And it takes comparisons of nested values for cheap.
type meter struct {
	left int
	// failure is why the evaluation was ended.
	failure *EvalError
}

// spend counts some steps.
func (m *meter) spend(steps int) {
	if steps > m.left {
		m.end(&EvalError{
			Kind:    TooExpensive,
			Message: fmt.Sprintf("takes more than %d steps for this event, or than others have left", MaxSteps),
		})
	}

	m.left -= steps
}

// end stops the evaluation. An error would not do: true || error is true. CEL catches the panic.
func (m *meter) end(failure *EvalError) {
	m.failure = failure

	panic(interpreter.EvalCancelledError{Message: failure.Message, Cause: interpreter.CostLimitExceeded})
}

// product counts a times b steps, none of which is negative.
func (m *meter) product(a, b int) {
	if b > 0 && a > MaxSteps/b {
		a, b = MaxSteps+1, 1
	}

	m.spend(a * b)
}

// scan counts for going through some bytes.
func (m *meter) scan(bytes int) { m.spend(bytes/scannedPerStep + 1) }

// copies counts for making a text of some bytes, and ends the evaluation if it is too long.
func (m *meter) copies(bytes int) {
	if bytes > MaxOutput {
		m.end(tooLarge())
	}

	m.spend(bytes/copiedPerStep + 1)
}

// decodes counts for converting a text of some bytes into one that is about as long.
func (m *meter) decodes(bytes int) {
	m.copies(bytes)
	m.spend(bytes / decodedPerStep)
}

// admit ends the evaluation if something that an expression made is too large.
func (m *meter) admit(made ref.Val) {
	switch made := made.(type) {
	case types.String:
		if len(made) > MaxOutput {
			m.end(tooLarge())
		}
	case types.Bytes:
		if len(made) > MaxOutput {
			m.end(tooLarge())
		}
	case traits.Lister, traits.Mapper, *types.Optional:
		if weigh(made) > maxWeight {
			m.end(tooLarge())
		}
	}
}

// weigh returns what a value weighs, at least 1.
func weigh(value ref.Val) int {
	// CEL would look at what an optional has inside as a Go value, for which nothing is remembered. So lists and maps
	// have no optionals inside: see [role].
	for optional, ok := value.(*types.Optional); ok; optional, ok = value.(*types.Optional) {
		if !optional.HasValue() {
			return 1
		}

		value = optional.GetValue()
	}

	return int(weights.AggregateSize(value))
}
