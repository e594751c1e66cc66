package stats

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/tenant"
)

// Service reads figures and keeps them small. It is safe for concurrent use.
type Service struct {
	pool *db.Pool
	now  func() time.Time
}

// NewService makes a service.
func NewService(pool *db.Pool, now func() time.Time) *Service { return &Service{pool: pool, now: now} }

// row is what is read of a webhook or an organization: what happened in a span of time with one response and durations
// of one step.
type row dbsqlc.StatsOfOrganizationRow

// OfWebhooks returns the figures of webhooks, by webhook. Organizations are those that the webhooks belong to.
func (s *Service) OfWebhooks(
	ctx context.Context, organizations, webhooks []id.ID, q Query,
) (map[id.ID]Stats, error) {
	rows, err := dbsqlc.New(s.pool).StatsOfWebhooks(ctx, dbsqlc.StatsOfWebhooksParams{
		OrganizationIds: id.UUIDs(organizations), WebhookIds: id.UUIDs(webhooks),
		RangeFrom: q.From, RangeTo: q.To, Seconds: q.seconds(),
	})
	if err != nil {
		return nil, fmt.Errorf("load stats of webhooks: %w", err)
	}

	of := make(map[uuid.UUID][]row, len(webhooks))
	for _, one := range rows {
		of[one.OwnerID] = append(of[one.OwnerID], row(one))
	}

	out := make(map[id.ID]Stats, len(webhooks))
	for _, webhook := range webhooks {
		out[webhook] = q.sum(webhook, of[webhook.UUID()])
	}

	return out, nil
}

// OfOrganization returns the figures of all webhooks of an organization together.
func (s *Service) OfOrganization(
	ctx context.Context, scope tenant.Scope, organization id.ID, q Query,
) (Stats, error) {
	if !scope.Allows(organization) {
		return Stats{}, problem.Missing("organization")
	}

	found, err := dbsqlc.New(s.pool).StatsOfOrganization(ctx, dbsqlc.StatsOfOrganizationParams{
		OrganizationID: organization.UUID(), RangeFrom: q.From, RangeTo: q.To, Seconds: q.seconds(),
	})
	if err != nil {
		return Stats{}, fmt.Errorf("load stats of organization: %w", err)
	}

	rows := make([]row, len(found))
	for n, one := range found {
		rows[n] = row(one)
	}

	return q.sum(organization, rows), nil
}

// Open returns how many deliveries of webhooks and organizations have not come to their end, tests included, by owner.
func (s *Service) Open(ctx context.Context, owners []id.ID) (map[id.ID]Open, error) {
	out := make(map[id.ID]Open, len(owners))

	var webhooks, organizations []uuid.UUID

	for _, one := range owners {
		out[one] = Open{}

		if one.Is(id.Webhook) {
			webhooks = append(webhooks, one.UUID())
		} else {
			organizations = append(organizations, one.UUID())
		}
	}

	if len(webhooks) > 0 {
		rows, err := dbsqlc.New(s.pool).OpenOfWebhooks(ctx, webhooks)
		if err != nil {
			return nil, fmt.Errorf("count open deliveries of webhooks: %w", err)
		}

		for _, one := range rows {
			addOpen(out, id.Webhook.From(one.OwnerID), one.Status, one.Total)
		}
	}

	if len(organizations) > 0 {
		rows, err := dbsqlc.New(s.pool).OpenOfOrganizations(ctx, organizations)
		if err != nil {
			return nil, fmt.Errorf("count open deliveries of organizations: %w", err)
		}

		for _, one := range rows {
			addOpen(out, id.Organization.From(one.OwnerID), one.Status, one.Total)
		}
	}

	return out, nil
}

func addOpen(to map[id.ID]Open, owner id.ID, status string, total int64) {
	one := to[owner]

	switch status {
	case "PENDING":
		one.Pending = shown(total)
	case "RETRYING":
		one.Retrying = shown(total)
	default:
		one.Held = shown(total)
	}

	to[owner] = one
}

// LastTriggeredAt returns when an attempt was last made for an organization, and nil when none was. Tests do not count.
func (s *Service) LastTriggeredAt(ctx context.Context, organization id.ID) (*time.Time, error) {
	at, err := dbsqlc.New(s.pool).LastAttemptOfOrganization(ctx, organization.UUID())
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}

	if err != nil {
		return nil, fmt.Errorf("find last attempt of organization: %w", err)
	}

	return &at, nil
}

// seconds is how long the spans are that the database adds up.
func (q Query) seconds() float64 {
	if q.Buckets {
		return q.Width.Seconds()
	}

	return float64(q.To.Unix() - q.From.Unix())
}

// sum makes figures of rows, which are sorted by time.
func (q Query) sum(owner id.ID, rows []row) Stats {
	var whole tally

	out := Stats{Owner: owner, Buckets: []Bucket{}, Responses: responses(rows)}
	for _, one := range rows {
		whole.add(one)
	}

	out.Figures = whole.figures()

	if !q.Buckets {
		return out
	}

	for start := q.From; start.Before(q.To); start = start.Add(q.Width) {
		var one tally

		for len(rows) > 0 && rows[0].Start.Equal(start) {
			one.add(rows[0])
			rows = rows[1:]
		}

		out.Buckets = append(out.Buckets, Bucket{Figures: one.figures(), Start: start, End: start.Add(q.Width)})
	}

	return out
}

func responses(rows []row) []ResponseCount {
	counts := make(map[int32]int64)

	for _, one := range rows {
		if one.Attempts > 0 {
			counts[one.ResponseStatus] += one.Attempts
		}
	}

	out := make([]ResponseCount, 0, len(counts))

	for _, status := range slices.Sorted(maps.Keys(counts)) {
		one := ResponseCount{Attempts: shown(counts[status])}
		if status != 0 {
			one.StatusCode = new(int(status))
		}

		out = append(out, one)
	}

	return out
}
