// Package activities holds the steps of workflows that reach outside: one a file, with its
// parameters and its result. Parameters are ids; payloads and secrets never travel through Temporal,
// whose histories are open to whoever may read the Web UI.
package activities

import (
	"context"

	"github.com/surehook/surehook/internal/attempt"
	"github.com/surehook/surehook/internal/bulk"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/flow"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/job"
	"github.com/surehook/surehook/internal/retention"
	"github.com/surehook/surehook/internal/upkeep"
)

// Runner makes an attempt of a delivery, if one is due.
type Runner interface {
	Run(ctx context.Context, delivery id.ID) (attempt.Outcome, error)
}

// Record is an attempt and what it makes of its delivery. Workflows hand it on and do not look into it.
type Record = delivery.Record

// Continuer starts the workflow in which a delivery goes on alone. An attempt that could not be recorded goes along, to
// be recorded before anything else is sent.
type Continuer interface {
	ContinueDelivery(ctx context.Context, one job.Job, unrecorded *Record) error
}

// Recorder writes attempts to the log.
type Recorder interface {
	Record(ctx context.Context, record delivery.Record) error
}

// Tender looks after webhooks.
type Tender interface {
	Tend(ctx context.Context) (upkeep.Result, error)
}

// Operations are bulk operations, which are run until it is enough, and return how they stand then.
type Operations interface {
	Run(ctx context.Context, operation id.ID, enough <-chan struct{}) (bulk.Status, error)
}

// Drainer looks after the gate of a webhook: see [flow.Service.Step].
type Drainer interface {
	Step(ctx context.Context, webhook id.ID) (flow.Step, error)
}

// Retainer keeps the log for as long as it is to be kept.
type Retainer interface {
	Keep(ctx context.Context) (retention.Result, error)
}

// Activities are all of them. A nil pointer names them for workflows.
type Activities struct {
	parts Parts
}

// Parts are what activities work with.
type Parts struct {
	Runner     Runner
	Continuer  Continuer
	Recorder   Recorder
	Tender     Tender
	Drainer    Drainer
	Retainer   Retainer
	Operations Operations
}

// New makes the activities, to be registered with a worker.
func New(parts Parts) *Activities { return &Activities{parts: parts} }

// The types of the errors by which an attempt fails, as operators see them in the Temporal Web UI.
const (
	// TypeAttemptFailed: the attempt failed and another is due.
	TypeAttemptFailed = "AttemptFailed"
	// TypeDeliveryFailed: the delivery has come to a bad end.
	TypeDeliveryFailed = "DeliveryFailed"
	// TypeNoDelivery: there is no such delivery.
	TypeNoDelivery = "NoDelivery"
	// TypeNoOperation: there is no such bulk operation.
	TypeNoOperation = "NoOperation"
)
