package expression_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/expression"
)

func TestCache_CompilesOnceForAllThatAsk(t *testing.T) {
	t.Parallel()

	cache := expression.NewCache()

	var (
		group sync.WaitGroup
		got   [8]*expression.Condition
	)

	for place := range got {
		group.Go(func() { got[place], _ = cache.Condition(`event.test`) })
	}

	group.Wait()

	for _, condition := range got {
		require.NotNil(t, condition)
		require.Same(t, got[0], condition)
	}
}

func TestCache_KeepsKindsApart(t *testing.T) {
	t.Parallel()

	cache := expression.NewCache()

	shape, err := cache.Shape(`webhook.id`)
	require.NoError(t, err)

	out, err := shape.Render(about(`{}`))
	require.NoError(t, err)
	require.Equal(t, `"whk_1"`, string(out))

	text, err := cache.Text(`webhook.id`)
	require.NoError(t, err)

	plain, err := text.Render(about(`{}`))
	require.NoError(t, err)
	require.Equal(t, `whk_1`, plain)

	condition, err := cache.Condition(`webhook.id`)
	require.EqualError(t, err, "line 1, column 1: there is no webhook.id")
	require.Nil(t, condition)
}

func TestCache_KeepsWhatIsWrong(t *testing.T) {
	t.Parallel()

	cache := expression.NewCache()

	_, first := cache.Shape(`1 +`)
	_, second := cache.Shape(`1 +`)

	require.Error(t, first)
	require.Same(t, first, second)

	_, err := cache.Shape(strings.Repeat(" ", expression.MaxLength) + "1")
	require.EqualError(t, err, "line 1, column 1: must be at most 4096 bytes")
}

func TestCache_DropsWhatWasNotUsedForLongest(t *testing.T) {
	t.Parallel()

	tests := []struct {
		name    string
		comment string
		others  int
	}{
		{"when there are too many", "", 2000},
		{"when their texts are too long", strings.Repeat("x", 4000), 66},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			cache := expression.NewCache()

			used, err := cache.Text(`"used"`)
			require.NoError(t, err)

			unused, err := cache.Text(`"unused"`)
			require.NoError(t, err)

			for place := range tt.others {
				_, err = cache.Text(fmt.Sprintf("%d // %s", place, tt.comment))
				require.NoError(t, err)

				again, err := cache.Text(`"used"`)
				require.NoError(t, err)
				require.Same(t, used, again)
			}

			again, err := cache.Text(`"unused"`)
			require.NoError(t, err)
			require.NotSame(t, unused, again)
		})
	}
}
