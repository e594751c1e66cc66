package main

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/shirou/gopsutil/v4/process"
)

// result is what one round measured.
type result struct {
	floor, accept, deliver float64 // A second.
	p50, p99               time.Duration
	lost, duplicates       int
	cpuPerThousand         float64 // CPU-seconds of all server processes.
}

func (r result) print() {
	fmt.Printf("  floor        %8.0f /s   the same load posted straight to the receiver\n", r.floor)
	fmt.Printf("  accepted     %8.0f /s   %.3f of the floor\n", r.accept, r.accept/r.floor)
	fmt.Printf("  delivered    %8.0f /s   %.3f of the floor\n", r.deliver, r.deliver/r.floor)
	fmt.Printf("  latency      p50 %.1f ms, p99 %.1f ms from publish to receipt\n",
		milliseconds(r.p50), milliseconds(r.p99))
	fmt.Printf("  lost         %8d\n", r.lost)
	fmt.Printf("  duplicates   %8d\n", r.duplicates)
	fmt.Printf("  CPU          %8.2f s for 1,000 deliveries, all server processes\n", r.cpuPerThousand)
}

// median takes the median of each figure, and the worst of what should not happen at all.
func median(results []result) result {
	pick := func(figure func(result) float64) float64 {
		values := make([]float64, len(results))
		for n, one := range results {
			values[n] = figure(one)
		}

		slices.Sort(values)

		return values[len(values)/2]
	}

	out := result{
		floor:          pick(func(r result) float64 { return r.floor }),
		accept:         pick(func(r result) float64 { return r.accept }),
		deliver:        pick(func(r result) float64 { return r.deliver }),
		cpuPerThousand: pick(func(r result) float64 { return r.cpuPerThousand }),
		p50:            time.Duration(pick(func(r result) float64 { return float64(r.p50) })),
		p99:            time.Duration(pick(func(r result) float64 { return float64(r.p99) })),
	}

	for _, one := range results {
		out.lost, out.duplicates = max(out.lost, one.lost), max(out.duplicates, one.duplicates)
	}

	return out
}

func percentile(values []time.Duration, p int) time.Duration {
	if len(values) == 0 {
		return 0
	}

	slices.Sort(values)

	return values[int(math.Ceil(float64(len(values)*p)/100))-1]
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1_000 }

// cpu returns the CPU time that all server processes have used so far, in seconds.
func (b *bench) cpu() (float64, error) {
	var total float64

	for _, pid := range []int{b.stack.Postgres.PID(), b.stack.Temporal.PID(), b.surehook.PID()} {
		root, err := process.NewProcess(int32(pid))
		if err != nil {
			return 0, fmt.Errorf("look at process %d: %w", pid, err)
		}

		used, err := tree(root)
		if err != nil {
			return 0, err
		}

		total += used
	}

	return total, nil
}

func tree(root *process.Process) (float64, error) {
	times, err := root.Times()
	if err != nil {
		return 0, fmt.Errorf("read CPU time of process %d: %w", root.Pid, err)
	}

	total := times.User + times.System

	children, err := root.Children()
	if err != nil && !errors.Is(err, process.ErrorNoChildren) {
		return 0, fmt.Errorf("list children of process %d: %w", root.Pid, err)
	}

	for _, child := range children {
		used, err := tree(child)
		// A connection that was closed meanwhile is no longer there to be asked.
		if errors.Is(err, process.ErrorProcessNotRunning) {
			continue
		}

		if err != nil {
			return 0, err
		}

		total += used
	}

	return total, nil
}
