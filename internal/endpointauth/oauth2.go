package endpointauth

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/surehook/surehook/internal/egress"
)

// errDeadline is the cause of the request's own deadline, as against the end of the caller's context.
var errDeadline = errors.New("request deadline")

// doWithToken keeps an eye on the time around sendWithToken.
func (a *Authenticator) doWithToken(
	ctx context.Context, key string, settings OAuth2, request egress.Request,
) egress.Result {
	started := time.Now()
	request.Timeout = cmp.Or(max(request.Timeout, 0), egress.DefaultTimeout)
	deadline := started.Add(request.Timeout)
	if request.Deadline.IsZero() || deadline.Before(request.Deadline) {
		request.Deadline = deadline
	}

	result := a.sendWithToken(ctx, key, settings, request)
	if result.StartedAt.IsZero() {
		result.StartedAt = time.Now()
	}
	result.Duration += result.StartedAt.Sub(started)
	result.StartedAt = started
	return result
}

func (a *Authenticator) sendWithToken(
	ctx context.Context, key string, settings OAuth2, request egress.Request,
) egress.Result {
	first, err := a.token(ctx, key, settings, request, nil)
	if err != nil {
		return egress.Result{Err: err}
	}
	result := a.client.Do(ctx, withHeader(request, authorization, "Bearer "+first.value))
	if result.Response == nil || result.Response.StatusCode != http.StatusUnauthorized {
		return result
	}

	second, err := a.token(ctx, key, settings, request, first)
	if err != nil {
		// Without the response, which would pass for the endpoint's verdict on the event.
		if err.Code == egress.CodeAuthUnavailable {
			err = unavailable("endpoint answered 401, and then: " + err.Message)
		}
		return egress.Result{Err: err, Header: result.Header, RemoteIP: result.RemoteIP, Timings: result.Timings}
	}
	return a.client.Do(ctx, withHeader(request, authorization, "Bearer "+second.value))
}

// token returns a token other than used, within the deadline of the request.
func (a *Authenticator) token(
	ctx context.Context, key string, settings OAuth2, request egress.Request, used *token,
) (*token, *egress.Error) {
	ctx, cancel := context.WithDeadlineCause(ctx, request.Deadline, errDeadline)
	defer cancel()

	if ctx.Err() != nil {
		return nil, ended(ctx, request)
	}
	known, fetching := a.tokens.get(ctx, key, settings, used)
	if known != nil {
		return known, nil
	}
	select {
	case <-fetching.done:
		return fetching.token, fetching.err
	case <-ctx.Done():
		return nil, ended(ctx, request)
	}
}

// ended says why there is no more time for a token.
func ended(ctx context.Context, request egress.Request) *egress.Error {
	if errors.Is(context.Cause(ctx), errDeadline) {
		return unavailable(fmt.Sprintf("token endpoint: timed out after %s", request.Timeout))
	}
	return canceled()
}

func canceled() *egress.Error {
	return &egress.Error{Code: egress.CodeCanceled, Message: "request canceled"}
}
