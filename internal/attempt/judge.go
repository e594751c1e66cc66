package attempt

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/egress"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/retry"
	"github.com/surehook/surehook/internal/settings"
)

// judge turns what came back into a record of the attempt and of what becomes of the delivery.
func (w work) judge(sent sent, result egress.Result, now time.Time) delivery.Record {
	d := w.delivery

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
		Method:         sent.request.Method,
		URL:            sent.request.URL,
		RequestHeaders: delivery.Headers(egress.MaskHeader(result.Header, sent.masked...)),
	}

	if result.RemoteIP.IsValid() {
		ip := result.RemoteIP.Unmap().WithZone("").String()
		a.RemoteIP = &ip
	}

	if result.Response != nil {
		a.Response = &delivery.Response{
			StatusCode: result.Response.StatusCode,
			Headers:    delivery.Headers(result.Response.Header),
			Body:       result.Response.Body,
			Truncated:  result.Response.Truncated,
		}
	}

	if a.Error = problem(result); a.Error != nil {
		a.Status = delivery.AttemptFailed
	}

	policy := w.webhook.Settings.RetryPolicy
	record := delivery.Record{
		Attempt: a, EventID: d.EventID, MaxAttempts: policy.MaxAttempts(), Status: delivery.Succeeded,
		Counted: d.Origin != delivery.OriginTest, Gone: gone(result.Response),
	}

	if w.content == nil {
		record.Content = sent.content
	}

	if a.Status == delivery.AttemptFailed {
		record.Status, record.NextAttemptAt = w.next(policy, a.Error.Code, result.Response, now)
	}

	return record
}

// gone tells whether the receiver says that it is gone for good (Standard Webhooks 1.0.0: 410).
func gone(response *egress.Response) bool {
	return response != nil && response.StatusCode == http.StatusGone
}

// next says what follows a failed attempt. What the receiver asks for in Retry-After goes before the schedule; a retry
// by hand uses nothing of the schedule up and goes back to where it was.
func (w work) next(
	policy settings.RetryPolicy, code delivery.ErrorCode, response *egress.Response, now time.Time,
) (delivery.Status, *time.Time) {
	if gone(response) {
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

	wait, more := policy.Schedule().Delay(w.delivery.ScheduledAttemptCount+1, w.delivery.ID.String())
	if !more || !worthRetrying(policy, code, response) {
		return delivery.Failed, nil
	}

	if response != nil && policy.HonorRetryAfter {
		if asked, ok := retry.After(response.Header.Get("Retry-After"), now); ok {
			wait = asked
		}
	}

	at := now.Add(wait)

	return delivery.Retrying, &at
}

// worthRetrying tells whether the policy has a retry for what went wrong. What the receiver had no part in is always
// tried again: the settings at fault may be mended by then.
func worthRetrying(policy settings.RetryPolicy, code delivery.ErrorCode, response *egress.Response) bool {
	if code == delivery.ErrorRender {
		return true
	}

	return policy.Covers(classOf(code, response))
}

func classOf(code delivery.ErrorCode, response *egress.Response) settings.RetryClass {
	switch {
	case code == delivery.ErrorTimeout:
		return settings.OnTimeout
	case response == nil:
		return settings.OnNetwork
	}

	switch status := response.StatusCode; {
	case status >= 500:
		return settings.On5xx
	case status == http.StatusRequestTimeout, status == http.StatusTooManyRequests:
		return settings.On408Or429
	case status >= 400:
		return settings.On4xx
	default:
		return settings.On3xx
	}
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

	method := string(w.webhook.Settings.Method)
	if w.content != nil {
		method = w.content.Method
	}

	return failureText(method, w.webhook.URL, *w.delivery.LastError, w.delivery.AttemptCount, w.delivery.MaxAttempts)
}

func failureText(method, address string, problem delivery.Error, number, maxAttempts int) string {
	problem = publicly(problem)

	host := address
	if u, err := url.Parse(address); err == nil {
		host = u.Host
	}

	return fmt.Sprintf("%s %s %s (%s) on attempt %d of %d",
		method, host, problem.Message, problem.Code, number, maxAttempts)
}

// publicly returns what may be seen in logs and in Temporal.
func publicly(problem delivery.Error) delivery.Error { return problem.Public() }

// withoutContent leaves out what must not be seen in Temporal's history.
func withoutContent(record delivery.Record) *delivery.Record {
	record.Content = nil
	record.Attempt.RequestHeaders = nil
	// A query may hold a token.
	record.Attempt.URL, _, _ = strings.Cut(record.Attempt.URL, "?")

	if record.Attempt.Error != nil {
		record.Attempt.Error = new(publicly(*record.Attempt.Error))
	}

	if record.Attempt.Response != nil {
		response := *record.Attempt.Response
		response.Headers, response.Body, response.Truncated = nil, nil, len(response.Body) > 0
		record.Attempt.Response = &response
	}

	return &record
}
