package delivery

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/id"
)

// AttemptStatus is how an attempt ended.
type AttemptStatus string

// The statuses of an attempt.
const (
	AttemptFailed    AttemptStatus = "FAILED"
	AttemptSucceeded AttemptStatus = "SUCCEEDED"
)

// ErrorCode is what kind of problem an attempt had. The values are those of AttemptErrorCode in the schema; those that
// concern the connection are egress's.
type ErrorCode string

// The codes that are not egress's alone.
const (
	ErrorHTTPStatus ErrorCode = "HTTP_STATUS"
	ErrorRedirect   ErrorCode = "REDIRECT"
	// ErrorRender: what the request carries could not be made from the event, and nothing was sent.
	ErrorRender  ErrorCode = "RENDER"
	ErrorTimeout ErrorCode = "TIMEOUT"
	ErrorUnknown ErrorCode = "UNKNOWN"
)

// Error is what was wrong with an attempt.
type Error struct {
	Code    ErrorCode
	Message string
}

// Public returns what may be shown to those who must not see payloads: what a render error says may quote one.
func (e Error) Public() Error {
	if e.Code == ErrorRender {
		e.Message = "what to send could not be made from the event"
	}

	return e
}

// Timings are where the time of an attempt went. Nil: the phase did not take place.
type Timings struct {
	Connect, DNS, FirstByte, TLS *time.Duration
}

// Response is what came back.
type Response struct {
	StatusCode int
	Headers    []Header
	// Body is at most 16 KiB of the body; Truncated says that there was more.
	Body      []byte
	Truncated bool
}

// Content is what all requests of a delivery carry. It is made once, before the first.
type Content struct {
	Method string
	// Query are the parameters that are added to the query of the URL, encoded.
	Query string
	// Body is empty with GET.
	Body []byte
}

// Attempt is one HTTP request of a delivery. What it carries is kept once a delivery, not here.
type Attempt struct {
	ID             id.ID
	OrganizationID id.ID
	WebhookID      id.ID
	DeliveryID     id.ID
	EventType      string
	Number         int
	Trigger        Trigger
	Status         AttemptStatus
	StartedAt      time.Time
	Duration       time.Duration
	Timings        Timings
	RemoteIP       *string
	Method         string
	URL            string
	RequestHeaders []Header
	Response       *Response
	Error          *Error
}

// AttemptFromRow converts a row.
func AttemptFromRow(row dbsqlc.DeliveryAttempt) (Attempt, error) {
	out := Attempt{
		ID:             id.Attempt.From(row.ID),
		OrganizationID: id.Organization.From(row.OrganizationID),
		WebhookID:      id.Webhook.From(row.WebhookID),
		DeliveryID:     id.Delivery.From(row.DeliveryID),
		EventType:      row.EventType,
		Number:         int(row.Number),
		Trigger:        Trigger(row.Trigger),
		Status:         AttemptStatus(row.Status),
		StartedAt:      row.StartedAt,
		Duration:       time.Duration(row.DurationUs) * time.Microsecond,
		Timings: Timings{
			DNS:       fromMicros(row.DnsUs),
			Connect:   fromMicros(row.ConnectUs),
			TLS:       fromMicros(row.TlsUs),
			FirstByte: fromMicros(row.FirstByteUs),
		},
		Method: row.Method,
		URL:    row.Url,
		Error:  errorFrom(row.ErrorCode, row.ErrorMessage),
	}

	if row.RemoteIp != nil {
		ip := row.RemoteIp.String()
		out.RemoteIP = &ip
	}

	if err := json.Unmarshal(row.RequestHeaders, &out.RequestHeaders); err != nil {
		return Attempt{}, fmt.Errorf("read request headers of attempt %s: %w", out.ID, err)
	}

	if row.ResponseStatus == nil {
		return out, nil
	}

	out.Response = &Response{
		StatusCode: int(*row.ResponseStatus), Body: row.ResponseBody, Truncated: row.ResponseTruncated,
	}

	if err := json.Unmarshal(row.ResponseHeaders, &out.Response.Headers); err != nil {
		return Attempt{}, fmt.Errorf("read response headers of attempt %s: %w", out.ID, err)
	}

	return out, nil
}

func errorFrom(code, message *string) *Error {
	if code == nil {
		return nil
	}

	out := Error{Code: ErrorCode(*code)}
	if message != nil {
		out.Message = *message
	}

	return &out
}

func fromMicros(us *int64) *time.Duration {
	if us == nil {
		return nil
	}

	d := time.Duration(*us) * time.Microsecond

	return &d
}
