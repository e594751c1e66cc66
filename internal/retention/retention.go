// Package retention keeps the log in parts by time: it makes the parts for the days to come, and drops those that are
// older than the log is kept, without holding up anybody who reads or writes.
package retention

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/internal/id"
)

const day = 24 * time.Hour

// patience is how long one statement may take: most of it is waiting for transactions that are under way to end.
const patience = 2 * time.Minute

// Policy is how long things are kept, in days of 24 hours. They go in parts, so they stay for up to a tenth longer, and
// for up to a day longer when that is more.
type Policy struct {
	// LogDays is for events, deliveries and attempts, at least 1.
	LogDays int
	// PayloadDays is for the payloads of events and for what deliveries have sent: 1 to LogDays.
	PayloadDays int
}

// table is a part of the log. All are partitioned by ids, which begin with their time.
type table struct {
	name string
	// payloads are kept for a time of their own.
	payloads bool
	// reference is the column of deliveries that says which rows a delivery needs.
	reference string
	// after is the table whose parts of the same time have to be gone before: its rows must not be left alone.
	after string
}

// tables are in the order in which their parts are dropped: nothing goes before what refers to it.
func tables() []table {
	return []table{
		{name: "event_payloads", payloads: true, reference: "event_id"},
		{name: "delivery_contents", payloads: true, reference: "id"},
		{name: "delivery_attempts", reference: "id"},
		{name: "deliveries", reference: "id", after: "delivery_attempts"},
		{name: eventsTable, reference: "event_id"},
	}
}

const eventsTable = "events"

func (p Policy) days(t table) int {
	if t.payloads {
		return p.PayloadDays
	}

	return p.LogDays
}

// width is how many days new parts of a table hold: whole ones, so that about a dozen parts are live.
func (p Policy) width(t table) int { return max(1, p.days(t)/10) }

// lead is how far ahead there have to be parts. It outlasts a week in which nobody makes any.
func (p Policy) lead(t table) time.Duration { return max(7*day, time.Duration(2*p.width(t))*day) }

// Keeper makes and drops parts. Any number of processes may do so at the same time.
type Keeper struct {
	pool     *db.Pool
	policy   Policy
	patience time.Duration
	log      *slog.Logger
	now      func() time.Time
}

// New makes a keeper.
func New(pool *db.Pool, policy Policy, log *slog.Logger, now func() time.Time) *Keeper {
	return &Keeper{pool: pool, policy: policy, patience: patience, log: log, now: now}
}

// Result is what there was to do.
type Result struct {
	// Made and Dropped are how many parts were added and removed.
	Made, Dropped int
	// Kept are parts that are old enough to go, but hold what deliveries that have not come to their end need.
	Kept int
	// Waiting are parts that nobody sees any more, and that are removed once older transactions have ended.
	Waiting int
	// Keys are idempotency keys that went with their events.
	Keys int64
	// History is how many old versions of subscriptions and old bulk operations went.
	History int64
}

// Keep does all there is to do. Parts are dropped also when none can be made.
func (k *Keeper) Keep(ctx context.Context) (Result, error) {
	made, err := k.Ensure(ctx)
	out, dropErr := k.Drop(ctx)
	out.Made = made

	return out, errors.Join(err, dropErr)
}

// Room returns until when there are parts to write to. Nothing can be published after it.
func (k *Keeper) Room(ctx context.Context) (time.Time, error) {
	known, err := read(ctx, k.pool)
	if err != nil {
		return time.Time{}, err
	}

	var out time.Time

	for _, t := range tables() {
		parts := known[t.name]
		if len(parts) == 0 {
			return time.Time{}, fmt.Errorf("table %s has no parts", t.name)
		}

		if end := timeOf(parts[len(parts)-1].to); out.IsZero() || end.Before(out) {
			out = end
		}
	}

	return out, nil
}

// timeOf returns the time that a bound stands for. The first part has no lower one.
func timeOf(bound uuid.UUID) time.Time {
	if bound == uuid.Nil {
		return time.Time{}
	}

	return id.Event.From(bound).Time()
}

func midnight(t time.Time) time.Time { return t.UTC().Truncate(day) }
