package attempt

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/egress"
	"github.com/surehook/surehook/internal/endpointauth"
	"github.com/surehook/surehook/internal/flow"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/outgoing"
	"github.com/surehook/surehook/internal/settings"
	"github.com/surehook/surehook/internal/webhook"
)

// early is by how much an attempt may come before its time, so that two clocks that differ a little do not send a retry
// back to wait for nothing.
const early = 250 * time.Millisecond

// recordFor is how long an attempt waits for the log before it is handed to Temporal to be recorded later.
const recordFor = 10 * time.Second

// observeFor is how long the flow may take to draw its conclusions from an attempt.
const observeFor = 2 * time.Second

// Log is where attempts are recorded and deliveries are put aside.
type Log interface {
	CancelOpenOf(ctx context.Context, webhook id.ID) error
	// GiveUp cancels a delivery if it is there and under way.
	GiveUp(ctx context.Context, delivery id.ID) error
}

// Flow decides whether deliveries go to a webhook.
type Flow interface {
	Admit(ctx context.Context, d delivery.Delivery, gate flow.Gate, of settings.Settings) (flow.Admission, error)
	Hold(ctx context.Context, one id.ID, reason delivery.HeldReason) error
	Observe(ctx context.Context, attempted flow.Attempted, policy settings.Breaker) (hold bool, err error)
}

// Recorder writes attempts to the log.
type Recorder interface {
	Record(ctx context.Context, record delivery.Record) error
}

// Sender makes HTTP requests. The key names the authentication, so that what was made for it can be used again.
type Sender interface {
	Do(ctx context.Context, key string, auth *endpointauth.Auth, request egress.Request) egress.Result
}

// Watch looks after webhooks that fail.
type Watch interface {
	// Failed says that a delivery to the webhook has failed for good.
	Failed(ctx context.Context, webhook, delivery id.ID)
}

// Runner makes attempts. It is safe for concurrent use.
type Runner struct {
	loader   *loader
	log      Log
	flow     Flow
	recorder Recorder
	sender   Sender
	renderer *outgoing.Renderer
	sealer   webhook.Sealer
	watch    Watch
	logger   *slog.Logger
	now      func() time.Time
}

// Parts are what a runner works with.
type Parts struct {
	Log      Log
	Flow     Flow
	Recorder Recorder
	Sender   Sender
	Renderer *outgoing.Renderer
	Sealer   webhook.Sealer
	Watch    Watch
	Logger   *slog.Logger
	Now      func() time.Time
}

// NewRunner makes a runner. It must be closed.
func NewRunner(pool *db.Pool, parts Parts) *Runner {
	return &Runner{
		loader: newLoader(pool, parts.Now), log: parts.Log, flow: parts.Flow, recorder: parts.Recorder, sender: parts.Sender,
		renderer: parts.Renderer, sealer: parts.Sealer, watch: parts.Watch, logger: parts.Logger, now: parts.Now,
	}
}

// Close ends the runner once its attempts are done.
func (r *Runner) Close() { r.loader.group.Close() }

// Run makes an attempt of the delivery if one is due. An error means that nothing was sent, or nothing that reached the
// receiver for certain, and that Run may be called again.
func (r *Runner) Run(ctx context.Context, deliveryID id.ID) (Outcome, error) {
	w, err := r.loader.load(ctx, deliveryID)
	if errors.Is(err, ErrNoDelivery) {
		// It may be there without its event, which was older than the log is kept.
		if err := r.log.GiveUp(ctx, deliveryID); err != nil {
			return Outcome{}, err
		}
	}

	if err != nil {
		return Outcome{}, err
	}

	if outcome, done, err := r.before(ctx, w); done || err != nil {
		return outcome, err
	}

	// A test is to find out how the receiver fares, whatever it did to others.
	if w.delivery.Origin == delivery.OriginTest {
		return r.attempt(ctx, w, false)
	}

	admission, err := r.flow.Admit(ctx, w.delivery, w.gate, w.webhook.Settings)
	if err != nil {
		return Outcome{}, err
	}

	if admission.Held != "" {
		return r.hold(ctx, w, admission.Held)
	}

	return r.attempt(ctx, w, admission.Probe)
}

// hold puts the delivery aside. Nothing was sent.
func (r *Runner) hold(ctx context.Context, w work, reason delivery.HeldReason) (Outcome, error) {
	if err := r.flow.Hold(ctx, w.delivery.ID, reason); err != nil {
		return Outcome{}, err
	}

	return Outcome{State: Held, Job: w.delivery.Job()}, nil
}

// before deals with all cases in which nothing is to be sent.
func (r *Runner) before(ctx context.Context, w work) (Outcome, bool, error) {
	out := Outcome{Job: w.delivery.Job(), Failure: w.lastFailure()}

	switch w.delivery.Status {
	case delivery.Canceled:
		out.State = Canceled
	case delivery.Failed:
		out.State = Failed
	case delivery.Held:
		out.State = Held
	case delivery.Succeeded:
		out.State = Succeeded
	case delivery.Pending, delivery.Retrying:
		switch wait := w.delivery.DueAt.Sub(r.now()); {
		case w.webhook.DeletedAt != nil:
			out.State = Canceled

			return out, true, r.log.CancelOpenOf(ctx, w.webhookID())
		case w.payload == nil && w.content == nil:
			// It was expunged, or is older than payloads are kept.
			out.State = Canceled

			return out, true, r.log.GiveUp(ctx, w.delivery.ID)
		case w.webhook.Status == webhook.Disabled:
			out, err := r.hold(ctx, w, delivery.WebhookDisabled)

			return out, true, err
		case w.webhook.Status == webhook.Paused && w.delivery.Origin != delivery.OriginTest:
			out, err := r.hold(ctx, w, delivery.WebhookPaused)

			return out, true, err
		case wait > early:
			out.State, out.Wait = Waiting, wait
		default:
			return Outcome{}, false, nil
		}
	}

	return out, true, nil
}

func (r *Runner) attempt(ctx context.Context, w work, probe bool) (Outcome, error) {
	sent, result, err := r.send(ctx, w)
	if err != nil {
		return Outcome{}, err
	}

	record := w.judge(sent, result, r.now())
	r.observe(ctx, w, probe, &record)

	recordErr := r.record(ctx, record)

	r.report(ctx, w, record, recordErr)

	if recordErr == nil && record.Counted && record.Status == delivery.Failed {
		r.watch.Failed(ctx, w.webhookID(), w.delivery.ID)
	}

	out := Outcome{
		Job: w.delivery.Job(), Failure: failure(record.Attempt, record.MaxAttempts),
		Again: w.delivery.NextTrigger == delivery.Manual && w.delivery.ResumeAt == nil,
	}

	switch {
	case recordErr != nil:
		out.State, out.Record = Unrecorded, withoutContent(record)
	case record.Status == delivery.Succeeded:
		out.State, out.Failure = Succeeded, ""
	case record.Status == delivery.Failed:
		out.State = Failed
	case record.Status == delivery.Held:
		out.State = Held
	default:
		out.State, out.Wait = Waiting, record.NextAttemptAt.Sub(r.now())
	}

	return out, nil
}

// observe has the flow draw its conclusions. What it cannot say now it says after the next attempt.
func (r *Runner) observe(ctx context.Context, w work, probe bool, record *delivery.Record) {
	if !record.Counted {
		return
	}

	// To note the attempt itself is more important.
	ctx, cancel := context.WithTimeout(ctx, observeFor)
	defer cancel()

	hold, err := r.flow.Observe(ctx, flow.Attempted{
		Organization: w.delivery.OrganizationID, Webhook: w.webhookID(), StartedAt: record.Attempt.StartedAt,
		Failed: record.Attempt.Status == delivery.AttemptFailed, Probe: probe, Gate: w.gate,
	}, w.webhook.Settings.Breaker)
	if err != nil {
		r.logger.WarnContext(ctx, "attempt not taken into account for the breaker", "error", err)
	}

	// A receiver that gets a rest gets it from deliveries that were tried already, too.
	if hold && record.Status == delivery.Retrying {
		record.Status, record.HeldReason, record.NextAttemptAt = delivery.Held, delivery.BreakerOpen, nil
	}
}

// record keeps trying for a while: what was sent must not be sent again for want of a note about it. It does not stop
// with the attempt's context, because a process that is stopping has to finish this.
func (r *Runner) record(ctx context.Context, record delivery.Record) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordFor)
	defer cancel()

	for wait := 50 * time.Millisecond; ; wait = min(2*wait, time.Second) {
		err := r.recorder.Record(ctx, record)
		if err == nil {
			return nil
		}

		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return errors.Join(err, context.Cause(ctx))
		}
	}
}

// report writes the one line that says all about an attempt. Neither payloads nor header values are in it.
func (r *Runner) report(ctx context.Context, w work, record delivery.Record, recordErr error) {
	a := record.Attempt
	attrs := []slog.Attr{
		slog.String("delivery", a.DeliveryID.String()), slog.String("attempt", a.ID.String()),
		slog.String("event", record.EventID.String()), slog.String("event_type", a.EventType),
		slog.String("webhook", a.WebhookID.String()), slog.String("organization", a.OrganizationID.String()),
		slog.Int("number", a.Number), slog.String("trigger", string(a.Trigger)), slog.String("outcome", string(a.Status)),
		slog.String("status", string(record.Status)), slog.Duration("duration", a.Duration),
		slog.Duration("since_event", a.StartedAt.Sub(w.delivery.CreatedAt)),
	}

	level := slog.LevelInfo

	if a.Response != nil {
		attrs = append(attrs, slog.Int("response_status", a.Response.StatusCode))
	}

	if a.Error != nil {
		problem := publicly(*a.Error)
		attrs = append(attrs, slog.String("error_code", string(problem.Code)), slog.String("error", problem.Message))
	}

	if record.NextAttemptAt != nil {
		attrs = append(attrs, slog.Time("next_attempt_at", *record.NextAttemptAt))
	}

	if recordErr != nil {
		level = slog.LevelError
		attrs = append(attrs, slog.String("record_error", recordErr.Error()))
	}

	r.logger.LogAttrs(ctx, level, "attempt", attrs...)
}
