package event

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/group"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/job"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/pubsub"
	"github.com/surehook/surehook/internal/search"
)

// draftEvent is an event that was checked and not yet written.
type draftEvent struct {
	event       Event
	fingerprint []byte
	// keyed tells whether it, or what it was derived from, has an idempotency key.
	keyed      bool
	deliveries []draftDelivery
	// derived are events that are made from this one, and written with it or not at all.
	derived []*draftEvent
	// terms are what the payload can be searched for, as Postgres reads them.
	terms string
}

// all returns the draft with those derived from it.
func (d *draftEvent) all() []*draftEvent { return append([]*draftEvent{d}, d.derived...) }

// index finds out what the payloads can be searched for. It is the caller's work, and not that of those who write for
// all.
func (d *draftEvent) index() {
	for _, one := range d.all() {
		one.terms = search.Literal(search.Terms(one.event.OrganizationID, one.event.Payload))
	}
}

func (d *draftEvent) published() Published {
	out := Published{Event: d.event}

	for _, one := range d.all() {
		out.MatchedWebhookCount += len(one.deliveries)
	}

	for _, one := range d.derived {
		out.Derived = append(out.Derived, one.event)
	}

	return out
}

type draftDelivery struct {
	id, webhookID, subscriptionID id.ID
	// held is why it waits. Empty: it does not.
	held        delivery.HeldReason
	origin      delivery.Origin
	maxAttempts int32
}

// commit writes drafts and says what came of each. An idempotency key that is known turns a draft into the event that
// was published with it, or into a refusal.
func (s *Service) commit(ctx context.Context, organization id.ID, drafts []*draftEvent) ([]Result, error) {
	if len(drafts) == 0 {
		return nil, nil
	}

	for _, draft := range drafts {
		draft.index()
	}

	written, err := s.commits.Do(ctx, drafts)
	if err != nil {
		return nil, err
	}

	results := make([]Result, len(drafts))

	for n, draft := range drafts {
		if written[draft.event.ID.UUID()] {
			results[n].Published = draft.published()

			continue
		}

		if results[n], err = s.duplicate(ctx, organization, draft); err != nil {
			return nil, err
		}
	}

	return results, nil
}

// duplicate deals with a draft that was not written. When the event that was published with its key is not kept any
// more, the key is free again.
func (s *Service) duplicate(ctx context.Context, organization id.ID, draft *draftEvent) (Result, error) {
	for {
		out, err := s.known(ctx, organization, draft)
		if !errors.Is(err, errKeyFree) {
			return out, err
		}

		written, err := s.commits.Do(ctx, []*draftEvent{draft})
		if err != nil {
			return Result{}, err
		}

		if written[draft.event.ID.UUID()] {
			return Result{Published: draft.published()}, nil
		}
	}
}

// errKeyFree says that an idempotency key is not in use.
var errKeyFree = errors.New("idempotency key is free")

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
	var all collected

	for _, drafts := range batch {
		for _, draft := range drafts {
			for _, one := range draft.all() {
				all.addEvent(one)
				all.addDeliveries(one)
			}
		}
	}

	return s.insertCollected(ctx, dbsqlc.New(s.pool), &all)
}

// insertCollected writes what was collected, and hands the deliveries of what was written to the dispatcher.
func (s *Service) insertCollected(
	ctx context.Context, q *dbsqlc.Queries, all *collected,
) (map[uuid.UUID]bool, error) {
	s.claim(all)

	ids, err := q.InsertEvents(ctx, all.InsertEventsParams)
	if err != nil {
		return nil, fmt.Errorf("commit events: %w", err)
	}

	written := make(map[uuid.UUID]bool, len(ids))
	for _, one := range ids {
		written[one] = true
	}

	s.offer(all, func(owner uuid.UUID) bool { return written[owner] })

	return written, nil
}

// claim takes the deliveries on for this process, or leaves them to any.
func (s *Service) claim(all *collected) {
	all.Hints = pubsub.Encode(all.changes)

	if all.ClaimedBy = s.dispatcher.Reserve(len(all.jobs)); all.ClaimedBy == nil && len(all.jobs) > 0 {
		all.Hints = append(all.Hints, pubsub.Wake)
	}
}

// offer hands deliveries over that were taken on, of the events that were written.
func (s *Service) offer(all *collected, written func(owner uuid.UUID) bool) {
	if all.ClaimedBy == nil {
		return
	}

	var mine []job.Job

	for n, one := range all.jobs {
		if written(all.owners[n]) {
			mine = append(mine, one)
		}
	}

	s.dispatcher.Offer(mine...)
}

// known deals with a draft whose idempotency key was taken.
func (s *Service) known(ctx context.Context, organization id.ID, draft *draftEvent) (Result, error) {
	q := dbsqlc.New(s.pool)

	key, err := q.IdempotencyKey(ctx, dbsqlc.IdempotencyKeyParams{
		OrganizationID: organization.UUID(), Key: *draft.event.IdempotencyKey,
	})
	if errors.Is(err, pgx.ErrNoRows) {
		// It went with its event while this one was being published.
		return Result{}, errKeyFree
	}

	if err != nil {
		return Result{}, fmt.Errorf("look up idempotency key: %w", err)
	}

	rows, err := q.EventsByID(ctx, []uuid.UUID{key.EventID})
	if err != nil {
		return Result{}, fmt.Errorf("load first event: %w", err)
	}

	if len(rows) == 0 {
		err := q.ForgetIdempotencyKey(ctx, dbsqlc.ForgetIdempotencyKeyParams{
			OrganizationID: organization.UUID(), Key: key.Key, EventID: key.EventID,
		})
		if err != nil {
			return Result{}, fmt.Errorf("forget idempotency key: %w", err)
		}

		return Result{}, errKeyFree
	}

	if !bytes.Equal(key.Fingerprint, draft.fingerprint) {
		return Result{Err: problem.New(problem.IdempotencyConflict,
			"the key was used before, with another event", "idempotencyKey")}, nil
	}

	first := withPayload(rows[0])

	derived, err := s.Derived(ctx, []id.ID{first.ID})
	if err != nil {
		return Result{}, err
	}

	count, err := q.CountDeliveriesByEvent(ctx, key.EventID)
	if err != nil {
		return Result{}, fmt.Errorf("count deliveries: %w", err)
	}

	return Result{Published: Published{
		Event: first, Derived: derived[first.ID], Duplicate: true, MatchedWebhookCount: int(count),
	}}, nil
}
