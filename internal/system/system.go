// Package system says how the platform as a whole fares, for those who run it.
package system

import (
	"time"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/internal/id"
)

// System is how the platform fares.
type System struct {
	// Version and StartedAt are those of the process that answers.
	Version   string
	StartedAt time.Time

	Database  Database
	Dispatch  Dispatch
	Egress    Egress
	Retention Retention
	Temporal  Temporal
	Workers   []Worker
}

// Database is Postgres.
type Database struct {
	Version string
	// Megabytes is how much it takes on disk, in millions of bytes.
	Megabytes int
	// SchemaVersion is the newest migration applied, LatestSchemaVersion the newest that this program knows.
	SchemaVersion, LatestSchemaVersion int
	// Settings are those on which it depends whether what was committed survives a crash.
	Settings []Setting
}

// Setting is one of them, with whether it is safe.
type Setting db.Setting

// Dispatch is what waits to be started.
type Dispatch struct {
	// Unclaimed is how many deliveries no worker has taken, maxCounted at most.
	Unclaimed int
	// OldestUnclaimedAt is when the first of them was made. Nil when there is none.
	OldestUnclaimedAt *time.Time
	// OldestDueAt is since when an attempt has been due that was not made. Nil when there is none.
	OldestDueAt *time.Time
	// Overdue is how many attempts have been due for more than a minute, maxCounted at most.
	Overdue int
}

// Egress is where requests to webhooks may go.
type Egress struct {
	// AllowedNetworks are those that are not public, in CIDR notation.
	AllowedNetworks []string
	// AllowedPorts are those besides 80 and 443.
	AllowedPorts []int
	AnyPort      bool
}

// Retention is how long things are kept.
type Retention struct {
	LogDays, PayloadDays int
	// RoomUntil is until when there is room in the log. Nil when it could not be found out.
	RoomUntil *time.Time
}

// Temporal is what carries deliveries.
type Temporal struct {
	Namespace, TaskQueue string
	// UIURL is where people find its Web UI. Nil when it is not known.
	UIURL *string
	// Problem says why it could not be reached. Nil when it was.
	Problem *string
	// Backlog is how many tasks wait for a worker, BacklogAgeSeconds for how long the oldest has. Both are estimates, and
	// nil when they could not be found out.
	Backlog, BacklogAgeSeconds *int
}

// Backlog is what waits on the task queue, about.
type Backlog struct {
	Tasks int
	// Age is that of the oldest task.
	Age time.Duration
}

// Reachable tells whether Temporal answers.
func (t Temporal) Reachable() bool { return t.Problem == nil }

// Worker is a process that starts and carries out deliveries.
type Worker struct {
	ID   id.ID
	Name string

	StartedAt, HeartbeatAt time.Time
	// Alive tells whether the last heartbeat is recent. Others take over from one that is not, and then remove it.
	Alive bool
}
