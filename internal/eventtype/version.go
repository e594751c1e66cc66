package eventtype

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/tenant"
)

// AddSchema adds a version of an event type's schema, and returns the names of the samples that do not match it.
// Those of event types derived from it are not looked at. Problems: NOT_FOUND, INVALID, TOO_LONG and REQUIRED with the
// schema, INVALID also for a derived event type, which has the schema of its source, and LIMIT_EXCEEDED.
func (s *Service) AddSchema(
	ctx context.Context, scope tenant.Scope, eventType id.ID, schema json.RawMessage,
) (EventType, []string, error) {
	found, err := s.find(ctx, scope, eventType, "eventTypeId")
	if err != nil {
		return EventType{}, nil, err
	}

	if found.DerivedFrom != nil {
		return EventType{}, nil, problem.New(problem.Invalid,
			"a derived event type has the schema of "+*found.DerivedFrom, "schema")
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

// Schemas returns all versions of the schemas of event types, newest first: those of its source for a derived one. It
// is for loaders and does not check whose they are.
func (s *Service) Schemas(ctx context.Context, ids []id.ID) (map[id.ID][]Schema, error) {
	rows, err := dbsqlc.New(s.pool).EventTypeSchemas(ctx, id.UUIDs(ids))
	if err != nil {
		return nil, fmt.Errorf("load schemas: %w", err)
	}

	found := map[id.ID][]Schema{}

	for _, row := range rows {
		of := id.EventType.From(row.ID)
		found[of] = append(found[of], schemaFromRow(row.EventTypeSchema))
	}

	return found, nil
}

// SchemaFor returns the newest schema of the event type of that name in the organization's catalog, archived or not:
// that of its source for a derived one. Nil means that there is none, or no such event type. It does not check whose
// the organization is.
func (s *Service) SchemaFor(ctx context.Context, organization id.ID, name string) (json.RawMessage, error) {
	// A text that cannot be a name may be one that Postgres does not take either.
	if !ValidName(name) {
		return nil, nil
	}

	schema, err := dbsqlc.New(s.pool).NewestSchemaByName(ctx, dbsqlc.NewestSchemaByNameParams{
		OrganizationID: organization.UUID(), Name: name,
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}

	if err != nil {
		return nil, fmt.Errorf("load newest schema: %w", err)
	}

	return schema, nil
}

// newestCheck returns the check of an event type's own newest schema, nil when it has none.
func newestCheck(ctx context.Context, q *dbsqlc.Queries, of dbsqlc.EventType) (*check, error) {
	newest, err := q.NewestEventTypeSchema(ctx, of.ID)
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
