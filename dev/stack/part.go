package stack

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// stopTimeout bounds the stop of one part. Parts bound their own stop below
// this; it is the last resort against a part that hangs.
const stopTimeout = 45 * time.Second

// errEnded says that a part ended although nobody asked it to.
var errEnded = errors.New("ended unexpectedly")

// Part is one piece of the stack.
type Part interface {
	// Name is the word for the part on the command line.
	Name() string

	// Run starts the part, calls ready once when it can be used, and goes on
	// until ctx ends; then it stops the part and returns. A return before ctx
	// has ended means that the part failed.
	Run(ctx context.Context, ready func()) error
}

// running is what the packages of the stack return from their Start.
type running interface {
	// Done is closed when the thing has ended.
	Done() <-chan struct{}
	// Err says how it ended, once Done is closed.
	Err() error
	// Stop ends it and returns when it has ended or ctx has.
	Stop(ctx context.Context) error
}

// service is a Part made of something with a start and a stop.
type service struct {
	name  string
	start func(ctx context.Context) (running, error)
}

var _ Part = service{}

// Name implements Part.
func (s service) Name() string { return s.name }

// Run implements Part.
func (s service) Run(ctx context.Context, ready func()) error {
	r, err := s.start(ctx)
	if err != nil {
		return err
	}
	ready()

	select {
	case <-r.Done():
		err = errEnded
		if cause := r.Err(); cause != nil {
			err = fmt.Errorf("%w: %w", errEnded, cause)
		}
	case <-ctx.Done():
	}
	stopCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	if stopErr := r.Stop(stopCtx); err == nil {
		return stopErr
	}
	return err // what stopping the remains reports is of no interest
}
