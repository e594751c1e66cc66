// Bench measures how fast Surehook accepts and delivers events, on real parts: Postgres, Temporal and Surehook in
// processes of their own on this machine. Every rate is also given as a ratio to the floor, which is the same load
// posted straight to the receiver by the same client in the same run: machines differ, ratios less so.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/surehook/surehook/e2e/stack"
)

// load is what is measured.
type load struct {
	events      int
	connections int
	bytes       int
	perSecond   int
	latencyFor  time.Duration
	rounds      int
}

func main() {
	var l load

	flag.IntVar(&l.events, "events", 5_000, "how many events are published as fast as they are accepted")
	flag.IntVar(&l.connections, "connections", 64, "over how many connections")
	flag.IntVar(&l.bytes, "bytes", 1_024, "how large the payload of an event is")
	flag.IntVar(&l.perSecond, "per-second", 20, "how many events a second are published to measure latency")
	flag.DurationVar(&l.latencyFor, "latency-for", 20*time.Second, "for how long latency is measured")
	flag.IntVar(&l.rounds, "rounds", 3, "how often everything is measured; medians are printed last")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, l)

	stop()

	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, l load) (err error) {
	dir, err := os.MkdirTemp("", "surehook-bench-")
	if err != nil {
		return fmt.Errorf("make directory: %w", err)
	}

	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()

	// Postgres runs as another user when the benchmark runs as root, and has to get to its data.
	if err := os.Chmod(dir, 0o755); err != nil {
		return fmt.Errorf("open directory: %w", err)
	}

	fmt.Println("building and starting Postgres, Temporal and Surehook ...")

	parts, err := stack.New(ctx, dir)
	if err != nil {
		return err
	}

	defer func() { err = errors.Join(err, parts.Close()) }()

	surehook, err := parts.StartSurehook(ctx, stack.Options{Env: []string{"SUREHOOK_LOG_LEVEL=WARN"}})
	if err != nil {
		return err
	}

	defer func() { err = errors.Join(err, surehook.Stop()) }()

	b := &bench{load: l, stack: parts, surehook: surehook}

	var results []result

	for n := range l.rounds {
		one, err := b.round(ctx, n)
		if err != nil {
			return err
		}

		fmt.Printf("round %d\n", n+1)
		one.print()

		results = append(results, one)
	}

	fmt.Printf("median of %d\n", l.rounds)
	median(results).print()

	return nil
}
