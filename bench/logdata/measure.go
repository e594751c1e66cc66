package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/page"
)

const (
	// size is how many rows the pages have that are measured.
	size = 25
	// far is which page is measured besides the first.
	far = 100
)

// about heads the file of plans.
const about = `# How Postgres reads the log

The statements behind the first page of each list, one filter at a time, and how Postgres carried them out among ten
million deliveries. Written by

    go run ./bench/logdata -url URL -measure -plans docs/plans.md

What is the same for each part of a table is left out: of a step over all parts the one with the most rows is shown. How
long whole pages take is in [performance.md](performance.md#the-log-among-ten-million-deliveries).

`

// list asks for a page and returns the ids on it.
type list func(context.Context, page.Query) (page.Page[id.ID], error)

// value is a list with a filter, and what the filter asks for.
type value struct {
	says string
	list list
}

// trial is a filter of a list, with values for it.
type trial struct {
	list, filter string
	values       []value
}

// times are how long pages took.
type times []time.Duration

func (t times) String() string {
	if len(t) == 0 {
		return "  |  | "
	}

	ms := func(d time.Duration) string { return strconv.FormatFloat(d.Seconds()*1000, 'f', 1, 64) }

	return ms(t.percentile(50)) + " | " + ms(t.percentile(95)) + " | " + ms(t.percentile(100))
}

func (t times) percentile(p int) time.Duration {
	if len(t) == 0 {
		return 0
	}

	sorted := slices.Sorted(slices.Values(t))

	return sorted[(len(sorted)-1)*p/100]
}

func measure(ctx context.Context, pool *db.Pool, notes *recorder, o options) error {
	trials, err := trialsOf(ctx, pool)
	if err != nil {
		return err
	}

	var plans strings.Builder

	fmt.Println("| List | Filter | Values | 1st page p50 | p95 | max | 100th page p50 | p95 | max |")
	fmt.Println("|---|---|---|---|---|---|---|---|---|")

	for _, one := range trials {
		if !strings.Contains(one.list+" "+one.filter, o.only) {
			continue
		}

		one.values = slices.DeleteFunc(one.values, func(v value) bool { return !strings.Contains(v.says, o.value) })
		if len(one.values) == 0 {
			continue
		}

		if err := one.run(ctx, o); err != nil {
			return fmt.Errorf("%s by %s: %w", one.list, one.filter, err)
		}

		if o.plans != "" {
			if err := one.explain(ctx, pool, notes, &plans); err != nil {
				return fmt.Errorf("explain %s by %s: %w", one.list, one.filter, err)
			}
		}
	}

	if o.plans == "" {
		return nil
	}

	return os.WriteFile(o.plans, []byte(about+strings.TrimRight(plans.String(), "\n")+"\n"), 0o644)
}

// run measures a filter, each of its values in turn, and prints a line.
func (t trial) run(ctx context.Context, o options) error {
	var first, later times

	slowest := make(map[string]time.Duration)
	cursors := make([]*page.Query, len(t.values))

	for n, one := range t.values {
		var err error
		if cursors[n], err = one.far(ctx); err != nil {
			return err
		}
	}

	timed := func(one value, q page.Query, note string) (time.Duration, error) {
		began := time.Now()
		_, err := one.list(ctx, q)
		took := time.Since(began)
		slowest[one.says+note] = max(slowest[one.says+note], took)

		return took, err
	}

	for n := range max(o.runs, len(t.values)) {
		at := n % len(t.values)

		took, err := timed(t.values[at], page.Query{Size: size}, "")
		if err != nil {
			return err
		}

		first = append(first, took)

		if cursors[at] == nil {
			continue
		}

		if took, err = timed(t.values[at], *cursors[at], " (page 100)"); err != nil {
			return err
		}

		later = append(later, took)
	}

	fmt.Printf("| %s | %s | %d | %s | %s |\n", t.list, t.filter, len(t.values), first, later)

	if o.slow > 0 {
		for says, took := range slowest {
			if took > o.slow {
				fmt.Printf("    %s: %s\n", says, took)
			}
		}
	}

	return nil
}

// far returns the query for a page far down the list, or nil when the list is shorter.
func (v value) far(ctx context.Context) (*page.Query, error) {
	q := page.Query{Size: page.MaxSize}

	for left := (far - 1) * size; left > 0; left -= q.Size {
		q.Size = min(left, page.MaxSize)

		got, err := v.list(ctx, q)
		if err != nil {
			return nil, err
		}

		if !got.HasNext {
			return nil, nil
		}

		after := got.Items[len(got.Items)-1].UUID()
		q.After = &after
	}

	q.Size = size

	return &q, nil
}
