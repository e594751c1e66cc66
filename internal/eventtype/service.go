package eventtype

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/tenant"
)

// Service keeps the catalogs. It is safe for concurrent use.
type Service struct {
	pool  *db.Pool
	now   func() time.Time
	cache *cache
}

// NewService returns a service that reads the time from now.
func NewService(pool *db.Pool, now func() time.Time) *Service {
	return &Service{pool: pool, now: now, cache: newCache()}
}

// Create adds an event type. Problems: NOT_FOUND for the organization, ALREADY_EXISTS for a name that is in the
// catalog, also as archived, and with the input REQUIRED, TOO_LONG, INVALID, LIMIT_EXCEEDED, PAYLOAD_TOO_LARGE and
// PAYLOAD_SCHEMA_MISMATCH.
func (s *Service) Create(ctx context.Context, scope tenant.Scope, in CreateInput) (EventType, error) {
	owner, err := s.organization(ctx, scope, in.OrganizationID)
	if err != nil {
		return EventType{}, err
	}

	var problems problem.List

	checkName(&problems, in.Name)
	problems.OptionalText(in.Description, MaxDescriptionLength, "description")
	problems.OptionalText(in.Group, MaxGroupLength, "group")

	var (
		schema  json.RawMessage
		against *check
	)

	if !isNull(in.Schema) {
		schema, against = parseSchema(&problems, in.Schema)
	}

	samples := parseSamples(&problems, in.Samples, int(owner.MaxPayloadBytes))
	checkSamples(&problems, samples, against)

	if err := problems.Err(); err != nil {
		return EventType{}, err
	}

	encoded, err := encodeSamples(samples)
	if err != nil {
		return EventType{}, fmt.Errorf("write samples: %w", err)
	}

	now := s.now()

	var created EventType

	err = db.InTx(ctx, s.pool, func(q *dbsqlc.Queries) error {
		row, err := q.InsertEventType(ctx, dbsqlc.InsertEventTypeParams{
			ID: id.New(id.EventType).UUID(), OrganizationID: owner.ID, Name: in.Name, Description: in.Description,
			GroupName: in.Group, Samples: encoded, Now: now,
		})
		if errors.Is(err, pgx.ErrNoRows) {
			return problem.New(problem.AlreadyExists, "the catalog has this name already", "name")
		}

		if err != nil {
			return fmt.Errorf("insert event type: %w", err)
		}

		if created, err = fromRow(row); err != nil || schema == nil {
			return err
		}

		_, err = q.InsertEventTypeSchema(ctx, dbsqlc.InsertEventTypeSchemaParams{
			EventTypeID: row.ID, Schema: schema, Now: now,
		})
		if err != nil {
			return fmt.Errorf("insert schema: %w", err)
		}

		return nil
	})

	return created, err
}

// Update changes an event type. Problems: NOT_FOUND, and with the input those of [Service.Create].
func (s *Service) Update(ctx context.Context, scope tenant.Scope, in UpdateInput) (EventType, error) {
	found, err := s.find(ctx, scope, in.ID, "id")
	if err != nil {
		return EventType{}, err
	}

	var problems problem.List

	problems.OptionalText(in.Description.Value, MaxDescriptionLength, "description")
	problems.OptionalText(in.Group.Value, MaxGroupLength, "group")

	var samples map[int]parsedSample

	if in.Samples != nil {
		owner, err := s.organization(ctx, scope, found.OrganizationID)
		if err != nil {
			return EventType{}, err
		}

		samples = parseSamples(&problems, *in.Samples, int(owner.MaxPayloadBytes))
	}

	if !in.Description.Set && !in.Group.Set && in.Samples == nil {
		return found, nil
	}

	var changed EventType

	// The samples are checked under the lock, so that no new schema comes between.
	err = s.locked(ctx, found, func(q *dbsqlc.Queries, row dbsqlc.EventType) error {
		if in.Samples != nil {
			against, err := newestCheck(ctx, q, row.ID)
			if err != nil {
				return err
			}

			checkSamples(&problems, samples, against)

			if row.Samples, err = encodeSamples(samples); err != nil {
				return fmt.Errorf("write samples: %w", err)
			}
		}

		if err := problems.Err(); err != nil {
			return err
		}

		row.Description, row.GroupName = in.Description.Or(row.Description), in.Group.Or(row.GroupName)

		changed, err = s.update(ctx, q, row)

		return err
	})

	return changed, err
}

// Archive takes an event type out of use, or back into it. When it is so already, nothing changes. Problem: NOT_FOUND.
func (s *Service) Archive(ctx context.Context, scope tenant.Scope, eventType id.ID, archived bool) (EventType, error) {
	found, err := s.find(ctx, scope, eventType, "id")
	if err != nil || (found.ArchivedAt != nil) == archived {
		return found, err
	}

	row, err := dbsqlc.New(s.pool).ArchiveEventType(ctx, dbsqlc.ArchiveEventTypeParams{
		OrganizationID: found.OrganizationID.UUID(), ID: eventType.UUID(), Archived: archived, Now: s.now(),
	})
	if err != nil {
		return EventType{}, fmt.Errorf("archive event type: %w", err)
	}

	return fromRow(row)
}

// AddSchema adds a version of an event type's schema, and returns the names of the samples that do not match it.
// Problems: NOT_FOUND, INVALID, TOO_LONG and REQUIRED with the schema, and LIMIT_EXCEEDED.
func (s *Service) AddSchema(
	ctx context.Context, scope tenant.Scope, eventType id.ID, schema json.RawMessage,
) (EventType, []string, error) {
	found, err := s.find(ctx, scope, eventType, "eventTypeId")
	if err != nil {
		return EventType{}, nil, err
	}

	var problems problem.List

	text, against := parseSchema(&problems, schema)
	if err := problems.Err(); err != nil {
		return EventType{}, nil, err
	}

	var changed EventType

	err = s.locked(ctx, found, func(q *dbsqlc.Queries, row dbsqlc.EventType) error {
		added, err := q.InsertEventTypeSchema(ctx, dbsqlc.InsertEventTypeSchemaParams{
			EventTypeID: row.ID, Schema: text, Now: s.now(),
		})
		if err != nil {
			return fmt.Errorf("insert schema: %w", err)
		}

		if added.Version > MaxSchemaVersions {
			return problem.New(problem.LimitExceeded,
				fmt.Sprintf("an event type can have at most %d versions of its schema", MaxSchemaVersions), "schema")
		}

		changed, err = s.update(ctx, q, row)

		return err
	})
	if err != nil {
		return EventType{}, nil, err
	}

	incompatible, err := incompatibleSamples(changed.Samples, against)
	if err != nil {
		return EventType{}, nil, fmt.Errorf("check samples of %s against its new schema: %w", eventType, err)
	}

	return changed, incompatible, nil
}

// locked runs do in a transaction in which nobody else changes the event type.
func (s *Service) locked(
	ctx context.Context, found EventType, do func(q *dbsqlc.Queries, row dbsqlc.EventType) error,
) error {
	return db.InTx(ctx, s.pool, func(q *dbsqlc.Queries) error {
		row, err := q.LockEventType(ctx, dbsqlc.LockEventTypeParams{
			OrganizationID: found.OrganizationID.UUID(), ID: found.ID.UUID(),
		})
		if err != nil {
			return fmt.Errorf("lock event type: %w", err)
		}

		return do(q, row)
	})
}

func (s *Service) update(ctx context.Context, q *dbsqlc.Queries, row dbsqlc.EventType) (EventType, error) {
	row, err := q.UpdateEventType(ctx, dbsqlc.UpdateEventTypeParams{
		OrganizationID: row.OrganizationID, ID: row.ID, Description: row.Description, GroupName: row.GroupName,
		Samples: row.Samples, Now: s.now(),
	})
	if err != nil {
		return EventType{}, fmt.Errorf("update event type: %w", err)
	}

	return fromRow(row)
}

func (s *Service) organization(
	ctx context.Context, scope tenant.Scope, organization id.ID,
) (dbsqlc.Organization, error) {
	missing := problem.Missing("organization", "organizationId")

	if !organization.Is(id.Organization) || !scope.Allows(organization) {
		return dbsqlc.Organization{}, missing
	}

	found, err := dbsqlc.New(s.pool).OrganizationsByID(ctx, []uuid.UUID{organization.UUID()})
	if err != nil {
		return dbsqlc.Organization{}, fmt.Errorf("look up organization: %w", err)
	}

	if len(found) == 0 {
		return dbsqlc.Organization{}, missing
	}

	return found[0], nil
}

func newestCheck(ctx context.Context, q *dbsqlc.Queries, eventType uuid.UUID) (*check, error) {
	newest, err := q.NewestEventTypeSchema(ctx, eventType)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}

	if err != nil {
		return nil, fmt.Errorf("load newest schema: %w", err)
	}

	against, err := compile(newest.Schema)
	if err != nil {
		return nil, fmt.Errorf("compile a schema that was accepted: %w", err)
	}

	return against, nil
}
