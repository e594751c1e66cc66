package egress

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// DefaultTimeout is the deadline of a request that brings none.
const DefaultTimeout = 15 * time.Second

// Request is what to send. Do not change its parts afterwards: of a receiver that answers early, a rest may
// still be on its way out when [Client.Do] returns.
type Request struct {
	Body []byte // never sent with GET and HEAD, where nobody expects one

	// Deadline is nearer than Timeout if something that came before counts, too. Zero means none.
	Deadline time.Time

	Header http.Header // Host, Content-Length and User-Agent are added
	Method string

	// Timeout is the one deadline for everything from name resolution to the last byte of the response,
	// waiting for a free connection included. Not positive means [DefaultTimeout]: there is no way to wait
	// without end.
	Timeout time.Duration

	// TLS is a client certificate and a private authority for this receiver, or nil. With it the URL must be
	// https, and connections are shared only with requests that have the same value.
	TLS *ClientTLS

	URL string // must satisfy [ValidateURL]
}

// payload is the body to send.
func (r Request) payload() []byte {
	if r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == "" { // net/http takes "" for GET
		return nil
	}
	return r.Body
}

// Response is what came back, a redirect like any other.
type Response struct {
	Body       []byte // the first [MaxResponseBody] bytes at most, as they came: not decompressed, any encoding
	Header     http.Header
	StatusCode int
	Truncated  bool // there was more to the body than Body holds
}

// Timings are the lengths of an exchange's phases. nil means that the phase did not happen, as with a
// connection that was open already; a phase that was broken off counts up to that point.
type Timings struct {
	Connect   *time.Duration
	DNS       *time.Duration
	FirstByte *time.Duration // from the last byte of the request to the first byte of the response
	TLS       *time.Duration
}

// Result is how a request went. It may have both a Response and an Err: a body that broke off.
type Result struct {
	Duration  time.Duration // from StartedAt to the last byte of the body that was kept, or to the failure
	Err       *Error
	Header    http.Header // of the request as sent; see [MaskHeader] before logging it
	RemoteIP  netip.Addr  // zero when there was no connection
	Response  *Response
	StartedAt time.Time
	Timings   Timings
}

// Do sends a request and reads the response. All that can go wrong is in the result. Canceling ctx, its own
// deadline included, is the caller's decision and gives [CodeCanceled]; the deadline of the request gives
// [CodeTimeout].
func (c *Client) Do(ctx context.Context, request Request) Result {
	result := Result{StartedAt: time.Now()}
	c.do(ctx, request, MaxResponseBody, &result)
	return result
}

// do keeps at most limit bytes of the response's body.
func (c *Client) do(ctx context.Context, request Request, limit int64, result *Result) {
	defer func() {
		if result.Duration == 0 {
			result.Duration = time.Since(result.StartedAt)
		}
	}()

	timeout := cmp.Or(max(request.Timeout, 0), DefaultTimeout)
	deadline := result.StartedAt.Add(timeout)
	if !request.Deadline.IsZero() && request.Deadline.Before(deadline) {
		deadline = request.Deadline
	}
	ctx, cancel := context.WithDeadlineCause(ctx, deadline, errDeadline)
	defer cancel()
	ctx = context.WithValue(ctx, deadlineKey{}, deadline)

	target, err := parseURL(request.URL)
	if err != nil {
		result.Err = &Error{Code: CodeUnknown, Message: err.Error()}
		return
	}
	if request.TLS != nil && target.Scheme != "https" {
		result.Err = &Error{Code: CodeUnknown, Message: "client TLS settings need an https URL"}
		return
	}
	header := c.header(request)
	result.Header = asSent(request, target, header)

	transport, release := c.transport, func() {}
	if request.TLS != nil {
		transport, release = c.clientTLS.acquire(request.TLS)
	}
	defer release()

	watch, response, err := roundTrip(ctx, transport, request, target, header)
	if err == nil {
		err = readResponse(response, limit, result, cancel)
	}

	var reached phase
	result.Timings, result.RemoteIP, reached = watch.report()
	if err != nil {
		result.Err = explain(ctx, err, reached, timeout)
	}
}

// roundTrip sends the request again for as long as it provably never arrived. Each time costs a dead
// connection of the pool, and the deadline holds for all, so there is an end to it.
func roundTrip(
	ctx context.Context, transport *http.Transport, request Request, target *url.URL, header http.Header,
) (*exchange, *http.Response, error) {
	for {
		watch := new(exchange)
		outgoing, err := newRequest(httptrace.WithClientTrace(ctx, watch.trace()), request, target, header, watch)
		if err != nil {
			return watch, nil, err
		}

		// The transport itself, not http.Client: it knows no redirects, no cookies and no credentials in URLs.
		response, err := transport.RoundTrip(outgoing)
		if err == nil || ctx.Err() != nil || !watch.neverArrived(err) {
			return watch, response, err
		}
	}
}

func newRequest(
	ctx context.Context, request Request, target *url.URL, header http.Header, watch *exchange,
) (*http.Request, error) {
	body := request.payload()
	outgoing, err := http.NewRequestWithContext(ctx, request.Method, target.String(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	outgoing.Header = header
	if len(body) > 0 {
		outgoing.GetBody = func() (io.ReadCloser, error) {
			if !watch.maySendAgain() {
				return nil, errSentEnough
			}
			return io.NopCloser(bytes.NewReader(body)), nil
		}
	}
	return outgoing, nil
}

// errSentEnough ends the attempts of net/http to send over HTTP/2. Its text puts it among the stream errors,
// which are what it stands for.
var errSentEnough = errors.New("stream error: refused again")

// header returns the headers for the transport.
func (c *Client) header(request Request) http.Header {
	header := make(http.Header, len(request.Header)+1)
	for name, values := range request.Header {
		key := http.CanonicalHeaderKey(name)
		if key == "Idempotency-Key" || key == "X-Idempotency-Key" {
			key = strings.ToLower(key) // a spelling that net/http does not take for leave to repeat the request
		}
		header[key] = append(slices.Clip(header[key]), values...)
	}
	if _, ok := header["User-Agent"]; !ok {
		header.Set("User-Agent", c.userAgent)
	}
	return header
}

// AsSent returns the headers of a request as they would be sent. The error is one of those of [ValidateURL].
func (c *Client) AsSent(request Request) (http.Header, error) {
	target, err := parseURL(request.URL)
	if err != nil {
		return nil, err
	}
	return asSent(request, target, c.header(request)), nil
}

// asSent adds to a copy of the headers what net/http adds on the way out.
func asSent(request Request, target *url.URL, header http.Header) http.Header {
	sent := make(http.Header, len(header)+2)
	for name, values := range header {
		sent[http.CanonicalHeaderKey(name)] = slices.Clone(values)
	}
	sent.Set("Host", asciiAuthority(target))
	sent.Del("Content-Length")
	announced := request.Method == http.MethodPatch || request.Method == http.MethodPost ||
		request.Method == http.MethodPut // these announce an empty body, too
	if body := request.payload(); announced || len(body) > 0 {
		sent.Set("Content-Length", strconv.Itoa(len(body)))
	}
	return sent
}
