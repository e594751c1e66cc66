package egress

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"time"
)

// MaxClientResponseBody is what [Client.HTTPClient] reads of a response's body, in bytes.
const MaxClientResponseBody = 64 << 10

// HTTPClient returns a client for libraries that want one, with the guard, the limits and the connections of
// c. It follows no redirect and returns it as the response. The timeout is for each request and covers the
// body, which is complete when the response is returned; not positive means [DefaultTimeout]. A failure is an
// [Error], also a body of more than [MaxClientResponseBody], or else the error of the request's context.
func (c *Client) HTTPClient(timeout time.Duration) *http.Client {
	return &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport:     &roundTripper{client: c, timeout: timeout},
	}
}

type roundTripper struct {
	client  *Client
	timeout time.Duration
}

var _ http.RoundTripper = (*roundTripper)(nil)

// RoundTrip implements [http.RoundTripper].
func (t *roundTripper) RoundTrip(request *http.Request) (*http.Response, error) {
	var body []byte
	if request.Body != nil {
		defer request.Body.Close()
		var err error
		if body, err = io.ReadAll(request.Body); err != nil {
			return nil, err
		}
	}

	result := Result{StartedAt: time.Now()}
	t.client.do(request.Context(), Request{
		Body: body, Header: request.Header, Method: request.Method, Timeout: t.timeout, URL: request.URL.String(),
	}, MaxClientResponseBody, &result)
	switch {
	case result.Err != nil && result.Err.Code == CodeCanceled:
		return nil, request.Context().Err()
	case result.Err != nil:
		return nil, result.Err
	case result.Response.Truncated:
		return nil, &Error{
			Code: CodeProtocol, Message: fmt.Sprintf("response body exceeds %d bytes", MaxClientResponseBody),
		}
	}

	received := result.Response
	return &http.Response{
		Body:          io.NopCloser(bytes.NewReader(received.Body)),
		ContentLength: int64(len(received.Body)),
		Header:        received.Header,
		Request:       request,
		Status:        fmt.Sprintf("%d %s", received.StatusCode, http.StatusText(received.StatusCode)),
		StatusCode:    received.StatusCode,
	}, nil
}
