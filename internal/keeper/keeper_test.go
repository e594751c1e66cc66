package keeper_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/keeper"
)

// fake is a source that has something due until it was started.
type fake struct {
	mu      sync.Mutex
	due     []id.ID
	started []id.ID
	failing error
}

// change lets a test look and change things while the keeper runs.
func (f *fake) change(how func()) {
	f.mu.Lock()
	defer f.mu.Unlock()

	how()
}

func (f *fake) got() []id.ID {
	f.mu.Lock()
	defer f.mu.Unlock()

	return slices.Clone(f.started)
}

func (f *fake) source(name string) keeper.Source {
	return keeper.Source{
		Name: name,
		Due: func(context.Context) ([]id.ID, error) {
			f.mu.Lock()
			defer f.mu.Unlock()

			return slices.Clone(f.due), nil
		},
		Start: func(_ context.Context, one id.ID) error {
			f.mu.Lock()
			defer f.mu.Unlock()

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
		require.Equal(t, []id.ID{first}, one.got())

		one.change(func() { one.due = []id.ID{second} })

		k.Wake()
		k.Wake()
		synctest.Wait()
		require.Equal(t, []id.ID{first, second}, one.got())
	})
}

func TestKeeper_TriesAgainAndOneKindDoesNotHoldUpAnother(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		stuck := &fake{due: []id.ID{id.New(id.Webhook)}, failing: errors.New("temporal is away")}
		other := &fake{due: []id.ID{id.New(id.BulkOperation)}}
		run(t, stuck.source("gates"), other.source("operations"))

		synctest.Wait()
		require.Empty(t, stuck.got())
		require.Len(t, other.got(), 1)

		stuck.change(func() { stuck.failing = nil })

		// The clock is the bubble's own, and moves when nobody else has anything to do.
		<-time.After(6 * time.Second)
		synctest.Wait()
		require.Len(t, stuck.got(), 1)
	})
}
