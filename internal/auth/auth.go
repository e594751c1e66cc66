// Package auth knows who is asking: it turns the Authorization of a request, or of a websocket's connection_init, into
// a principal in the context. Sessions of the console are in package session, which is built on this one.
//
// It lets everything pass. Whether a request needs a principal is for the GraphQL layer to say, which is also the one
// that answers: it must be able to tell nobody from somebody who could not be checked.
package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/surehook/surehook/internal/apikey"
	"github.com/surehook/surehook/internal/tenant"
)

// ErrHeader says that an Authorization is none that this API takes. It wraps [apikey.ErrUnauthenticated].
var ErrHeader = fmt.Errorf("%w: want one header Authorization: Bearer <token>", apikey.ErrUnauthenticated)

// Authenticator finds the key of a token. Its error wraps [apikey.ErrUnauthenticated] when the token is no good.
type Authenticator interface {
	Authenticate(ctx context.Context, token string) (apikey.Key, error)
}

var _ Authenticator = (*apikey.Service)(nil)

// Principal is who is asking.
type Principal struct {
	Key apikey.Key
}

// Role returns what the principal may do.
func (p Principal) Role() apikey.Role { return p.Key.Role }

// Is tells whether the principal has one of the roles.
func (p Principal) Is(roles ...apikey.Role) bool { return slices.Contains(roles, p.Key.Role) }

// Scope returns whose things the principal may touch. Of the zero Principal it is nobody's.
func (p Principal) Scope() tenant.Scope {
	switch {
	case p.Key.OrganizationID != nil:
		return tenant.Of(*p.Key.OrganizationID)
	case p.Key.Role == apikey.Operator:
		return tenant.All()
	default:
		return tenant.Scope{}
	}
}

// contextKey is where a context has its outcome.
type contextKey struct{}

// outcome is what authentication came to. A later one replaces an earlier one: the connection_init of a websocket
// counts and not the header of its handshake.
type outcome struct {
	principal  *Principal
	problem    error
	credential Credential
}

// Credential finds out whose something is that was shown, such as the token of a key. It is asked again and again while
// a connection stays open. Its error wraps [apikey.ErrUnauthenticated] when what was shown is no good.
type Credential func(ctx context.Context) (apikey.Key, error)

// WithPrincipal returns a context in which the principal is asking.
func WithPrincipal(ctx context.Context, principal Principal) context.Context {
	return context.WithValue(ctx, contextKey{}, outcome{principal: &principal})
}

// From returns who is asking, if that is known.
func From(ctx context.Context) (Principal, bool) {
	if known, _ := ctx.Value(contextKey{}).(outcome); known.principal != nil {
		return *known.principal, true
	}

	return Principal{}, false
}

// Problem returns why it is not known who is asking. It is nil when it is known, and when nobody has said. It wraps
// [apikey.ErrUnauthenticated] when the caller is to blame; anything else is an internal failure and must not be shown
// as if the key were no good.
func Problem(ctx context.Context) error {
	known, _ := ctx.Value(contextKey{}).(outcome)

	return known.problem
}

// With returns a context in which the one who showed the credential is asking, or one with a [Problem].
func With(ctx context.Context, credential Credential) context.Context {
	key, err := credential(ctx)

	switch {
	case err == nil:
		return context.WithValue(ctx, contextKey{}, outcome{principal: &Principal{Key: key}, credential: credential})
	case errors.Is(err, apikey.ErrUnauthenticated):
		return withProblem(ctx, err)
	default:
		return withProblem(ctx, fmt.Errorf("authenticate: %w", err))
	}
}

// Recheck asks the credential once more. The error is that of the [Credential], and nil where nobody showed one.
func Recheck(ctx context.Context) error {
	known, _ := ctx.Value(contextKey{}).(outcome)
	if known.credential == nil {
		return nil
	}

	_, err := known.credential(ctx)

	return err
}

// Authenticate returns a context in which the holder of the token in the Authorization header is asking, or one with a
// [Problem]. It is what [Middleware] does for a request; websockets use it for their connection_init.
func Authenticate(ctx context.Context, authn Authenticator, header string) context.Context {
	token, ok := Bearer(header)
	if !ok {
		return withProblem(ctx, ErrHeader)
	}

	return With(ctx, func(ctx context.Context) (apikey.Key, error) { return authn.Authenticate(ctx, token) })
}

// Middleware authenticates requests. One without an Authorization header goes on as it came, which is as nobody's
// unless something before it knew better, and one with a bad header goes on with a [Problem].
func Middleware(authn Authenticator) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch headers := r.Header.Values("Authorization"); len(headers) {
			case 0:
			case 1:
				r = r.WithContext(Authenticate(r.Context(), authn, headers[0]))
			default:
				// Which of several is meant might be read differently by a proxy.
				r = r.WithContext(withProblem(r.Context(), ErrHeader))
			}

			next.ServeHTTP(w, r)
		})
	}
}

// Bearer returns the token of an Authorization header as RFC 6750 section 2.1 writes it. The scheme is
// case-insensitive. It does not tell whether the token is any good.
func Bearer(header string) (token string, ok bool) {
	scheme, token, ok := strings.Cut(header, " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return "", false
	}

	token = strings.TrimLeft(token, " ")
	if core := strings.TrimRight(token, "="); core == "" || strings.ContainsFunc(core, notInToken) {
		return "", false
	}

	return token, true
}

// notInToken tells what a b64token cannot have before the equals signs at its end.
func notInToken(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-._~+/", r)
}

func withProblem(ctx context.Context, problem error) context.Context {
	return context.WithValue(ctx, contextKey{}, outcome{problem: problem})
}
