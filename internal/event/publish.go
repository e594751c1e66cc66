package event

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/surehook/surehook/internal/eventtype"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/tenant"
	"github.com/surehook/surehook/internal/webhook"
)

// The limits of publishing.
const (
	MaxEventsPerCall     = 100
	maxIdempotencyKey    = 255
	maxOccurredInFuture  = 24 * time.Hour
	errUnknownTypeFormat = "there is no event type %q in the catalog, or it is archived"
)

// Publish publishes one event. When it returns without error, the event and its deliveries are committed.
func (s *Service) Publish(ctx context.Context, scope tenant.Scope, organization id.ID, in Input) (Published, error) {
	if !scope.Allows(organization) {
		return Published{}, problem.Missing("organization", "organizationId")
	}

	results, err := s.publish(ctx, organization, []Input{in})
	if err != nil {
		return Published{}, err
	}

	return results[0].Published, results[0].Err
}

// PublishMany publishes up to MaxEventsPerCall events. Each is accepted or refused by itself.
func (s *Service) PublishMany(
	ctx context.Context, scope tenant.Scope, organization id.ID, in []Input,
) ([]Result, error) {
	if !scope.Allows(organization) {
		return nil, problem.Missing("organization", "organizationId")
	}

	if len(in) == 0 || len(in) > MaxEventsPerCall {
		return nil, problem.New(problem.LimitExceeded,
			"must be 1 to "+strconv.Itoa(MaxEventsPerCall)+" events, not "+strconv.Itoa(len(in)), "events")
	}

	return s.publish(ctx, organization, in)
}

func (s *Service) publish(ctx context.Context, organization id.ID, in []Input) (results []Result, err error) {
	started := s.now()

	defer func() { s.report(ctx, organization, started, results, err) }()

	results = make([]Result, len(in))
	accepted := make([]*draftEvent, 0, len(in))
	places := make([]int, 0, len(in))

	plans := make(map[string]plan)

	for n, one := range in {
		known, ok := plans[one.EventType]
		if !ok {
			if known, err = s.plan(ctx, organization, one.EventType); err != nil {
				return nil, err
			}

			// The limit comes with the first plan.
			if len(plans) == 0 {
				if err = s.quota.take(ctx, organization, int(known.MaxPublishPerMinute)); err != nil {
					return nil, err
				}
			}

			plans[one.EventType] = known
		}

		draft, err := s.prepare(ctx, organization, one, known)

		switch _, refused := problem.Of(err); {
		case refused:
			results[n].Err = err
		case err != nil:
			return nil, err
		default:
			accepted, places = append(accepted, draft), append(places, n)
		}
	}

	committed, err := s.commit(ctx, organization, accepted)
	if err != nil {
		return nil, err
	}

	for n, one := range committed {
		results[places[n]] = one
	}

	return results, nil
}

// report writes the one line that says all about a call. Payloads are not in it.
func (s *Service) report(ctx context.Context, organization id.ID, started time.Time, results []Result, err error) {
	var refused, duplicates, deliveries, size int

	attrs := []slog.Attr{slog.String("organization", organization.String()), slog.Int("events", len(results))}

	for _, one := range results {
		switch {
		case one.Err != nil:
			refused++
		case one.Duplicate:
			duplicates++
		default:
			deliveries += one.MatchedWebhookCount
			size += len(one.Event.Payload)
		}
	}

	if len(results) == 1 && !results[0].Event.ID.IsZero() {
		attrs = append(attrs,
			slog.String("event", results[0].Event.ID.String()), slog.String("event_type", results[0].Event.Type))
	}

	level := slog.LevelInfo

	if err != nil {
		attrs = append(attrs, slog.String("error", err.Error()))

		// That a caller has to wait is no failure of ours.
		if _, refused := problem.Of(err); !refused {
			level = slog.LevelError
		}
	}

	s.log.LogAttrs(ctx, level, "publish", append(attrs,
		slog.Int("refused", refused), slog.Int("duplicates", duplicates), slog.Int("deliveries", deliveries),
		slog.Int("bytes", size), slog.Duration("duration", s.now().Sub(started)))...)
}

// prepare checks an event and works out its deliveries and what is derived from it. Nothing is written yet.
func (s *Service) prepare(ctx context.Context, organization id.ID, in Input, known plan) (*draftEvent, error) {
	if known.DerivedFrom != nil {
		return nil, problem.New(problem.Invalid,
			fmt.Sprintf("events of this type are derived from %s: publish that", *known.DerivedFrom), "eventType")
	}

	draft, err := s.check(ctx, organization, in, known)
	if err != nil {
		return nil, err
	}

	return draft, s.address(ctx, draft, known)
}

// address works out who gets an event and what is derived from it.
func (s *Service) address(ctx context.Context, draft *draftEvent, known plan) error {
	if draft.event.QuarantinedAt != nil {
		return nil
	}

	facts := draft.event.Facts()
	draft.deliveries = s.match(ctx, draft.event, facts, known)

	derived, err := s.derive(ctx, draft, facts, known)
	draft.derived = derived

	return err
}

// check looks at everything that the event says about itself.
func (s *Service) check(ctx context.Context, organization id.ID, in Input, known plan) (*draftEvent, error) {
	now := s.now()

	var problems problem.List

	unknown := known.EventTypeID == nil || known.ArchivedAt != nil
	if unknown {
		problems.Addf(problem.UnknownEventType, "eventType", errUnknownTypeFormat, in.EventType)
	}

	if in.IdempotencyKey != nil {
		problems.Text(*in.IdempotencyKey, maxIdempotencyKey, "idempotencyKey")

		if strings.HasPrefix(*in.IdempotencyKey, operationalKeys) {
			problems.Add(problem.Invalid, "must not begin with "+operationalKeys, "idempotencyKey")
		}
	}

	problems = append(problems, webhook.CheckResourceIDs(in.ResourceIDs, "resourceIds")...)

	unknownTargets, err := s.checkTargets(ctx, organization, in.WebhookIDs)
	if err != nil {
		return nil, err
	}

	problems = append(problems, unknownTargets...)

	occurredAt := now
	if in.OccurredAt != nil {
		occurredAt = in.OccurredAt.UTC()
		if occurredAt.After(now.Add(maxOccurredInFuture)) || occurredAt.Year() < 1970 {
			problems.Add(problem.Invalid, "must be between 1970 and a day from now", "occurredAt")
		}
	}

	var mismatch problem.List

	payload, err := CheckPayload(in.Payload, int(known.MaxPayloadBytes), "payload")
	if refused, ok := problem.Of(err); ok {
		problems = append(problems, refused...)
	} else if !unknown {
		if mismatch, err = s.mismatch(ctx, payload, known); err != nil {
			return nil, err
		}
	}

	if known.SchemaValidation != nil && *known.SchemaValidation == string(eventtype.Reject) {
		problems = append(problems, mismatch...)
	}

	if err := problems.Err(); err != nil {
		return nil, err
	}

	eventID := id.New(id.Event)
	out := &draftEvent{
		event: Event{
			ID:               eventID,
			OrganizationID:   organization,
			Type:             in.EventType,
			Payload:          payload,
			IdempotencyKey:   in.IdempotencyKey,
			ResourceIDs:      in.ResourceIDs,
			TargetWebhookIDs: in.WebhookIDs,
			OccurredAt:       occurredAt.Truncate(time.Microsecond),
			CreatedAt:        eventID.Time(),
		},
		fingerprint: fingerprint(in, payload),
		keyed:       in.IdempotencyKey != nil,
	}

	if mismatch != nil {
		out.event.SchemaMismatch = new(mismatch.Error())

		if *known.SchemaValidation == string(eventtype.Quarantine) {
			out.event.QuarantinedAt = &out.event.CreatedAt
		}
	}

	return out, nil
}

// mismatch returns how a payload does not match the schema of its type, unless that does not matter.
func (s *Service) mismatch(ctx context.Context, payload []byte, known plan) (problem.List, error) {
	if known.SchemaVersion == 0 || *known.SchemaValidation == string(eventtype.Off) {
		return nil, nil
	}

	err := s.types.Validate(ctx, id.EventType.From(*known.EventTypeID), int(known.SchemaVersion), payload)
	if refused, ok := problem.Of(err); ok {
		return refused, nil
	}

	return nil, err
}

// fingerprint tells whether two events with one idempotency key are the same event.
func fingerprint(in Input, payload []byte) []byte {
	occurredAt := ""
	if in.OccurredAt != nil {
		occurredAt = in.OccurredAt.UTC().Format(time.RFC3339Nano)
	}

	sum := sha256.New()
	// Neither of the first two can hold a line feed, so no two events run together.
	fmt.Fprintf(sum, "%s\n%s\n%s", in.EventType, occurredAt, payload)

	// A payload is compact JSON, which has no line feeds, and resource ids have none either.
	for _, one := range in.ResourceIDs {
		fmt.Fprintf(sum, "\n%s", one)
	}

	// No resource id is empty.
	if in.WebhookIDs != nil {
		fmt.Fprintf(sum, "\n\n%s", arrayText(in.WebhookIDs))
	}

	return sum.Sum(nil)
}
