package bulk

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/page"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/tenant"
)

// What may be asked for.
const (
	// MostPerSecond is the highest limit on how fast a job goes.
	MostPerSecond = 10_000
	// MostOpen is how many jobs of an organization may be running or paused.
	MostOpen = 5
	// MostTargets is how many webhooks can be named to replay an event to.
	MostTargets = 100
	// sampleSize is how many items a dry run shows.
	sampleSize = 10
)

// Options are what can be said about any job.
type Options struct {
	// DryRun only finds out what there is to do.
	DryRun bool
	// MaxPerSecond is how many deliveries are let loose in a second at most, 1 to [MostPerSecond]. Nil: as many as go.
	MaxPerSecond *int
}

// RetryInput says which deliveries to retry.
type RetryInput struct {
	OrganizationID id.ID
	// Filter may ask for the statuses FAILED and CANCELED. Nil statuses mean FAILED.
	Filter delivery.Filter
	Options
}

// SpanInput is a webhook and a span of time, from Since up to Until. Nil means now.
type SpanInput struct {
	WebhookID id.ID
	Since     time.Time
	Until     *time.Time
	Options
}

// ReplayInput says which event to send again.
type ReplayInput struct {
	EventID id.ID
	// WebhookIDs are the webhooks to send it to. Nil: all that would get it now.
	WebhookIDs []id.ID
	Options
}

// Started is what came of a wish for a job: the job, or with a dry run what it would act on.
type Started struct {
	Operation *Operation
	DryRun    *DryRun
}

// DryRun is what a job would act on.
type DryRun struct {
	// Count is how many items there are. Of events that are missing, some may turn out not to be wanted.
	Count int
	// SampleIDs are the first of them: deliveries, events, or webhooks that an event is replayed to.
	SampleIDs []id.ID
}

// Retry starts a job that retries what a filter matches. Problems: NOT_FOUND, INVALID, NOTHING_MATCHED, LIMIT_EXCEEDED.
func (s *Service) Retry(ctx context.Context, scope tenant.Scope, in RetryInput) (Started, error) {
	if !scope.Allows(in.OrganizationID) {
		return Started{}, problem.Missing("organization", "organizationId")
	}

	filter := in.Filter
	// What the database cannot hold matches nothing.
	filter.EventTypes = page.Storable(filter.EventTypes)

	var problems problem.List

	if filter.Statuses == nil {
		filter.Statuses = []delivery.Status{delivery.Failed}
	}

	for _, one := range filter.Statuses {
		if one != delivery.Failed && one != delivery.Canceled {
			problems.Add(problem.Invalid, "only FAILED and CANCELED deliveries can be retried", "filter", "statuses")

			break
		}
	}

	in.check(&problems)

	if err := problems.Err(); err != nil {
		return Started{}, err
	}

	return s.start(ctx, s.draft(in.OrganizationID, RetryDeliveries, selection{Filter: &filter}), in.Options)
}

// Recover starts a job that retries what failed to reach a webhook. Problems as of [Service.Retry].
func (s *Service) Recover(ctx context.Context, scope tenant.Scope, in SpanInput) (Started, error) {
	of, err := s.checkSpan(ctx, scope, in)
	if err != nil {
		return Started{}, err
	}

	d := s.draft(of.OrganizationID, RecoverWebhook, selection{Filter: &delivery.Filter{
		WebhookIDs: []id.ID{of.ID}, Statuses: []delivery.Status{delivery.Failed},
		CreatedAt: delivery.TimeRange{From: &in.Since, To: in.Until},
	}})
	d.webhookID = &of.ID

	return s.start(ctx, d, in.Options)
}

// Missing starts a job that makes deliveries of events that a webhook never got. Problems as of [Service.Retry].
func (s *Service) Missing(ctx context.Context, scope tenant.Scope, in SpanInput) (Started, error) {
	of, err := s.checkSpan(ctx, scope, in)
	if err != nil {
		return Started{}, err
	}

	d := s.draft(of.OrganizationID, ReplayMissing, selection{Since: &in.Since, Until: in.Until})
	d.webhookID = &of.ID

	return s.start(ctx, d, in.Options)
}

// Replay starts a job that makes new deliveries of an event. Problems: those of [Service.Retry], CONFLICT for an event
// in quarantine, and PAYLOAD_GONE.
func (s *Service) Replay(ctx context.Context, scope tenant.Scope, in ReplayInput) (Started, error) {
	found, err := s.events.ByIDs(ctx, []id.ID{in.EventID})
	if err != nil {
		return Started{}, err
	}

	of, ok := found[in.EventID]
	if !ok || !scope.Allows(of.OrganizationID) {
		return Started{}, problem.Missing("event", "eventId")
	}

	var problems problem.List

	switch {
	case of.Test:
		problems.Add(problem.Invalid, "a test event cannot be replayed; send another", "eventId")
	case of.QuarantinedAt != nil:
		problems.Add(problem.Conflict, "the event is in quarantine; release it", "eventId")
	case of.ExpungedAt != nil || of.Payload == nil:
		problems.Add(problem.PayloadGone, messages[PayloadGone], "eventId")
	}

	if err := s.checkTargets(ctx, &problems, of.OrganizationID, in.WebhookIDs); err != nil {
		return Started{}, err
	}

	in.check(&problems)

	if err := problems.Err(); err != nil {
		return Started{}, err
	}

	receivers, err := s.events.Receivers(ctx, of)
	if err != nil {
		return Started{}, err
	}

	d := s.draft(of.OrganizationID, ReplayEvent, selection{Targets: targets(in.WebhookIDs, receivers)})
	d.eventID = &of.ID

	return s.start(ctx, d, in.Options)
}

// draft makes a job that is not started yet.
func (s *Service) draft(organization id.ID, kind Kind, of selection) draft {
	return draft{
		id: id.New(id.BulkOperation), organization: organization, kind: kind, selection: of, createdAt: s.now(),
	}
}

// targets are the webhooks that were named, or else all receivers, in the order in which they have their turn.
func targets(named []id.ID, receivers map[id.ID]id.ID) []target {
	var out []target

	if named == nil {
		for webhook := range receivers {
			named = append(named, webhook)
		}
	}

	for _, one := range named {
		out = append(out, target{one, receivers[one]})
	}

	slices.SortFunc(out, func(a, b target) int { return compare(a.WebhookID.UUID(), b.WebhookID.UUID()) })

	return slices.Compact(out)
}

// start starts a job that is in order, or says what it would do.
func (s *Service) start(ctx context.Context, d draft, options Options) (Started, error) {
	count, err := s.count(ctx, d)
	if err != nil {
		return Started{}, err
	}

	if options.DryRun {
		sample, err := s.items(ctx, d, nil, sampleSize)

		return Started{DryRun: &DryRun{Count: count, SampleIDs: sample}}, err
	}

	if count == 0 {
		return Started{}, problem.New(problem.NothingMatched, "there is nothing to act on")
	}

	made, err := s.insert(ctx, d, options, count)
	if err != nil {
		return Started{}, err
	}

	return Started{Operation: &made}, nil
}

// params are the row of a new job.
func (d draft) params(options Options, count int, asking *uuid.UUID) (dbsqlc.InsertBulkOperationParams, error) {
	out := dbsqlc.InsertBulkOperationParams{
		ID: d.id.UUID(), OrganizationID: d.organization.UUID(), Kind: string(d.kind), ApiKeyID: asking,
		Total: int64(count), Now: d.createdAt,
	}

	if d.webhookID != nil {
		out.WebhookID = new(d.webhookID.UUID())
	}

	if d.eventID != nil {
		out.EventID = new(d.eventID.UUID())
	}

	if options.MaxPerSecond != nil {
		out.MaxPerSecond = new(int32(*options.MaxPerSecond))
	}

	var err error
	if out.Selection, err = json.Marshal(d.selection); err != nil {
		return out, fmt.Errorf("write selection: %w", err)
	}

	return out, nil
}
