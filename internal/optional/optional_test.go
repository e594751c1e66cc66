package optional_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/optional"
)

func TestOptional_LeftOutKeepsAndNullRemoves(t *testing.T) {
	t.Parallel()

	old, given := "old", "given"

	require.Equal(t, &old, optional.Optional[string]{}.Or(&old))
	require.Equal(t, &given, optional.Of("given").Or(&old))
	require.Nil(t, optional.Null[string]().Or(&old))
}

func TestFrom_TellsLeftOutFromNull(t *testing.T) {
	t.Parallel()

	value := 7

	require.Equal(t, optional.Of(7), optional.From(&value, true))
	require.Equal(t, optional.Null[int](), optional.From[int](nil, true))
	require.Equal(t, optional.Optional[int]{}, optional.From(&value, false))
}
