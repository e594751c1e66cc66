package eventtype

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/tenant"
)

// Create adds an event type. Problems: NOT_FOUND for the organization, ALREADY_EXISTS for a name that is in the
// catalog, also as archived, or is one of Surehook's own, UNKNOWN_EVENT_TYPE for a source that is not in the catalog or
// is archived, INVALID_EXPRESSION for the condition, and with the input REQUIRED, TOO_LONG, INVALID, LIMIT_EXCEEDED,
// PAYLOAD_TOO_LARGE and PAYLOAD_SCHEMA_MISMATCH.
func (s *Service) Create(ctx context.Context, scope tenant.Scope, in CreateInput) (EventType, error) {
	owner, err := s.organization(ctx, scope, in.OrganizationID)
	if err != nil {
		return EventType{}, err
	}

	input, err := checkInput(in, int(owner.MaxPayloadBytes))
	if err != nil {
		return EventType{}, err
	}

	var created EventType

	err = db.InTx(ctx, s.pool, func(q *dbsqlc.Queries) error {
		created, err = s.insert(ctx, q, owner.ID, id.New(id.EventType), input)

		return err
	})

	return created, err
}

// CreateAll adds the event types of a profile to an organization's catalog, within the transaction of q. They may be in
// any order, and are listed in the one that they have. maxPayloadBytes bounds each sample, in bytes of compact JSON.
// The organizations in the inputs do not count.
//
// Problems are those of [Service.Create], below profile.eventTypes and the index. With any of them, the transaction
// must not be committed.
func (s *Service) CreateAll(
	ctx context.Context, q *dbsqlc.Queries, organization id.ID, maxPayloadBytes int, types []CreateInput,
) error {
	var problems problem.List

	inputs := make([]checked, len(types))
	ids := make([]id.ID, len(types))

	for n, in := range types {
		var err error

		inputs[n], err = checkInput(in, maxPayloadBytes)
		if err := noteInProfile(&problems, n, err); err != nil {
			return err
		}

		ids[n] = id.New(id.EventType)
	}

	if err := problems.Err(); err != nil {
		return err
	}

	// Sources come first.
	for _, derived := range []bool{false, true} {
		for n, in := range inputs {
			if (in.DerivedFrom != nil) != derived {
				continue
			}

			_, err := s.insert(ctx, q, organization.UUID(), ids[n], in)
			if err := noteInProfile(&problems, n, err); err != nil {
				return err
			}
		}
	}

	return problems.Err()
}

// noteInProfile notes what is wrong with an event type of a profile, and returns errors that say something else.
func noteInProfile(problems *problem.List, n int, err error) error {
	found, ok := problem.Of(err)
	if !ok {
		return err
	}

	for _, one := range found {
		one.Field = slices.Concat([]string{"profile", "eventTypes", strconv.Itoa(n)}, one.Field)
		*problems = append(*problems, one)
	}

	return nil
}

// insert adds an event type, after it has checked what it takes the catalog to know.
func (s *Service) insert(
	ctx context.Context, q *dbsqlc.Queries, organization uuid.UUID, eventType id.ID, in checked,
) (EventType, error) {
	if in.DerivedFrom != nil {
		if err := checkSource(ctx, q, organization, in); err != nil {
			return EventType{}, err
		}
	}

	samples, err := encodeSamples(in.samples)
	if err != nil {
		return EventType{}, fmt.Errorf("write samples: %w", err)
	}

	now := s.now()

	row, err := q.InsertEventType(ctx, dbsqlc.InsertEventTypeParams{
		ID: eventType.UUID(), OrganizationID: organization, Name: in.Name, Description: in.Description,
		GroupName: in.Group, Samples: samples, DerivedFrom: in.DerivedFrom, DerivedWhen: in.When,
		SchemaValidation: string(in.SchemaValidation), Deprecation: in.Deprecation, Now: now,
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return EventType{}, problem.New(problem.AlreadyExists, "the catalog has this name already", "name")
	}

	if err != nil {
		return EventType{}, fmt.Errorf("insert event type: %w", err)
	}

	if in.Schema != nil {
		_, err = q.InsertEventTypeSchema(ctx, dbsqlc.InsertEventTypeSchemaParams{
			EventTypeID: row.ID, Schema: in.Schema, Now: now,
		})
		if err != nil {
			return EventType{}, fmt.Errorf("insert schema: %w", err)
		}
	}

	return fromRow(row)
}
