// Package keeper sees to it that what goes on for a while, such as letting held deliveries go, has a workflow that does
// it. The database says what is to be looked after; a workflow that died, or was never started because Temporal was
// away, is started again.
package keeper

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/surehook/surehook/internal/id"
)

// Neglected is for how long nobody may have looked after something before it gets a workflow. Whoever looks after it
// says so more often.
const Neglected = 15 * time.Second

// Source is one kind of things to look after.
type Source struct {
	// Name is for the log.
	Name string
	// Due returns what nobody looks after.
	Due func(ctx context.Context) ([]id.ID, error)
	// Start starts its workflow, unless it is running.
	Start func(ctx context.Context, one id.ID) error
}

// Keeper starts workflows. It is safe for concurrent use.
type Keeper struct {
	log     *slog.Logger
	every   time.Duration
	sources []Source
	wake    chan struct{}
}

// New makes a keeper that looks whenever it is woken, and otherwise so often.
func New(log *slog.Logger, every time.Duration, sources ...Source) *Keeper {
	return &Keeper{log: log, every: every, sources: sources, wake: make(chan struct{}, 1)}
}

// Wake says that there may be something to look after. It does not block.
func (k *Keeper) Wake() {
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

// Run looks after things until the context ends.
func (k *Keeper) Run(ctx context.Context) error {
	tick := time.NewTicker(k.every)
	defer tick.Stop()

	for {
		for _, source := range k.sources {
			if err := k.look(ctx, source); err != nil && ctx.Err() == nil {
				k.log.WarnContext(ctx, "not looked after, trying again", "what", source.Name, "error", err)
			}
		}

		select {
		case <-k.wake:
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

func (k *Keeper) look(ctx context.Context, source Source) error {
	due, err := source.Due(ctx)
	if err != nil {
		return err
	}

	for _, one := range due {
		if err := source.Start(ctx, one); err != nil {
			return fmt.Errorf("start workflow for %s: %w", one, err)
		}
	}

	return nil
}
