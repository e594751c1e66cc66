package session

import (
	"net/http"
	"net/url"
	"strings"
)

// The cookie's names. Browsers take the first only over HTTPS and from this very host, so that no other host of the
// domain can set it.
const (
	secureName   = "__Host-surehook_session"
	insecureName = "surehook_session"
)

// cookie returns the cookie that sets a session, or ends it when there is no value.
func (s *Service) cookie(r *http.Request, value string) *http.Cookie {
	//nolint:gosec // Over plain HTTP, browsers do not keep one that is Secure.
	out := &http.Cookie{
		Name: insecureName, Value: value, Path: "/", MaxAge: int(s.lifetime.Seconds()),
		HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: overHTTPS(r),
	}

	if out.Secure {
		out.Name = secureName
	}

	if value == "" {
		out.MaxAge = -1
	}

	return out
}

// valueOf returns the value of the session's cookie. Over HTTPS, one that anybody else could have set does not count.
func valueOf(r *http.Request) (string, bool) {
	names := []string{insecureName}

	switch {
	case overHTTPS(r):
		names = []string{secureName}
	case r.Header.Get("Origin") == "":
		// Nobody can tell how the browser came here.
		names = []string{secureName, insecureName}
	}

	for _, name := range names {
		// Two of a name are not told apart, so neither is taken.
		if found := r.CookiesNamed(name); len(found) == 1 && found[0].Value != "" {
			return found[0].Value, true
		}
	}

	return "", false
}

// overHTTPS tells whether the browser came over HTTPS. TLS mostly ends at a proxy, so the browser's own word is taken,
// which a page cannot forge: the origin that it sends with everything but plain reads. Headers that a proxy may set, or
// pass on from anybody, are not needed.
func overHTTPS(r *http.Request) bool {
	return r.TLS != nil || strings.HasPrefix(r.Header.Get("Origin"), "https://")
}

// fromOwnPage tells whether the origin is the server's own. Without one, nobody knows.
func fromOwnPage(r *http.Request) bool {
	origins := r.Header.Values("Origin")
	if len(origins) != 1 {
		return false
	}

	origin, err := url.Parse(origins[0])

	return err == nil && (origin.Scheme == "http" || origin.Scheme == "https") && strings.EqualFold(origin.Host, r.Host)
}
