package flow

import (
	"context"
	"time"

	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/webhook"
)

// Holding is why deliveries of a webhook are held rather than sent.
type Holding struct {
	Reason delivery.HeldReason
	Since  time.Time
	// NextProbeAt is when a single request may find out whether the receiver is back. Nil unless the breaker is open.
	NextProbeAt  *time.Time
	FailedProbes int
	// MaxPerSecond is at which rate somebody wants the backlog to be sent. Nil: nobody said.
	MaxPerSecond *int
}

// HoldingOf returns why deliveries of a webhook are held, or nil when they are not. That somebody paused or disabled it
// goes before its gate.
func HoldingOf(of webhook.Webhook, gate Gate) *Holding {
	switch {
	case of.DisabledAt != nil:
		return &Holding{Reason: delivery.WebhookDisabled, Since: *of.DisabledAt}
	case of.PausedAt != nil:
		return &Holding{Reason: delivery.WebhookPaused, Since: *of.PausedAt}
	case gate.Reason == "":
		return nil
	default:
		return &Holding{
			Reason: gate.Reason, Since: gate.Since, NextProbeAt: gate.ProbeAt, FailedProbes: gate.FailedProbes,
			MaxPerSecond: gate.MaxPerSecond,
		}
	}
}

// Steering is all that a change of a webhook needs of its deliveries.
type Steering struct {
	*Service

	Deliveries *delivery.Service
}

// CancelOpen is [delivery.Service.CancelOpen].
func (s Steering) CancelOpen(ctx context.Context, q *dbsqlc.Queries, webhook id.ID) (int, error) {
	return s.Deliveries.CancelOpen(ctx, q, webhook)
}
