package delivery

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/eventtype"
	"github.com/surehook/surehook/internal/group"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/pubsub"
	"github.com/surehook/surehook/internal/stats"
)

// How attempts share commits: two connections write, each as many as are waiting.
const (
	recordWriters = 2
	recordBatch   = 128
)

// Record is an attempt and what it makes of its delivery.
type Record struct {
	Attempt Attempt
	EventID id.ID
	// Content is what was sent, unless it is in the log already, or nothing was.
	Content *Content
	// Status is the delivery's from now on: Succeeded, Retrying, Held or Failed.
	Status Status
	// HeldReason is why it is held. Empty unless Held.
	HeldReason HeldReason `json:",omitempty"`
	// MaxAttempts is how many the webhook's schedule makes.
	MaxAttempts int
	// NextAttemptAt is when the next attempt is due. Nil unless Retrying.
	NextAttemptAt *time.Time
	// Counted tells whether it says something about how the webhook fares.
	Counted bool
	// Gone tells whether the receiver said that it is gone for good.
	Gone bool
}

// Recorder writes attempts to the log, many to a commit. It is safe for concurrent use.
type Recorder struct {
	pool  *db.Pool
	group *group.Group[Record, struct{}]
}

// NewRecorder starts a recorder. It must be closed.
func NewRecorder(pool *db.Pool) *Recorder {
	r := &Recorder{pool: pool}
	r.group = group.New(recordWriters, recordBatch, r.write)

	return r
}

// Close writes what is waiting.
func (r *Recorder) Close() { r.group.Close() }

// Record returns once the attempt is committed. Recording the same attempt again is harmless.
func (r *Recorder) Record(ctx context.Context, one Record) error {
	_, err := r.group.Do(ctx, one)

	return err
}

func (r *Recorder) write(ctx context.Context, batch []Record) []group.Result[struct{}] {
	out := make([]group.Result[struct{}], len(batch))

	err := r.insert(ctx, batch)
	if err == nil {
		return out
	}

	// One bad record must not fail the others, so each is tried by itself.
	for n := range batch {
		if len(batch) > 1 {
			err = r.insert(ctx, batch[n:n+1])
		}

		if err != nil && tooOld(err) {
			// It is older than what deliveries send is kept, and was retried nonetheless.
			one := batch[n]
			one.Content = nil
			err = r.insert(ctx, []Record{one})
		}

		out[n].Err = err
	}

	return out
}

// tooOld tells whether there is no part any more that the content of a delivery could be written to.
func tooOld(err error) bool {
	refused, ok := errors.AsType[*pgconn.PgError](err)

	// A check has a name. What has none is that no partition takes the row.
	return ok && refused.Code == pgerrcode.CheckViolation && refused.ConstraintName == "" &&
		refused.TableName == "delivery_contents"
}

func (r *Recorder) insert(ctx context.Context, batch []Record) error {
	params, err := recordParams(batch)
	if err != nil {
		return err
	}

	if _, err := dbsqlc.New(r.pool).RecordAttempts(ctx, params); err != nil {
		return fmt.Errorf("record attempts: %w", err)
	}

	return nil
}

func recordParams(batch []Record) (dbsqlc.RecordAttemptsParams, error) {
	var (
		p       dbsqlc.RecordAttemptsParams
		changes []pubsub.Change
	)

	for _, one := range batch {
		a := one.Attempt

		requestHeaders, err := json.Marshal(a.RequestHeaders)
		if err != nil {
			return p, fmt.Errorf("write request headers: %w", err)
		}

		p.Ids = append(p.Ids, a.ID.UUID())
		p.OrganizationIds = append(p.OrganizationIds, a.OrganizationID.UUID())
		p.WebhookIds = append(p.WebhookIds, a.WebhookID.UUID())
		p.DeliveryIds = append(p.DeliveryIds, a.DeliveryID.UUID())
		p.EventTypes = append(p.EventTypes, a.EventType)
		p.Numbers = append(p.Numbers, int32(a.Number))
		p.Triggers = append(p.Triggers, string(a.Trigger))
		p.Statuses = append(p.Statuses, string(a.Status))
		p.StartedAts = append(p.StartedAts, a.StartedAt)
		p.DurationsUs = append(p.DurationsUs, a.Duration.Microseconds())
		p.DurationSteps = append(p.DurationSteps, int32(stats.Step(a.Duration)))
		p.DnsUs = append(p.DnsUs, toMicros(a.Timings.DNS))
		p.ConnectUs = append(p.ConnectUs, toMicros(a.Timings.Connect))
		p.TlsUs = append(p.TlsUs, toMicros(a.Timings.TLS))
		p.FirstByteUs = append(p.FirstByteUs, toMicros(a.Timings.FirstByte))
		p.RemoteIps = append(p.RemoteIps, deref(a.RemoteIP))
		p.Methods = append(p.Methods, a.Method)
		p.Urls = append(p.Urls, a.URL)
		p.RequestHeaders = append(p.RequestHeaders, string(requestHeaders))
		content := deref(one.Content)
		p.Contents = append(p.Contents, one.Content != nil)
		p.ContentMethods = append(p.ContentMethods, content.Method)
		p.ContentQueries = append(p.ContentQueries, content.Query)
		p.Bodies = append(p.Bodies, content.Body)
		p.Counted = append(p.Counted, one.Counted)
		// An operational event that fails is no news: its own would have no end.
		p.Noticeable = append(p.Noticeable, one.Counted && !eventtype.IsOperational(a.EventType))
		p.Gone = append(p.Gone, one.Gone)
		p.DeliveryStatuses = append(p.DeliveryStatuses, string(one.Status))
		p.HeldReasons = append(p.HeldReasons, string(one.HeldReason))
		p.MaxAttempts = append(p.MaxAttempts, int32(one.MaxAttempts))
		p.NextAttemptAts = append(p.NextAttemptAts, deref(one.NextAttemptAt))
		p.EndedAts = append(p.EndedAts, a.StartedAt.Add(a.Duration))

		if err := addResponse(&p, a); err != nil {
			return p, err
		}

		changes = append(changes, pubsub.Change{
			Organization: a.OrganizationID, Webhook: a.WebhookID, Event: one.EventID, Delivery: a.DeliveryID, Attempt: a.ID,
		})
	}

	p.Hints = pubsub.Encode(changes)

	return p, nil
}

func addResponse(p *dbsqlc.RecordAttemptsParams, a Attempt) error {
	response, headers := Response{}, ""

	if a.Response != nil {
		response = *a.Response

		text, err := json.Marshal(response.Headers)
		if err != nil {
			return fmt.Errorf("write response headers: %w", err)
		}

		headers = string(text)
	}

	p.ResponseStatuses = append(p.ResponseStatuses, int32(response.StatusCode))
	p.ResponseHeaders = append(p.ResponseHeaders, headers)
	p.ResponseBodies = append(p.ResponseBodies, response.Body)
	p.ResponseTruncated = append(p.ResponseTruncated, response.Truncated)

	problem := Error{}
	if a.Error != nil {
		problem = *a.Error
	}

	p.ErrorCodes = append(p.ErrorCodes, string(problem.Code))
	p.ErrorMessages = append(p.ErrorMessages, problem.Message)

	return nil
}

func toMicros(d *time.Duration) int64 {
	if d == nil {
		return -1
	}

	return d.Microseconds()
}

func deref[T any](v *T) T {
	if v == nil {
		var zero T

		return zero
	}

	return *v
}
