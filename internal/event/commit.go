package event

import (
	"bytes"
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/group"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/job"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/pubsub"
)

// draftEvent is an event that was checked and not yet written.
type draftEvent struct {
	event       Event
	fingerprint []byte
	deliveries  []draftDelivery
}

type draftDelivery struct {
	id, webhookID, subscriptionID id.ID
	held                          bool
	origin                        delivery.Origin
	maxAttempts                   int32
}

// commit writes drafts and says what came of each. An idempotency key that is known turns a draft into the event that
// was published with it, or into a refusal.
func (s *Service) commit(ctx context.Context, organization id.ID, drafts []*draftEvent) ([]Result, error) {
	if len(drafts) == 0 {
		return nil, nil
	}

	written, err := s.commits.Do(ctx, drafts)
	if err != nil {
		return nil, err
	}

	results := make([]Result, len(drafts))

	for n, draft := range drafts {
		if written[draft.event.ID.UUID()] {
			results[n].Published = Published{Event: draft.event, MatchedWebhookCount: len(draft.deliveries)}

			continue
		}

		if results[n], err = s.known(ctx, organization, draft); err != nil {
			return nil, err
		}
	}

	return results, nil
}

// write commits all drafts of a batch at once and then hands their deliveries to the dispatcher.
func (s *Service) write(ctx context.Context, batch [][]*draftEvent) []group.Result[map[uuid.UUID]bool] {
	out := make([]group.Result[map[uuid.UUID]bool], len(batch))

	written, err := s.insert(ctx, batch)
	for n := range batch {
		// One caller's bad data must not fail the others, so after a failure each is written by itself.
		if err != nil && len(batch) > 1 {
			out[n].Value, out[n].Err = s.insert(ctx, batch[n:n+1])
		} else {
			out[n].Value, out[n].Err = written, err
		}
	}

	return out
}

func (s *Service) insert(ctx context.Context, batch [][]*draftEvent) (map[uuid.UUID]bool, error) {
	var (
		p       dbsqlc.InsertEventsParams
		changes []pubsub.Change
		jobs    []job.Job
		owners  []uuid.UUID
	)

	for _, drafts := range batch {
		for _, draft := range drafts {
			add(&p, draft)

			for _, d := range draft.deliveries {
				changes = append(changes, pubsub.Change{
					Organization: draft.event.OrganizationID, Webhook: d.webhookID, Event: draft.event.ID, Delivery: d.id,
				})

				if !d.held {
					owners = append(owners, draft.event.ID.UUID())
					jobs = append(jobs, job.Job{
						DeliveryID: d.id, OrganizationID: draft.event.OrganizationID, WebhookID: d.webhookID,
						EventType: draft.event.Type,
					})
				}
			}
		}
	}

	p.Hints = pubsub.Encode(changes)

	if p.ClaimedBy = s.dispatcher.Reserve(len(jobs)); p.ClaimedBy == nil && len(jobs) > 0 {
		p.Hints = append(p.Hints, pubsub.Wake)
	}

	ids, err := dbsqlc.New(s.pool).InsertEvents(ctx, p)
	if err != nil {
		return nil, fmt.Errorf("commit events: %w", err)
	}

	written := make(map[uuid.UUID]bool, len(ids))
	for _, one := range ids {
		written[one] = true
	}

	if p.ClaimedBy != nil {
		var mine []job.Job

		for n, one := range jobs {
			if written[owners[n]] {
				mine = append(mine, one)
			}
		}

		s.dispatcher.Offer(mine...)
	}

	return written, nil
}

func add(p *dbsqlc.InsertEventsParams, draft *draftEvent) {
	e := draft.event

	key := ""
	if e.IdempotencyKey != nil {
		key = *e.IdempotencyKey
	}

	p.Ids = append(p.Ids, e.ID.UUID())
	p.OrganizationIds = append(p.OrganizationIds, e.OrganizationID.UUID())
	p.EventTypes = append(p.EventTypes, e.Type)
	p.Payloads = append(p.Payloads, string(e.Payload))
	p.IdempotencyKeys = append(p.IdempotencyKeys, key)
	p.Fingerprints = append(p.Fingerprints, draft.fingerprint)
	p.Tests = append(p.Tests, e.Test)
	p.OccurredAts = append(p.OccurredAts, e.OccurredAt)
	p.CreatedAts = append(p.CreatedAts, e.CreatedAt)

	for _, d := range draft.deliveries {
		p.DeliveryIds = append(p.DeliveryIds, d.id.UUID())
		p.DeliveryOrganizationIds = append(p.DeliveryOrganizationIds, e.OrganizationID.UUID())
		p.DeliveryEventIds = append(p.DeliveryEventIds, e.ID.UUID())
		p.DeliveryWebhookIds = append(p.DeliveryWebhookIds, d.webhookID.UUID())
		p.DeliverySubscriptionIds = append(p.DeliverySubscriptionIds, d.subscriptionID.UUID())
		p.DeliveryEventTypes = append(p.DeliveryEventTypes, e.Type)
		p.DeliveryHeld = append(p.DeliveryHeld, d.held)
		p.DeliveryOrigins = append(p.DeliveryOrigins, string(d.origin))
		p.DeliveryMaxAttempts = append(p.DeliveryMaxAttempts, d.maxAttempts)
		p.DeliveryCreatedAts = append(p.DeliveryCreatedAts, d.id.Time())
	}
}

// known deals with a draft whose idempotency key was taken.
func (s *Service) known(ctx context.Context, organization id.ID, draft *draftEvent) (Result, error) {
	q := dbsqlc.New(s.pool)

	key, err := q.IdempotencyKey(ctx, dbsqlc.IdempotencyKeyParams{
		OrganizationID: organization.UUID(), Key: *draft.event.IdempotencyKey,
	})
	if err != nil {
		return Result{}, fmt.Errorf("look up idempotency key: %w", err)
	}

	if !bytes.Equal(key.Fingerprint, draft.fingerprint) {
		return Result{Err: problem.New(problem.IdempotencyConflict,
			"the key was used before, with another event", "idempotencyKey")}, nil
	}

	rows, err := q.EventsByID(ctx, []uuid.UUID{key.EventID})
	if err != nil {
		return Result{}, fmt.Errorf("load first event: %w", err)
	}

	if len(rows) == 0 {
		return Result{}, fmt.Errorf("idempotency key of %s names event %s, which is gone", organization, key.EventID)
	}

	count, err := q.CountDeliveriesByEvent(ctx, key.EventID)
	if err != nil {
		return Result{}, fmt.Errorf("count deliveries: %w", err)
	}

	return Result{Published: Published{Event: fromRow(rows[0]), Duplicate: true, MatchedWebhookCount: int(count)}}, nil
}
