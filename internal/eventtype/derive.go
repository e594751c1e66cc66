package eventtype

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/problem"
)

// A derived event type has a source that is in use for as long as it is in use itself. So whoever puts a derived one
// into use locks the source against being archived, and whoever archives a source locks it against that.

const (
	// sourceField is where mutations have the name of a source.
	sourceField   = "derivedFrom"
	unknownSource = "there is no event type of this name in the catalog, or it is archived"
)

// checkSource checks a derived event type against its source, which stays as it is until the end of the transaction.
func checkSource(ctx context.Context, q *dbsqlc.Queries, organization uuid.UUID, in checked) error {
	source, err := q.ShareEventType(ctx, dbsqlc.ShareEventTypeParams{
		OrganizationID: organization, Name: *in.DerivedFrom,
	})
	if errors.Is(err, pgx.ErrNoRows) || err == nil && source.ArchivedAt != nil {
		return problem.New(problem.UnknownEventType, unknownSource, sourceField)
	}

	if err != nil {
		return fmt.Errorf("lock source: %w", err)
	}

	if source.DerivedFrom != nil {
		return problem.New(problem.Invalid,
			"must not be derived itself, and "+source.Name+" is derived from "+*source.DerivedFrom, sourceField)
	}

	names, err := q.DerivedEventTypeNames(ctx, dbsqlc.DerivedEventTypeNamesParams{
		OrganizationID: organization, DerivedFrom: source.Name,
	})
	if err != nil {
		return fmt.Errorf("look up derived event types: %w", err)
	}

	if len(names) >= MaxDerived {
		return problem.New(problem.LimitExceeded,
			fmt.Sprintf("at most %d event types may be derived from one", MaxDerived), sourceField)
	}

	if len(in.samples) == 0 {
		return nil
	}

	against, err := newestCheck(ctx, q, source)
	if err != nil {
		return err
	}

	var problems problem.List

	checkSamples(&problems, in.samples, against)

	return problems.Err()
}

// sourceOf returns the event type whose schemas count for one that is locked: its source, if it is derived, or else
// itself. Neither changes until the end of the transaction.
func sourceOf(ctx context.Context, q *dbsqlc.Queries, of dbsqlc.EventType) (dbsqlc.EventType, error) {
	if of.DerivedFrom == nil {
		return of, nil
	}

	source, err := q.ShareEventType(ctx, dbsqlc.ShareEventTypeParams{
		OrganizationID: of.OrganizationID, Name: *of.DerivedFrom,
	})
	if err != nil {
		return dbsqlc.EventType{}, fmt.Errorf("lock source: %w", err)
	}

	return source, nil
}

// checkArchiving checks that an event type that is locked can be taken out of use, or back into it.
func checkArchiving(ctx context.Context, q *dbsqlc.Queries, row dbsqlc.EventType, archived bool) error {
	if !archived {
		source, err := sourceOf(ctx, q, row)
		if err == nil && source.ID != row.ID && source.ArchivedAt != nil {
			return problem.New(problem.Conflict, "it is derived from "+source.Name+", which is archived", "id")
		}

		return err
	}

	names, err := q.DerivedEventTypeNames(ctx, dbsqlc.DerivedEventTypeNamesParams{
		OrganizationID: row.OrganizationID, DerivedFrom: row.Name,
	})
	if err != nil {
		return fmt.Errorf("look up derived event types: %w", err)
	}

	if len(names) > 0 {
		return problem.New(problem.Conflict,
			"other event types are derived from it: "+shorten(strings.Join(names, ", ")), "id")
	}

	return nil
}
