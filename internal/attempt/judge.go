package attempt

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/egress"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/retry"
)

// judge turns what came back into a record of the attempt and of what becomes of the delivery.
func (w work) judge(request egress.Request, result egress.Result, now time.Time) delivery.Record {
	d := w.delivery
	policy := w.policy()

	a := delivery.Attempt{
		ID:             id.New(id.Attempt),
		OrganizationID: d.OrganizationID,
		WebhookID:      d.WebhookID,
		DeliveryID:     d.ID,
		EventType:      d.EventType,
		Number:         d.AttemptCount + 1,
		Trigger:        d.NextTrigger,
		Status:         delivery.AttemptSucceeded,
		StartedAt:      result.StartedAt,
		Duration:       result.Duration,
		Timings:        delivery.Timings(result.Timings),
		Method:         request.Method,
		URL:            request.URL,
		RequestHeaders: headers(egress.MaskHeader(result.Header, w.headerNames...)),
	}

	if result.RemoteIP.IsValid() {
		ip := result.RemoteIP.Unmap().WithZone("").String()
		a.RemoteIP = &ip
	}

	if result.Response != nil {
		a.Response = &delivery.Response{
			StatusCode: result.Response.StatusCode,
			Headers:    headers(result.Response.Header),
			Body:       result.Response.Body,
			Truncated:  result.Response.Truncated,
		}
	}

	if a.Error = problem(result); a.Error != nil {
		a.Status = delivery.AttemptFailed
	}

	record := delivery.Record{
		Attempt: a, EventID: d.EventID, MaxAttempts: policy.MaxAttempts(), Status: delivery.Succeeded,
	}

	if w.body == nil {
		record.Body = request.Body
	}

	if a.Status == delivery.AttemptFailed {
		record.Status, record.NextAttemptAt = w.next(policy, result.Response, now)
	}

	return record
}

// next says what follows a failed attempt. What the receiver asks for in Retry-After goes before the schedule; a retry
// by hand uses nothing of the schedule up and goes back to where it was.
func (w work) next(
	policy retry.Policy, response *egress.Response, now time.Time,
) (delivery.Status, *time.Time) {
	// Standard Webhooks 1.0.0: 410 says that the receiver is gone for good.
	if response != nil && response.StatusCode == http.StatusGone {
		return delivery.Failed, nil
	}

	if w.delivery.NextTrigger == delivery.Manual {
		if w.delivery.ResumeAt == nil {
			return delivery.Failed, nil
		}

		at := *w.delivery.ResumeAt
		if at.Before(now) {
			at = now
		}

		return delivery.Retrying, &at
	}

	wait, more := policy.Delay(w.delivery.ScheduledAttemptCount+1, w.delivery.ID.String())
	if !more {
		return delivery.Failed, nil
	}

	if response != nil {
		if asked, ok := retry.After(response.Header.Get("Retry-After"), now); ok {
			wait = asked
		}
	}

	at := now.Add(wait)

	return delivery.Retrying, &at
}

// problem says what was wrong with the answer. Nil means nothing was.
func problem(result egress.Result) *delivery.Error {
	switch {
	case result.Response == nil && result.Err == nil:
		return &delivery.Error{Code: delivery.ErrorUnknown, Message: "no response"}
	case result.Response == nil:
		return &delivery.Error{Code: delivery.ErrorCode(result.Err.Code), Message: result.Err.Message}
	}

	// A status code decides, also when the body broke off after it: the receiver has said what it made of the event.
	switch status := result.Response.StatusCode; {
	case status >= 200 && status < 300:
		return nil
	case status >= 300 && status < 400:
		return &delivery.Error{
			Code: delivery.ErrorRedirect, Message: fmt.Sprintf("answered %d; redirects are not followed", status),
		}
	default:
		return &delivery.Error{
			Code:    delivery.ErrorHTTPStatus,
			Message: strings.TrimSpace(fmt.Sprintf("answered %d %s", status, http.StatusText(status))),
		}
	}
}

// failure is the line by which an operator recognizes a failed attempt in the Temporal Web UI.
func failure(a delivery.Attempt, maxAttempts int) string {
	if a.Error == nil {
		return ""
	}

	return failureText(a.Method, a.URL, *a.Error, a.Number, maxAttempts)
}

// lastFailure is the same for an attempt that was made earlier.
func (w work) lastFailure() string {
	if w.delivery.LastError == nil {
		return ""
	}

	return failureText(http.MethodPost, w.url, *w.delivery.LastError, w.delivery.AttemptCount, w.delivery.MaxAttempts)
}

func failureText(method, address string, problem delivery.Error, number, maxAttempts int) string {
	host := address
	if u, err := url.Parse(address); err == nil {
		host = u.Host
	}

	return fmt.Sprintf("%s %s %s (%s) on attempt %d of %d",
		method, host, problem.Message, problem.Code, number, maxAttempts)
}

// withoutContent leaves out what must not be seen in Temporal's history.
func withoutContent(record delivery.Record) *delivery.Record {
	record.Body = nil
	record.Attempt.RequestHeaders = nil
	// A query may hold a token.
	record.Attempt.URL, _, _ = strings.Cut(record.Attempt.URL, "?")

	if record.Attempt.Response != nil {
		response := *record.Attempt.Response
		response.Headers, response.Body, response.Truncated = nil, nil, len(response.Body) > 0
		record.Attempt.Response = &response
	}

	return &record
}

// headers sorts headers by name. Postgres takes neither NUL nor broken UTF-8.
func headers(header http.Header) []delivery.Header {
	out := make([]delivery.Header, 0, len(header))

	for _, name := range slices.Sorted(maps.Keys(header)) {
		for _, value := range header[name] {
			out = append(out, delivery.Header{Name: clean(name), Value: clean(value)})
		}
	}

	return out
}

func clean(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
}
