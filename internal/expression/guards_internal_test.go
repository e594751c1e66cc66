package expression

import (
	"maps"
	"slices"
	"testing"

	"cel.dev/cel-go/interpreter"
	"github.com/stretchr/testify/require"
)

// Functions that take the same time whatever their arguments are.
//
//nolint:gochecknoglobals // A table.
var constantTime = []string{
	"!_", "-_", "@not_strictly_false", "_%_", "_&&_", "_*_", "_-_", "_/_", "_?._", "_?_:_", "_[?_]", "_[_]", "_||_",
	"__not_strictly_false__",
	"dyn", "first", "hasValue", "last", "or", "orValue", "type", "value",
	"math.abs", "math.bitAnd", "math.bitNot", "math.bitOr", "math.bitShiftLeft", "math.bitShiftRight", "math.bitXor",
	"math.ceil", "math.floor", "math.isFinite", "math.isInf", "math.isNaN", "math.round", "math.sign", "math.sqrt",
	"math.trunc",
	"optional.none", "optional.of", "optional.ofNonZeroValue",
}

func TestGuards_KnowEachFunctionThatThereIs(t *testing.T) {
	t.Parallel()

	env, err := shapes()
	require.NoError(t, err)

	var unknown []string

	for name := range env.cel.Functions() {
		if _, guarded := guards[name]; !guarded && !slices.Contains(constantTime, name) {
			unknown = append(unknown, name)
		}
	}

	slices.Sort(unknown)
	require.Empty(t, unknown)

	// And none of them has another name by now.
	for _, name := range slices.Concat(slices.Collect(maps.Keys(guards)), constantTime) {
		require.Contains(t, env.cel.Functions(), name)
	}
}

func TestMeterOf_GivesNothingOutsideOfAnEvaluation(t *testing.T) {
	t.Parallel()

	require.Zero(t, meterOf(interpreter.EmptyActivation()).left)
}
