package event

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/tenant"
)

// Release sends an event that was put into quarantine, as if it were published now, once it matches the schema of its
// type. It need not match when unchecked.
func (s *Service) Release(ctx context.Context, scope tenant.Scope, event id.ID, unchecked bool) (Published, error) {
	found, err := s.ByIDs(ctx, []id.ID{event})
	if err != nil {
		return Published{}, err
	}

	one, ok := found[event]

	switch {
	case !ok || !scope.Allows(one.OrganizationID):
		return Published{}, problem.Missing("event", "eventId")
	case one.Payload == nil:
		return Published{}, problem.New(problem.PayloadGone, "the event's payload is not kept any more", "eventId")
	case one.QuarantinedAt == nil:
		return Published{}, notQuarantined()
	}

	known, err := s.plan(ctx, one.OrganizationID, one.Type)
	if err != nil {
		return Published{}, err
	}

	if err := s.checkAgain(ctx, one, known, unchecked); err != nil {
		return Published{}, err
	}

	one.QuarantinedAt = nil
	draft := &draftEvent{event: one}

	if err := s.address(ctx, draft, known); err != nil {
		return Published{}, err
	}

	if err := s.release(ctx, draft); err != nil {
		return Published{}, err
	}

	return draft.published(), nil
}

// checkAgain finds out whether what was wrong has been mended.
func (s *Service) checkAgain(ctx context.Context, one Event, known plan, unchecked bool) error {
	if known.EventTypeID == nil || known.ArchivedAt != nil {
		return problem.New(problem.UnknownEventType, fmt.Sprintf(errUnknownTypeFormat, one.Type), "eventId")
	}

	if unchecked {
		return nil
	}

	mismatch, err := s.mismatch(ctx, one.Payload, known)
	if err != nil {
		return err
	}

	for n := range mismatch {
		mismatch[n].Field = append([]string{"eventId"}, mismatch[n].Field...)
	}

	return mismatch.Err()
}

// release writes the deliveries of an event that is there already. Of two that release it at the same time one is
// refused.
func (s *Service) release(ctx context.Context, draft *draftEvent) error {
	draft.index()

	all := &collected{}
	all.ReleasedEventID = new(draft.event.ID.UUID())
	all.addDeliveries(draft)

	for _, one := range draft.derived {
		all.addEvent(one)
		all.addDeliveries(one)
	}

	s.claim(all)

	err := db.InTx(ctx, s.pool, func(q *dbsqlc.Queries) error {
		_, err := q.ReleaseEvent(ctx, dbsqlc.ReleaseEventParams{
			OrganizationID: draft.event.OrganizationID.UUID(), ID: draft.event.ID.UUID(),
		})
		if errors.Is(err, pgx.ErrNoRows) {
			return notQuarantined()
		}

		if err != nil {
			return fmt.Errorf("release event: %w", err)
		}

		if _, err := q.InsertEvents(ctx, all.InsertEventsParams); err != nil {
			return fmt.Errorf("commit deliveries of released event: %w", err)
		}

		return nil
	})
	if err != nil {
		return err
	}

	s.offer(all, func(uuid.UUID) bool { return true })

	return nil
}

func notQuarantined() error {
	return problem.New(problem.Conflict, "the event is not in quarantine", "eventId")
}
