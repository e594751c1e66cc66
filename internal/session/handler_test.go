package session_test

import (
	"crypto/tls"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/apikey"
	"github.com/surehook/surehook/internal/tenant"
)

func TestHandler_SignsInShowsAndSignsOut(t *testing.T) {
	t.Parallel()

	b := setup(t)
	require.JSONEq(t, `{"signedIn":false}`, read(t, b.do(http.MethodGet, "")))

	in := b.signIn()
	require.Equal(t, http.StatusNoContent, in.StatusCode)
	require.Equal(t, "no-store", in.Header.Get("Cache-Control"))
	require.Empty(t, read(t, in))
	require.Len(t, in.Cookies(), 1)

	given := in.Cookies()[0]
	shown := b.do(http.MethodGet, "", cookie(given.Name, given.Value))
	require.JSONEq(t, `{"signedIn":true}`, read(t, shown))
	require.Equal(t, "application/json", shown.Header.Get("Content-Type"))
	require.Equal(t, "no-store", shown.Header.Get("Cache-Control"))
	require.Equal(t, "nosniff", shown.Header.Get("X-Content-Type-Options"))

	out := b.do(http.MethodDelete, "")
	require.Equal(t, http.StatusNoContent, out.StatusCode)
	require.Equal(t, given.Name, out.Cookies()[0].Name)
	require.Equal(t, given.Path, out.Cookies()[0].Path)
	require.Negative(t, out.Cookies()[0].MaxAge)

	require.NotContains(t, b.log.String(), b.token)
	require.NotContains(t, b.log.String(), given.Value)
	require.Contains(t, b.log.String(), b.key.ID.String())
}

func TestHandler_TheCookieIsOutOfReachOfScriptsAndOtherSites(t *testing.T) {
	t.Parallel()

	b := setup(t)

	for name, test := range map[string]struct {
		changes []change
		want    string
		secure  bool
	}{
		"HTTP": {nil, "surehook_session", false},
		"HTTPS up to a proxy": {
			[]change{set("Origin", "https://example.com")}, "__Host-surehook_session", true,
		},
		"HTTPS up to here": {
			[]change{without("Origin"), func(r *http.Request) { r.TLS = &tls.ConnectionState{} }},
			"__Host-surehook_session", true,
		},
		"HTTP that is said to be HTTPS": {[]change{set("X-Forwarded-Proto", "https")}, "surehook_session", false},
	} {
		cookies := b.signIn(test.changes...).Cookies()
		require.Len(t, cookies, 1, name)

		got := cookies[0]
		require.Equal(t, test.want, got.Name, name)
		require.Equal(t, test.secure, got.Secure, name)
		require.True(t, got.HttpOnly, name)
		require.Equal(t, http.SameSiteStrictMode, got.SameSite, name)
		require.Equal(t, "/", got.Path, name)
		require.Empty(t, got.Domain, name)
		require.Equal(t, int(lifetime.Seconds()), got.MaxAge, name)
	}
}

func TestHandler_RefusesWhatOtherPagesAsk(t *testing.T) {
	t.Parallel()

	b := setup(t)

	for name, changes := range map[string][]change{
		"another site":                        {set("Origin", "https://evil.test"), set("Sec-Fetch-Site", "cross-site")},
		"another host of the site":            {set("Origin", "http://evil.example.com"), set("Sec-Fetch-Site", "same-site")},
		"another port":                        {set("Origin", "http://example.com:8090"), set("Sec-Fetch-Site", "same-site")},
		"an old browser on another site":      {set("Origin", "https://evil.test"), without("Sec-Fetch-Site")},
		"an old browser in a sandboxed frame": {set("Origin", "null"), without("Sec-Fetch-Site")},
	} {
		for _, method := range []string{http.MethodPost, http.MethodDelete} {
			res := b.do(method, `{"token":"`+b.token+`"}`, changes...)
			require.Equal(t, http.StatusForbidden, res.StatusCode, name)
			require.Empty(t, res.Cookies(), name)
			require.Contains(t, read(t, res), `"FORBIDDEN"`, name)
		}
	}
}

func TestHandler_TakesNothingThatAFormCanSend(t *testing.T) {
	t.Parallel()

	b := setup(t)

	for _, kind := range []string{"", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"} {
		res := b.signIn(set("Content-Type", kind))
		require.Equal(t, http.StatusUnsupportedMediaType, res.StatusCode, kind)
		require.Empty(t, res.Cookies(), kind)
	}
}

func TestHandler_RefusesBodiesThatItDoesNotUnderstand(t *testing.T) {
	t.Parallel()

	b := setup(t)

	for _, body := range []string{
		``, `{`, `[]`, `"x"`, `{"token":7}`, `{"token":"` + b.token + `","role":"ADMIN"}`, `{"token":"` + b.token + `"}{}`,
		`{"token":"` + strings.Repeat("x", 5<<10) + `"}`,
	} {
		require.Equal(t, http.StatusBadRequest, b.do(http.MethodPost, body).StatusCode, body)
	}

	for body, want := range map[string]string{
		`{}`:            apikey.ErrMalformed.Error(),
		`{"token":"x"}`: apikey.ErrMalformed.Error(),
		`{"token":"` + apikey.NewOperatorToken() + `"}`: apikey.ErrUnknown.Error(),
	} {
		res := b.do(http.MethodPost, body)
		require.Equal(t, http.StatusUnauthorized, res.StatusCode)
		require.Empty(t, res.Cookies())
		require.JSONEq(t, `{"code":"UNAUTHENTICATED","message":"`+want+`"}`, read(t, res))
	}
}

func TestHandler_RefusesOtherMethods(t *testing.T) {
	t.Parallel()

	b := setup(t)
	require.Equal(t, http.StatusMethodNotAllowed, b.do(http.MethodPut, `{}`).StatusCode)
}

func TestHandler_BoundsAttemptsByAddress(t *testing.T) {
	t.Parallel()

	b := setup(t)
	from := func(address string) change { return func(r *http.Request) { r.RemoteAddr = address } }
	attempt := func(address string) *http.Response {
		return b.do(http.MethodPost, `{"token":"x"}`, from(address))
	}

	last := http.StatusUnauthorized
	tries := 0

	for ; last == http.StatusUnauthorized && tries < 100; tries++ {
		last = attempt("[2001:db8::1]:7").StatusCode
	}

	require.Equal(t, http.StatusTooManyRequests, last)
	require.GreaterOrEqual(t, tries, 20)

	same := attempt("[2001:db8::ffff]:8")
	require.Equal(t, http.StatusTooManyRequests, same.StatusCode, "it is of the same customer")
	require.Equal(t, "1", same.Header.Get("Retry-After"))
	require.Contains(t, read(t, same), `"RATE_LIMITED"`)
	require.Equal(t, http.StatusUnauthorized, attempt("[2001:db8:0:1::1]:7").StatusCode)
	require.Equal(t, http.StatusUnauthorized, attempt("192.0.2.9:7").StatusCode)
	require.Equal(t, http.StatusUnauthorized, attempt("nonsense").StatusCode)
}

func TestHandler_SigningInOftenIsNoMisuse(t *testing.T) {
	t.Parallel()

	b := setup(t)

	for range 50 {
		require.Equal(t, http.StatusNoContent, b.signIn().StatusCode)
	}
}

func TestHandler_SaysWhenASessionIsOver(t *testing.T) {
	t.Parallel()

	b := setup(t)
	value := b.start(t)
	shown := func() string { return read(t, b.do(http.MethodGet, "", cookie("surehook_session", value))) }
	require.JSONEq(t, `{"signedIn":true}`, shown())

	_, err := b.keys.Revoke(t.Context(), tenant.All(), b.key.ID)
	require.NoError(t, err)
	require.JSONEq(t, `{"signedIn":false}`, shown())
}

func TestHandler_AnOutageIsNeitherYesNorNo(t *testing.T) {
	t.Parallel()

	b := setup(t)
	value := b.start(t)
	b.wait(3 * time.Second)
	b.pool.Close()

	for _, res := range []*http.Response{b.signIn(), b.do(http.MethodGet, "", cookie("surehook_session", value))} {
		require.Equal(t, http.StatusServiceUnavailable, res.StatusCode)
		require.Empty(t, res.Cookies())
		require.NotContains(t, read(t, res), "closed pool", "what is wrong is for the log")
	}

	require.Contains(t, b.log.String(), "closed pool")
}
