package group_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/surehook/surehook/internal/group"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestGroup_LoneRequestDoesNotWaitForOthers(t *testing.T) {
	t.Parallel()

	g := group.New(1, 64, func(_ context.Context, batch []int) []group.Result[int] {
		return double(batch)
	})
	defer g.Close()

	got, err := g.Do(t.Context(), 21)
	require.NoError(t, err)
	require.Equal(t, 42, got)
}

func TestGroup_WhatWaitedRunsAsOneBatchOfAtMostSize(t *testing.T) {
	t.Parallel()

	const size, waiting = 8, 20

	started, release := make(chan struct{}, 1), make(chan struct{})

	var (
		first atomic.Bool
		mu    sync.Mutex
		sizes []int
	)

	g := group.New(1, size, func(_ context.Context, batch []int) []group.Result[int] {
		if first.CompareAndSwap(false, true) {
			started <- struct{}{}
			<-release
		}

		mu.Lock()
		defer mu.Unlock()

		sizes = append(sizes, len(batch))

		return double(batch)
	})

	var callers sync.WaitGroup

	callers.Go(func() { mustDouble(t, g, 0) })
	<-started

	for n := range waiting {
		callers.Go(func() { mustDouble(t, g, n) })
	}

	close(release)
	callers.Wait()
	g.Close()

	total := 0
	for _, one := range sizes {
		require.LessOrEqual(t, one, size)

		total += one
	}

	require.Equal(t, waiting+1, total)
}

func TestGroup_FailureOfOneIsNotThatOfOthers(t *testing.T) {
	t.Parallel()

	odd := errors.New("odd")
	g := group.New(2, 4, func(_ context.Context, batch []int) []group.Result[int] {
		out := double(batch)

		for n, one := range batch {
			if one%2 == 1 {
				out[n] = group.Result[int]{Err: odd}
			}
		}

		return out
	})
	defer g.Close()

	var callers sync.WaitGroup

	for n := range 100 {
		callers.Go(func() {
			_, err := g.Do(t.Context(), n)
			if n%2 == 1 {
				require.ErrorIs(t, err, odd)
			} else {
				require.NoError(t, err)
			}
		})
	}

	callers.Wait()
}

func TestGroup_CallerThatGivesUpDoesNotFailTheBatch(t *testing.T) {
	t.Parallel()

	release, done := make(chan struct{}), make(chan int, 1)
	g := group.New(1, 4, func(ctx context.Context, batch []int) []group.Result[int] {
		<-release
		done <- len(batch)

		require.NoError(t, ctx.Err())

		return double(batch)
	})

	ctx, cancel := context.WithCancel(t.Context())
	cancel()

	_, err := g.Do(ctx, 1)
	require.ErrorIs(t, err, context.Canceled)

	close(release)
	g.Close()
}

func TestGroup_CloseAnswersWhatWaitsAndRefusesWhatComes(t *testing.T) {
	t.Parallel()

	g := group.New(1, 2, func(_ context.Context, batch []int) []group.Result[int] { return double(batch) })

	var callers sync.WaitGroup

	for n := range 50 {
		callers.Go(func() {
			got, err := g.Do(context.Background(), n)
			if err != nil {
				require.ErrorIs(t, err, group.ErrClosed)

				return
			}

			require.Equal(t, 2*n, got)
		})
	}

	g.Close()
	callers.Wait()

	_, err := g.Do(t.Context(), 1)
	require.ErrorIs(t, err, group.ErrClosed)
}

func mustDouble(t *testing.T, g *group.Group[int, int], n int) {
	t.Helper()

	got, err := g.Do(context.Background(), n)
	require.NoError(t, err)
	require.Equal(t, 2*n, got)
}

func double(batch []int) []group.Result[int] {
	out := make([]group.Result[int], len(batch))
	for n, one := range batch {
		out[n].Value = 2 * one
	}

	return out
}
