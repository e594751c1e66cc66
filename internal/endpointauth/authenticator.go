package endpointauth

import (
	"context"
	"encoding/base64"
	"net/http"
	"strings"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/surehook/surehook/internal/egress"
)

// How many keys' worth of state is kept: those that were used last.
const (
	maxClientTLS = 256 // as many as egress keeps connections of
	maxTokens    = 1024
)

const authorization = "Authorization"

// Authenticator adds authentication to requests. It is safe for concurrent use, and one serves the whole
// process. Call [Authenticator.Close] when done.
type Authenticator struct {
	client    *egress.Client
	clientTLS *lru.Cache[string, *egress.ClientTLS]
	tokens    *tokens
}

// New returns an authenticator that sends with the client, token requests included. now tells the age of
// tokens.
func New(client *egress.Client, now func() time.Time) *Authenticator {
	return newAuthenticator(client, now, maxClientTLS, maxTokens)
}

func newAuthenticator(client *egress.Client, now func() time.Time, maxClientTLS, maxTokens int) *Authenticator {
	clientTLS, err := lru.New[string, *egress.ClientTLS](maxClientTLS)
	if err != nil {
		panic(err) // the size is not positive, which is a defect of this file
	}
	fetcher := &fetcher{client: client.HTTPClient(tokenTimeout), now: now}
	return &Authenticator{client: client, clientTLS: clientTLS, tokens: newTokens(maxTokens, fetcher.fetch, now)}
}

// Close breaks off token requests under way and waits for their end. Who still waits for one gets
// [egress.CodeCanceled]. The client is not closed.
func (a *Authenticator) Close() { a.tokens.close() }

// Do sends the request with the authentication; nil means none. key names the webhook and the version of its
// settings, so that new settings never meet an old token or certificate. The authentication replaces a header
// of the same name.
//
// All of it, token requests included, is within the timeout of the request, and StartedAt and Duration of the
// result cover it, while Timings are those of the last exchange with the endpoint. Besides what
// [egress.Client.Do] fails with, there is [egress.CodeAuthUnavailable], with no response: then nothing was
// sent, or else an answer of 401 was all there was. An endpoint that answers 401 to a token gets the same request
// again with a new one, once.
func (a *Authenticator) Do(ctx context.Context, key string, auth *Auth, request egress.Request) egress.Result {
	if auth == nil {
		return a.client.Do(ctx, request)
	}

	switch auth.Type() {
	case TypeBasic:
		pair := auth.Basic.Username + ":" + auth.Basic.Password
		request = withHeader(request, authorization, "Basic "+base64.StdEncoding.EncodeToString([]byte(pair)))
	case TypeBearer:
		request = withHeader(request, authorization, "Bearer "+auth.Bearer.Token)
	case TypeHeader:
		request = withHeader(request, auth.Header.Name, auth.Header.Value)
	case TypeMutualTLS:
		clientTLS, err := a.tlsOf(key, *auth.MutualTLS)
		if err != nil {
			return failed(unavailable("client certificate settings are not usable"))
		}
		request.TLS = clientTLS
	case TypeOAuth2:
		return a.doWithToken(ctx, key, *auth.OAuth2, request)
	default:
		return failed(unavailable("authentication settings are not usable"))
	}
	return a.client.Do(ctx, request)
}

// tlsOf makes the settings of a key once. Of several that are made at the same time the first one stays, since
// connections go by it.
func (a *Authenticator) tlsOf(key string, mutual MutualTLS) (*egress.ClientTLS, error) {
	if known, ok := a.clientTLS.Get(key); ok {
		return known, nil
	}
	made, err := mutual.clientTLS()
	if err != nil {
		return nil, err
	}
	if earlier, ok, _ := a.clientTLS.PeekOrAdd(key, made); ok {
		return earlier, nil
	}
	return made, nil
}

// withHeader returns the request with the header in place of others of that name. The caller's stays as it is.
func withHeader(request egress.Request, name, value string) egress.Request {
	header := make(http.Header, len(request.Header)+1)
	for other, values := range request.Header {
		if !strings.EqualFold(other, name) {
			header[other] = values
		}
	}
	header.Set(name, value)
	request.Header = header
	return request
}

func unavailable(message string) *egress.Error {
	return &egress.Error{Code: egress.CodeAuthUnavailable, Message: message}
}

// failed is the result of what failed at once.
func failed(err *egress.Error) egress.Result { return egress.Result{Err: err, StartedAt: time.Now()} }
