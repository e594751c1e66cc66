package keeper_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/keeper"
)

// fake is a source that has something due until it was started.
type fake struct {
	due     []id.ID
	started []id.ID
	failing error
}

func (f *fake) source(name string) keeper.Source {
	return keeper.Source{
		Name: name,
		Due:  func(context.Context) ([]id.ID, error) { return f.due, nil },
		Start: func(_ context.Context, one id.ID) error {
			if f.failing != nil {
				return f.failing
			}

			f.started, f.due = append(f.started, one), f.due[1:]

			return nil
		},
	}
}

func run(t *testing.T, sources ...keeper.Source) *keeper.Keeper {
	t.Helper()

	ctx, cancel := context.WithCancel(t.Context())
	k := keeper.New(slog.New(slog.DiscardHandler), 5*time.Second, sources...)
	done := make(chan error, 1)

	go func() { done <- k.Run(ctx) }()

	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-done)
	})

	return k
}

func TestKeeper_StartsWhatIsDueAtOnceAndWhenWoken(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		first, second := id.New(id.Webhook), id.New(id.Webhook)
		one := &fake{due: []id.ID{first}}
		k := run(t, one.source("gates"))

		synctest.Wait()
		require.Equal(t, []id.ID{first}, one.started)

		one.due = []id.ID{second}

		k.Wake()
		k.Wake()
		synctest.Wait()
		require.Equal(t, []id.ID{first, second}, one.started)
	})
}

func TestKeeper_TriesAgainAndOneKindDoesNotHoldUpAnother(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		stuck := &fake{due: []id.ID{id.New(id.Webhook)}, failing: errors.New("temporal is away")}
		other := &fake{due: []id.ID{id.New(id.BulkOperation)}}
		run(t, stuck.source("gates"), other.source("operations"))

		synctest.Wait()
		require.Empty(t, stuck.started)
		require.Len(t, other.started, 1)

		stuck.failing = nil

		// The clock is the bubble's own, and moves when nobody else has anything to do.
		<-time.After(6 * time.Second)
		synctest.Wait()
		require.Len(t, stuck.started, 1)
	})
}
