package graph

import (
	"context"
	"crypto/rand"
	"net/http"
	"strings"
)

// requestIDHeader is how a request is named, by the caller or else by us.
const requestIDHeader = "X-Request-Id"

// maxRequestID bounds what callers may have us write to the log and back to them.
const maxRequestID = 128

// request is what is known of a request apart from who is asking.
type request struct {
	id string
	// streaming tells whether the answer may have many parts.
	streaming bool
	// socket is the websocket that the request became, if it did.
	socket *socket
}

type requestKey struct{}

// requestOf returns a request without a name where there is none, so that an error can always be shown.
func requestOf(ctx context.Context) request {
	known, _ := ctx.Value(requestKey{}).(request)

	return known
}

func withRequest(ctx context.Context, r request) context.Context {
	return context.WithValue(ctx, requestKey{}, r)
}

// requestID takes over the name that the caller, or a proxy, gave to the request. One that could forge lines of a log
// is not taken.
func requestID(header http.Header) string {
	given := header.Get(requestIDHeader)
	if given == "" || len(given) > maxRequestID || strings.ContainsFunc(given, notInRequestID) {
		return rand.Text()
	}

	return given
}

func notInRequestID(r rune) bool { return r <= ' ' || r > '~' || r == '"' || r == '\\' }
