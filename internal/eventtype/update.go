package eventtype

import (
	"context"
	"fmt"

	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/tenant"
)

// Update changes an event type. Problems: NOT_FOUND, INVALID for a condition when it is not derived, and with the input
// those of [Service.Create].
func (s *Service) Update(ctx context.Context, scope tenant.Scope, in UpdateInput) (EventType, error) {
	found, err := s.find(ctx, scope, in.ID, "id")
	if err != nil || in == (UpdateInput{ID: in.ID}) {
		return found, err
	}

	problems := checkUpdate(found, in)

	var samples map[int]parsedSample

	if in.Samples != nil {
		owner, err := s.organization(ctx, scope, found.OrganizationID)
		if err != nil {
			return EventType{}, err
		}

		samples = parseSamples(&problems, *in.Samples, int(owner.MaxPayloadBytes))
	}

	var changed EventType

	// The samples are checked under the lock, so that no new schema comes between.
	err = s.locked(ctx, found, func(q *dbsqlc.Queries, row dbsqlc.EventType) error {
		if in.Samples != nil {
			source, err := sourceOf(ctx, q, row)
			if err != nil {
				return err
			}

			against, err := newestCheck(ctx, q, source)
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
		row.Deprecation = in.Deprecation.Or(row.Deprecation)

		if in.When != nil {
			row.DerivedWhen = in.When
		}

		if in.SchemaValidation != nil {
			row.SchemaValidation = string(*in.SchemaValidation)
		}

		changed, err = s.update(ctx, q, row)

		return err
	})

	return changed, err
}

// Archive takes an event type out of use, or back into it. When it is so already, nothing changes. Problems: NOT_FOUND,
// and CONFLICT for one that others in use are derived from, or that would be in use while its source is not.
func (s *Service) Archive(ctx context.Context, scope tenant.Scope, eventType id.ID, archived bool) (EventType, error) {
	found, err := s.find(ctx, scope, eventType, "id")
	if err != nil {
		return EventType{}, err
	}

	var changed EventType

	err = s.locked(ctx, found, func(q *dbsqlc.Queries, row dbsqlc.EventType) error {
		if (row.ArchivedAt != nil) != archived {
			if err := checkArchiving(ctx, q, row, archived); err != nil {
				return err
			}

			row, err = q.ArchiveEventType(ctx, dbsqlc.ArchiveEventTypeParams{
				OrganizationID: row.OrganizationID, ID: row.ID, Archived: archived, Now: s.now(),
			})
			if err != nil {
				return fmt.Errorf("archive event type: %w", err)
			}
		}

		changed, err = fromRow(row)

		return err
	})

	return changed, err
}

func checkUpdate(found EventType, in UpdateInput) problem.List {
	var problems problem.List

	problems.OptionalText(in.Description.Value, MaxDescriptionLength, "description")
	problems.OptionalText(in.Group.Value, MaxGroupLength, "group")
	checkDeprecation(&problems, in.Deprecation.Value)

	if in.SchemaValidation != nil {
		checkSchemaValidation(&problems, *in.SchemaValidation)
	}

	switch {
	case in.When == nil:
	case found.DerivedFrom == nil:
		problems.Add(problem.Invalid, "only a derived event type has a condition", whenField)
	default:
		checkWhen(&problems, *in.When)
	}

	return problems
}

func (s *Service) update(ctx context.Context, q *dbsqlc.Queries, row dbsqlc.EventType) (EventType, error) {
	row, err := q.UpdateEventType(ctx, dbsqlc.UpdateEventTypeParams{
		OrganizationID: row.OrganizationID, ID: row.ID, Description: row.Description, GroupName: row.GroupName,
		Samples: row.Samples, DerivedWhen: row.DerivedWhen, SchemaValidation: row.SchemaValidation,
		Deprecation: row.Deprecation, Now: s.now(),
	})
	if err != nil {
		return EventType{}, fmt.Errorf("update event type: %w", err)
	}

	return fromRow(row)
}
