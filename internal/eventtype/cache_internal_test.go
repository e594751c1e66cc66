package eventtype

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

func TestCache_DropsWhatWasNotUsedForLongestWhenItIsFull(t *testing.T) {
	t.Parallel()

	c := newCache()
	eventType := uuid.New()

	first := c.slot(version{eventType, 1})
	c.filled(version{eventType, 1}, first, cacheBytes/2)

	second := c.slot(version{eventType, 2})
	c.filled(version{eventType, 2}, second, cacheBytes/4)

	require.Same(t, first, c.slot(version{eventType, 1}))

	third := c.slot(version{eventType, 3})
	c.filled(version{eventType, 3}, third, cacheBytes/2)

	require.Same(t, first, c.slot(version{eventType, 1}))
	require.NotSame(t, second, c.slot(version{eventType, 2}))
	require.LessOrEqual(t, c.bytes, cacheBytes)

	// One that was dropped while it was being filled counts for nothing.
	before := c.bytes
	c.filled(version{eventType, 2}, second, cacheBytes)
	require.Equal(t, before, c.bytes)
}

func TestCache_KeepsOneHoweverLarge(t *testing.T) {
	t.Parallel()

	c := newCache()
	of := version{uuid.New(), 1}
	one := c.slot(of)
	c.filled(of, one, 2*cacheBytes)

	require.Same(t, one, c.slot(of))
}
