package stack

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// diary records what happens to parts, in order.
type diary struct {
	mu      sync.Mutex
	entries []string
}

func (d *diary) write(entry string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.entries = append(d.entries, entry)
}

func (d *diary) starting(p Part) { d.write("starting " + p.Name()) }
func (d *diary) ready(p Part)    { d.write("ready " + p.Name()) }
func (d *diary) stopping(p Part) { d.write("stopping " + p.Name()) }

// script is a part that does what the test says.
type script struct {
	name string
	run  func(ctx context.Context, ready func()) error
}

func (s script) Name() string                                { return s.name }
func (s script) Run(ctx context.Context, ready func()) error { return s.run(ctx, ready) }

// obedient runs until it is told to stop.
func obedient(name string, d *diary) Part {
	return script{name, func(ctx context.Context, ready func()) error {
		ready()
		<-ctx.Done()
		d.write("stopped " + name)
		return nil
	}}
}

func TestSupervise_StopsInReverseOrder(t *testing.T) {
	t.Parallel()
	d := &diary{}
	ctx, cancel := context.WithCancel(t.Context())

	err := supervise(ctx, []Part{obedient("a", d), obedient("b", d)}, d, func() error { cancel(); return nil })
	require.NoError(t, err)
	require.Equal(t, []string{
		"starting a", "ready a", "starting b", "ready b",
		"stopping b", "stopped b", "stopping a", "stopped a",
	}, d.entries)
}

func TestSupervise_APartThatEndsTakesTheRestWithIt(t *testing.T) {
	t.Parallel()
	d := &diary{}
	die := make(chan struct{})
	dying := script{"dying", func(_ context.Context, ready func()) error {
		ready()
		<-die
		return errors.New("out of memory")
	}}

	err := supervise(t.Context(), []Part{obedient("a", d), dying, obedient("c", d)}, d,
		func() error { close(die); return nil })
	require.EqualError(t, err, "dying: out of memory")
	require.Equal(t, []string{"stopping c", "stopped c", "stopping a", "stopped a"}, d.entries[6:])
}

func TestSupervise_APartThatEndsWithoutErrorIsAFailureToo(t *testing.T) {
	t.Parallel()
	d := &diary{}
	leaving := script{"leaving", func(_ context.Context, ready func()) error { ready(); return nil }}

	err := supervise(t.Context(), []Part{leaving}, d, func() error { return nil })
	require.ErrorIs(t, err, errEnded)
}

func TestSupervise_AFailedStartStopsWhatRuns(t *testing.T) {
	t.Parallel()
	d := &diary{}
	broken := script{"broken", func(context.Context, func()) error { return errors.New("no binaries") }}

	err := supervise(t.Context(), []Part{obedient("a", d), broken, obedient("c", d)}, d,
		func() error { t.Error("never ready"); return nil })
	require.EqualError(t, err, "broken: no binaries")
	require.Equal(t, []string{"starting a", "ready a", "starting broken", "stopping a", "stopped a"}, d.entries)
}

func TestSupervise_InterruptedStartIsNoFailure(t *testing.T) {
	t.Parallel()
	d := &diary{}
	ctx, cancel := context.WithCancel(t.Context())
	slow := script{"slow", func(ctx context.Context, _ func()) error {
		cancel()
		<-ctx.Done()
		return ctx.Err()
	}}

	require.NoError(t, supervise(ctx, []Part{obedient("a", d), slow}, d, func() error { return nil }))
	require.Equal(t, []string{"stopping slow", "stopping a", "stopped a"}, d.entries[3:])
}

func TestSupervise_ReportsAStopThatFails(t *testing.T) {
	t.Parallel()
	d := &diary{}
	ctx, cancel := context.WithCancel(t.Context())
	stubborn := script{"stubborn", func(ctx context.Context, ready func()) error {
		ready()
		<-ctx.Done()
		return errors.New("had to be killed")
	}}

	err := supervise(ctx, []Part{stubborn, obedient("b", d)}, d, func() error { cancel(); return nil })
	require.EqualError(t, err, "stop stubborn: had to be killed")
}
