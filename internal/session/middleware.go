package session

import (
	"context"
	"mime"
	"net/http"
	"strings"

	"github.com/surehook/surehook/internal/apikey"
	"github.com/surehook/surehook/internal/auth"
)

// Middleware lets the holder of a session ask without an Authorization header, which goes before it. It has to come
// before auth.Middleware, and is for /graphql.
//
// A browser sends cookies along whoever makes it, so a session counts only where a foreign page cannot have asked: in a
// POST of JSON, and in the handshake of a websocket from the server's own origin. Anything else goes on as nobody's.
func (s *Service) Middleware(next http.Handler) http.Handler {
	var sameOrigin http.CrossOriginProtection

	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		value, ok := valueOf(r)
		if _, other := r.Header["Authorization"]; !ok || other {
			next.ServeHTTP(w, r)

			return
		}

		var own bool

		switch {
		case strings.EqualFold(r.Header.Get("Upgrade"), "websocket"):
			own = fromOwnPage(r)
		case r.Method == http.MethodPost:
			own = isJSON(r) && sameOrigin.Check(r) == nil
		}

		next.ServeHTTP(w, r.WithContext(auth.With(r.Context(), func(ctx context.Context) (apikey.Key, error) {
			if !own {
				return apikey.Key{}, ErrForeign
			}

			return s.Resume(ctx, value)
		})))
	})
}

// isJSON tells whether a body is of the type that no form can send.
func isJSON(r *http.Request) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))

	return err == nil && kind == "application/json"
}
