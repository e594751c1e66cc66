package stack

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// observer hears about the life of parts, for progress messages. Its methods
// are called from one goroutine.
type observer interface {
	starting(p Part)
	ready(p Part)
	stopping(p Part)
}

// worker is a part that has been started.
type worker struct {
	part   Part
	cancel context.CancelFunc
	done   chan struct{}
	err    error // valid once done is closed
}

// supervise starts the parts in order, calls allReady when the last is ready,
// waits until ctx ends or a part does, and stops them in reverse order. It
// returns nil when it was ctx that ended and every part stopped cleanly.
func supervise(ctx context.Context, parts []Part, obs observer, allReady func() error) error {
	ended := make(chan *worker, len(parts)) // never blocks a part
	var workers []*worker
	cause := func() error {
		for _, part := range parts {
			obs.starting(part)
			w, ready := startWorker(ctx, part, ended)
			workers = append(workers, w)
			select {
			case <-ready:
				obs.ready(part)
			case failed := <-ended:
				return failure(ctx, failed)
			case <-ctx.Done():
				return nil
			}
		}
		if err := allReady(); err != nil {
			return err
		}
		select {
		case failed := <-ended:
			return failure(ctx, failed)
		case <-ctx.Done():
			return nil
		}
	}()
	return errors.Join(cause, stopAll(workers, obs))
}

// startWorker runs a part in its own goroutine and context: ctx's values
// without its end, because parts are stopped one by one. The returned channel
// is closed when the part is ready.
func startWorker(ctx context.Context, part Part, ended chan<- *worker) (*worker, <-chan struct{}) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	w := &worker{part: part, cancel: cancel, done: make(chan struct{})}
	ready := make(chan struct{})
	go func() {
		w.err = part.Run(ctx, func() { close(ready) })
		close(w.done)
		ended <- w
	}()
	return w, ready
}

// failure names the part that ended; it is no failure when ctx ended as well.
func failure(ctx context.Context, w *worker) error {
	if ctx.Err() != nil {
		return nil
	}
	err := w.err
	if err == nil {
		err = errEnded
	}
	w.err = nil // reported here, not again by stopAll
	return fmt.Errorf("%s: %w", w.part.Name(), err)
}

// stopAll stops the workers, last one first, and collects what went wrong. A
// part that was still starting has nothing to report but that it was
// interrupted.
func stopAll(workers []*worker, obs observer) error {
	var errs []error
	for _, w := range slices.Backward(workers) {
		select {
		case <-w.done:
		default:
			obs.stopping(w.part)
		}
		w.cancel()
		<-w.done
		if w.err != nil && !errors.Is(w.err, context.Canceled) {
			errs = append(errs, fmt.Errorf("stop %s: %w", w.part.Name(), w.err))
		}
	}
	return errors.Join(errs...)
}
