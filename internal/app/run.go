package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	temporal_worker "go.temporal.io/sdk/worker"
	"golang.org/x/sync/errgroup"

	"github.com/surehook/surehook/internal/config"
)

const (
	// answerFor bounds how long requests that are under way at a stop may still take.
	answerFor = 15 * time.Second
	// workerEvery is how long to wait between attempts to start the worker while Temporal is away.
	workerEvery = time.Second
)

// Run serves until the context ends, and then finishes what is in flight: requests get their answers, attempts are made
// to their end and recorded, and what was not started is left to other processes.
func (a *App) Run(ctx context.Context) error {
	defer a.close()

	a.log.InfoContext(ctx, "surehook is up", "address", a.Address(), "roles", a.config.Roles)

	// The parts stop one after the other: first what brings work, last what writes it down.
	listening, stopListening := context.WithCancel(context.WithoutCancel(ctx))
	defer stopListening()

	parts, ctx := errgroup.WithContext(ctx)
	parts.Go(func() error { return a.serve(ctx) })

	if a.config.Has(config.RoleWorker) {
		parts.Go(func() error { return a.work(ctx) })
	}

	var hub sync.WaitGroup

	hub.Go(func() {
		if err := a.hub.Run(listening); err != nil {
			a.log.ErrorContext(ctx, "hub ended", "error", err)
		}
	})

	err := parts.Wait()

	stopListening()
	hub.Wait()
	a.log.InfoContext(ctx, "surehook has stopped")

	return err
}

func (a *App) serve(ctx context.Context) error {
	streams, endStreams := context.WithCancel(context.WithoutCancel(ctx))
	defer endStreams()

	server := &http.Server{
		Handler:           a.handler(streams),
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
	}

	failed := make(chan error, 1)

	go func() { failed <- server.Serve(a.listener) }()

	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}

	// Subscriptions never end by themselves; their clients come back to another process.
	endStreams()

	stopCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), answerFor)
	defer cancel()

	if err := server.Shutdown(stopCtx); err != nil {
		return errors.Join(fmt.Errorf("stop serving: %w", err), server.Close())
	}

	return nil
}

// work dispatches and carries out deliveries until the context ends.
func (a *App) work(ctx context.Context) error {
	if err := a.prepareTemporal(ctx); err != nil {
		return ignoreEnd(ctx, err)
	}

	worker, err := a.startWorker(ctx)
	if err != nil {
		return ignoreEnd(ctx, err)
	}

	parts, ctx := errgroup.WithContext(ctx)
	parts.Go(func() error { return a.dispatcher.Run(ctx) })
	parts.Go(func() error { return a.keeper.Run(ctx) })

	err = parts.Wait()

	// Stop waits for attempts that are under way.
	worker.Stop()

	return err
}

func (a *App) startWorker(ctx context.Context) (temporal_worker.Worker, error) {
	for {
		// A worker that failed to start cannot be started again, so each attempt makes a new one.
		worker := a.newWorker(a.temporal, a.activities)

		err := worker.Start()
		if err == nil {
			return worker, nil
		}

		a.log.WarnContext(ctx, "worker not started, trying again", "error", err)

		select {
		case <-time.After(workerEvery):
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// ignoreEnd turns an error that only says that the process is stopping into none.
func ignoreEnd(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}

	return err
}
