// Package dispatch starts the workflows that carry deliveries. It takes them over once they are committed: those that
// this process published come straight from memory, all others by a claim in the database, so that any process can take
// over what another left behind.
package dispatch

import (
	"context"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/job"
)

// Starter starts and wakes workflows. All of its methods are harmless when repeated.
type Starter interface {
	// StartDelivery starts the workflow of one delivery, unless it is running.
	StartDelivery(ctx context.Context, one job.Job) error
	// StartBatch starts one workflow for the first attempts of many deliveries of one organization.
	StartBatch(ctx context.Context, batch id.ID, jobs []job.Job) error
	// WakeDelivery makes the workflow of a delivery look at the database now, starting it if there is none.
	WakeDelivery(ctx context.Context, one job.Job) error
	// Running tells whether a workflow exists and has not come to its end.
	Running(ctx context.Context, workflowID string) (bool, error)
}

// Options are what can be set about a dispatcher. Zero values are replaced by those that suit production.
type Options struct {
	// Starters is how many workflows are started at the same time.
	Starters int
	// MaxBatch is how many deliveries may share a workflow for their first attempt.
	MaxBatch int
	// MaxQueue is how many deliveries wait in memory before others are left to the database.
	MaxQueue int
	// Heartbeat is how often a process says that it is alive. After three silent ones it counts as dead.
	Heartbeat time.Duration
	// Grace is how long something may be overdue before it is looked into: longer than the longest request.
	Grace time.Duration
}

func (o Options) withDefaults() Options {
	pick := func(value *int, otherwise int) {
		if *value == 0 {
			*value = otherwise
		}
	}

	pick(&o.Starters, 2)
	pick(&o.MaxBatch, 64)
	pick(&o.MaxQueue, 10_000)

	if o.Heartbeat == 0 {
		o.Heartbeat = 5 * time.Second
	}

	if o.Grace == 0 {
		o.Grace = 150 * time.Second
	}

	return o
}

// Dispatcher starts workflows for committed deliveries. It is safe for concurrent use.
type Dispatcher struct {
	process uuid.UUID
	name    string
	pool    *db.Pool
	starter Starter
	log     *slog.Logger
	options Options
	now     func() time.Time

	queue *queue
	wake  chan struct{}
	// working is set while others can tell whether this process is alive, which is what makes its claims safe.
	working atomic.Bool
}

// New makes a dispatcher; Run makes it work.
func New(pool *db.Pool, starter Starter, log *slog.Logger, options Options, now func() time.Time) *Dispatcher {
	name, err := os.Hostname()
	if err != nil {
		name = "unknown"
	}

	options = options.withDefaults()

	return &Dispatcher{
		process: id.New(id.Process).UUID(), name: name, pool: pool, starter: starter, log: log, options: options, now: now,
		queue: newQueue(options.MaxQueue), wake: make(chan struct{}, 1),
	}
}

// Reserve returns the claim to write into n new deliveries, or nil when this process is not working or has enough to
// do, and any process may take them.
func (d *Dispatcher) Reserve(n int) *uuid.UUID {
	if n == 0 || !d.working.Load() || !d.queue.fits(n) {
		return nil
	}

	return &d.process
}

// Offer hands over committed deliveries that bear this process's claim.
func (d *Dispatcher) Offer(jobs ...job.Job) { d.queue.put(jobs...) }

// Wake says that there may be deliveries in the database that nobody has claimed. It does not block.
func (d *Dispatcher) Wake() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// Working tells whether the dispatcher is running.
func (d *Dispatcher) Working() bool { return d.working.Load() }

// Run dispatches until the context ends. What it had claimed and not started by then is given back.
func (d *Dispatcher) Run(ctx context.Context) error {
	// A claim is only safe once others can notice that its process is gone.
	if err := d.signOn(ctx); err != nil {
		return nil
	}

	d.working.Store(true)

	var parts sync.WaitGroup

	for range d.options.Starters {
		parts.Go(func() { d.start(ctx) })
	}

	parts.Go(func() { d.claim(ctx) })
	parts.Go(func() { d.sweep(ctx) })

	<-ctx.Done()
	d.working.Store(false)
	d.queue.close()
	parts.Wait()

	// Whoever takes over finds out anyway, only later.
	if err := d.leave(context.WithoutCancel(ctx)); err != nil {
		d.log.WarnContext(ctx, "not signed off", "error", err)
	}

	return nil
}
