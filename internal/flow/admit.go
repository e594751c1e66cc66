package flow

import (
	"context"
	"fmt"
	"time"

	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/pace"
	"github.com/surehook/surehook/internal/settings"
)

// Admission is what a gate says to an attempt.
type Admission struct {
	// Held is why the delivery is to be put aside. Empty: it may be sent.
	Held delivery.HeldReason
	// Probe says that the attempt finds out whether the receiver is back.
	Probe bool
}

// probeLease is for how long the attempt that finds out whether a receiver is back may take: longer than the longest
// request. After that another may try.
const probeLease = 90 * time.Second

// Admit says whether an attempt that is due may be made now. What somebody asked for by hand always may; what a bulk
// operation has retried waits like everything else.
func (s *Service) Admit(ctx context.Context, d delivery.Delivery, gate Gate, of settings.Settings) (Admission, error) {
	// It was let go while the gate was closed for the reason that still holds.
	hasTurn := d.ReleasedAt != nil && !d.ReleasedAt.Before(gate.Since)
	byHand := d.NextTrigger == delivery.Manual && d.OperationID == nil

	switch {
	case gate.Reason == delivery.BreakerOpen && (hasTurn || byHand):
		return Admission{Probe: true}, nil
	case gate.Reason == delivery.BreakerOpen:
		return s.probe(ctx, d.WebhookID)
	case d.ReleasedAt != nil || byHand:
		return Admission{}, nil
	case gate.Reason != "":
		return Admission{Held: gate.Reason}, nil
	case of.MaxRequestsPerSecond > 0:
		return s.takeTurn(ctx, d, of.MaxRequestsPerSecond)
	default:
		return Admission{}, nil
	}
}

func (s *Service) probe(ctx context.Context, webhook id.ID) (Admission, error) {
	now := s.now()

	taken, err := dbsqlc.New(s.pool).TakeProbe(ctx, dbsqlc.TakeProbeParams{
		WebhookID: webhook.UUID(), Now: now, NextProbeAt: now.Add(probeLease),
	})
	if err != nil {
		return Admission{}, fmt.Errorf("take probe of %s: %w", webhook, err)
	}

	if taken == 0 {
		return Admission{Held: delivery.BreakerOpen}, nil
	}

	return Admission{Probe: true}, nil
}

// takeTurn counts a request of a webhook that takes only so many in a second. When there are too many the gate closes,
// and what is held is let go at that rate.
func (s *Service) takeTurn(ctx context.Context, d delivery.Delivery, perSecond int) (Admission, error) {
	rate := pace.Of(perSecond, smooth)
	now := s.now()

	taken, err := dbsqlc.New(s.pool).TakeTurn(ctx, dbsqlc.TakeTurnParams{
		WebhookID: d.WebhookID.UUID(), Now: now, FirstUntil: now.Add(rate.Step()), StepSeconds: rate.Step().Seconds(),
		RoomUntil: now.Add(rate.Burst()),
	})
	if err != nil {
		return Admission{}, fmt.Errorf("take turn of %s: %w", d.WebhookID, err)
	}

	if taken > 0 {
		return Admission{}, nil
	}

	_, err = s.change(ctx, d.OrganizationID, d.WebhookID, func(q *dbsqlc.Queries) (int64, error) {
		return q.CloseGate(ctx, dbsqlc.CloseGateParams{
			WebhookID: d.WebhookID.UUID(), Reason: string(delivery.RateLimited), Now: now,
		})
	})

	return Admission{Held: delivery.RateLimited}, err
}
