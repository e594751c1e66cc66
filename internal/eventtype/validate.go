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
)

// payloadField is where mutations that take a payload have it.
const payloadField = "payload"

// Validate checks a payload against one version of an event type's schema. Version 0 is none: any object will do.
//
// Problems: INVALID when the payload is no JSON object, or there is a schema and it has numbers too large or too long
// to be calculated with; otherwise up to five PAYLOAD_SCHEMA_MISMATCH, each with the JSON pointer of what is wrong in
// its message and, below payload, in its field. A check that takes longer than about two seconds of one processor is
// given up as a mismatch. Checks against one version wait for each other.
func (s *Service) Validate(ctx context.Context, eventType id.ID, number int, payload json.RawMessage) error {
	value, err := decodeObject(payload)
	if err == nil && number != 0 {
		err = calculable(value)
	}

	if err != nil {
		return problem.New(problem.Invalid, err.Error(), payloadField)
	}

	if number == 0 {
		return nil
	}

	wrong, err := s.checkAgainst(ctx, version{eventType: eventType.UUID(), number: number}, value)
	if err != nil {
		return fmt.Errorf("check payload against version %d of the schema of %s: %w", number, eventType, err)
	}

	var problems problem.List

	report(&problems, wrong, payloadField)

	return problems.Err()
}

func (s *Service) checkAgainst(ctx context.Context, of version, value any) ([]mismatch, error) {
	one := s.cache.slot(of)

	select {
	case <-one.free:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}

	defer func() { one.free <- struct{}{} }()

	if one.check == nil {
		row, err := dbsqlc.New(s.pool).EventTypeSchemaByVersion(ctx, dbsqlc.EventTypeSchemaByVersionParams{
			EventTypeID: of.eventType, Version: int32(of.number),
		})
		if errors.Is(err, pgx.ErrNoRows) {
			return nil, ErrUnknownVersion
		}

		if err != nil {
			return nil, fmt.Errorf("load schema: %w", err)
		}

		if one.check, err = compile(row.Schema); err != nil {
			return nil, fmt.Errorf("compile a schema that was accepted: %w", err)
		}

		s.cache.filled(of, one, len(row.Schema))
	}

	return one.check.run(value), nil
}
