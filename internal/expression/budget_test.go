package expression_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/expression"
)

func TestMatch_SharesABudgetWithOthers(t *testing.T) {
	t.Parallel()

	loop, err := expression.CompileCondition(`event.data.list.all(x, x == 1)`)
	require.NoError(t, err)

	event := about(`{"list":[` + strings.Repeat("1,", 999) + `1]}`).Event
	event.Budget = expression.NewBudget(expression.MaxSteps)

	matched := 0

	for {
		held, err := loop.Match(event)
		if err != nil {
			requireKind(t, expression.TooExpensive, err)

			break
		}

		require.True(t, held)

		matched++
	}

	require.Greater(t, matched, 10, "one takes some thousand steps")
	require.Less(t, matched, 1000, "each of its thousand items takes at least one")

	event.Budget = nil
	held, err := loop.Match(event)
	require.NoError(t, err)
	require.True(t, held, "the limit of one is its own")
}
