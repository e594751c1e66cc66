package eventtype_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/eventtype"
)

func TestValidName_IsSegmentsJoinedByDots(t *testing.T) {
	t.Parallel()

	for _, name := range []string{
		"a", "inspection.completed", "A_b.9", "_", "a.b.c.d", strings.Repeat("n", 128), "0",
	} {
		require.True(t, eventtype.ValidName(name), name)
		require.True(t, eventtype.ValidPattern(name), name)
	}

	for _, name := range []string{
		"", ".", "a.", ".a", "a..b", "a-b", "a b", "a\n", "ä", "a/b", "a.*", "*", "a\x00", "\xff",
		strings.Repeat("n", 129),
	} {
		require.False(t, eventtype.ValidName(name), name)
	}
}

func TestValidPattern_IsANameAPrefixOrEverything(t *testing.T) {
	t.Parallel()

	for _, pattern := range []string{"*", "item.*", "item.sub.*"} {
		require.True(t, eventtype.ValidPattern(pattern), pattern)
		require.False(t, eventtype.IsName(pattern), pattern)
	}

	for _, pattern := range []string{
		"", "**", "*.*", ".*", "*.a", "a*", "a.*.b", "a.b*", "item.*.*", "a.**", strings.Repeat("n", 129) + ".*",
	} {
		require.False(t, eventtype.ValidPattern(pattern), pattern)
	}

	require.True(t, eventtype.IsName("item.created"))
}

func TestPatterns_AreAllThatANameMatches(t *testing.T) {
	t.Parallel()

	require.Equal(t, []string{"a.b.c", "a.b.*", "a.*", "*"}, eventtype.Patterns("a.b.c"))
	require.Equal(t, []string{"a", "*"}, eventtype.Patterns("a"))
	require.NotContains(t, eventtype.Patterns("item"), "item.*", "a prefix is for what is below it")
	require.Contains(t, eventtype.Patterns("item.sub.created"), "item.*", "at any depth")

	for _, one := range eventtype.Operationals() {
		require.Equal(t, []string{one.Name}, eventtype.Patterns(one.Name), "those of Surehook are asked for by name")
	}
}

func FuzzValidPattern(f *testing.F) {
	f.Add("a.b.c")
	f.Add("item.*")

	f.Fuzz(func(t *testing.T, text string) {
		if !eventtype.ValidName(text) || eventtype.IsOperational(text) {
			return
		}

		patterns := eventtype.Patterns(text)
		require.True(t, slices.ContainsFunc(patterns, eventtype.IsName))
		require.Len(t, patterns, strings.Count(text, ".")+2)

		for _, pattern := range patterns {
			require.True(t, eventtype.ValidPattern(pattern), pattern)
		}
	})
}
