package endpointauth_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/egress"
	"github.com/surehook/surehook/internal/endpointauth"
)

func TestAuthenticator_Do_AsksForTokenWithClientCredentials(t *testing.T) {
	t.Parallel()

	tests := []struct {
		name          string
		change        func(*endpointauth.OAuth2)
		authorization string
		form          string
	}{
		{
			// The credentials are form-encoded before they are joined (RFC 6749 section 2.3.1).
			"in the header by default", func(o *endpointauth.OAuth2) { o.ClientID, o.ClientSecret = "cl:ient", "s/1" },
			"Basic Y2wlM0FpZW50OnMlMkYx", "grant_type=client_credentials",
		},
		{
			"in the header", func(o *endpointauth.OAuth2) { o.Style = endpointauth.StyleHeader },
			"Basic Y2xpZW50OnNlY3JldA==", "grant_type=client_credentials",
		},
		{
			"in the body", func(o *endpointauth.OAuth2) { o.Style = endpointauth.StyleBody },
			"", "client_id=client&client_secret=secret&grant_type=client_credentials",
		},
		{
			"with scopes and audience", func(o *endpointauth.OAuth2) {
				o.Audience, o.Scopes = "https://api.example", []string{"a", "b"}
			},
			"Basic Y2xpZW50OnNlY3JldA==",
			"audience=https%3A%2F%2Fapi.example&grant_type=client_credentials&scope=a+b",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			asked := make(chan received, 1)
			b := setup(t, func(b *bundle) {
				b.grant = func(w http.ResponseWriter, r *http.Request) {
					body, _ := io.ReadAll(r.Body)
					r.Header.Set("Method", r.Method)
					asked <- received{string(body), r.Header}
					w.Header().Set("Content-Type", "application/json")
					_, _ = io.WriteString(w, grantOf(1, "3600"))
				}
			})
			tt.change(b.auth.OAuth2)
			requireOK(t, b.do(t, "key"))

			got := <-asked
			require.Equal(t, "POST", got.header.Get("Method"))
			require.Equal(t, tt.authorization, got.header.Get("Authorization"))
			require.Equal(t, tt.form, got.body)
			require.Equal(t, "Surehook", got.header.Get("User-Agent"))
			require.Empty(t, got.header.Get("Webhook-Id"), "it gets nothing of the delivery")
		})
	}
}

func TestAuthenticator_Do_TakesTokensInEveryForm(t *testing.T) {
	t.Parallel()

	tests := []struct{ name, contentType, body string }{
		{"JSON", "application/json", `{"access_token":"a.b-c","token_type":"Bearer"}`},
		{"JSON without its type", "", `{"access_token":"a.b-c","token_type":"bearer"}`},
		{"with spelling", "application/json; charset=utf-8", `{"access_token":"a.b-c","token_type":"BEARER"}`},
		{"without type", "application/json", `{"access_token":"a.b-c"}`},
		{"with more", "application/json", `{"access_token":"a.b-c","scope":["x"],"other":{"a":1},"expires_in":"60"}`},
		{"form", "application/x-www-form-urlencoded", "access_token=a.b-c&token_type=bearer&expires_in=60"},
		{"padded", "application/json", `{"access_token":"a.b-c","x":"` + strings.Repeat("a", 60<<10) + `"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			b := setup(t, func(b *bundle) {
				b.grant = func(w http.ResponseWriter, _ *http.Request) {
					w.Header()["Content-Type"] = []string{tt.contentType}
					_, _ = io.WriteString(w, tt.body)
				}
			})
			requireOK(t, b.do(t, "key"))
			require.Equal(t, []string{"Bearer a.b-c"}, b.authorizations())
		})
	}
}

func TestAuthenticator_Do_SendsNothingWithoutToken(t *testing.T) {
	t.Parallel()

	const noToken = "token endpoint: response holds no access token"
	const notVisible = "token endpoint: access token has characters that are not visible ASCII"
	tests := []struct {
		name         string
		status       int
		header, body string
		message      string
	}{
		{"not found", 404, "text/html", "<h1>leak</h1>", "token endpoint: answered 404"},
		{"broken", 500, "text/plain", "leak", "token endpoint: answered 500"},
		{"broken, in JSON", 503, "application/json", `{"error":"leak"}`, "token endpoint: answered 503"},
		{
			"refused", 401, "application/json", `{"error":"invalid_client","error_description":"leak"}`,
			"token endpoint: answered 401, invalid_client",
		},
		{
			"refused, in a form", 400, "application/x-www-form-urlencoded", `error=invalid_scope&error_description=leak`,
			"token endpoint: answered 400, invalid_scope",
		},
		{"a token with an error status", 400, "application/json", grantOf(1, "60"), "token endpoint: answered 400"},
		{
			"an error with 200", 200, "application/json", `{"error":"leak","access_token":"leak"}`,
			"token endpoint: answered with an error",
		},
		{
			"a known error with 200", 200, "application/json", `{"error":"invalid_request"}`,
			"token endpoint: answered 200, invalid_request",
		},
		{"nothing", 200, "application/json", "", noToken},
		{"no content", 204, "", "", noToken},
		{"garbage", 200, "application/json", "leak{", noToken},
		{"half of it", 200, "application/json", `{"access_token":"leak"`, noToken},
		{"more than it", 200, "application/json", `{"access_token":"leak"}{}`, noToken},
		{"HTML", 200, "text/html", "<html>leak</html>", noToken},
		{"text", 200, "text/plain", "leak", noToken},
		{"JSON as text", 200, "text/plain", `{"access_token":"leak"}`, noToken},
		{"null", 200, "application/json", "null", noToken},
		{"a list", 200, "application/json", `["leak"]`, noToken},
		{"a string", 200, "application/json", `"leak"`, noToken},
		{"an empty token", 200, "application/json", `{"access_token":"","token_type":"Bearer"}`, noToken},
		{"a null token", 200, "application/json", `{"access_token":null}`, noToken},
		{"a number", 200, "application/json", `{"access_token":12345}`, noToken},
		{"an object", 200, "application/json", `{"access_token":{"leak":1}}`, noToken},
		{"a type that is a number", 200, "application/json", `{"access_token":"leak","token_type":1}`, noToken},
		{"a life of words", 200, "application/json", `{"access_token":"leak","expires_in":"soon"}`, noToken},
		{
			"another type", 200, "application/json", `{"access_token":"leak","token_type":"mac"}`,
			"token endpoint: token type is not Bearer",
		},
		{"a line break", 200, "application/json", `{"access_token":"leak\r\nX-Injected: 1"}`, notVisible},
		{"a null character", 200, "application/json", `{"access_token":"leak\u0000"}`, notVisible},
		{"a space", 200, "application/json", `{"access_token":"leak leak"}`, notVisible},
		{"an umlaut", 200, "application/json", `{"access_token":"leäk"}`, notVisible},
		{
			"a long token", 200, "application/json", `{"access_token":"` + strings.Repeat("leak", 4<<10) + `x"}`,
			"token endpoint: access token is longer than 16384 bytes",
		},
		{
			"too much", 200, "application/json", `{"access_token":"leak","x":"` + strings.Repeat("a", 64<<10) + `"}`,
			"token endpoint: response body exceeds 65536 bytes",
		},
		{"too much of an error", 500, "text/plain", strings.Repeat("leak", 1<<20), "token endpoint: response body exceeds 65536 bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			b := setup(t, func(b *bundle) {
				b.grant = func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Content-Type", tt.header)
					w.WriteHeader(tt.status)
					_, _ = io.WriteString(w, tt.body)
				}
			})
			result := b.do(t, "key")
			requireError(t, result, egress.CodeAuthUnavailable, tt.message)
			require.NotContains(t, result.Err.Message, "leak")
			require.NotContains(t, result.Err.Message, "secret")
			require.Nil(t, result.Header)
			require.Empty(t, b.atEndpoint())
			require.EqualValues(t, 1, b.tokens.Load())

			requireError(t, b.do(t, "key"), egress.CodeAuthUnavailable, tt.message)
			require.EqualValues(t, 2, b.tokens.Load(), "failures are not kept")
		})
	}

	t.Run("redirects", func(t *testing.T) {
		t.Parallel()

		for status, message := range map[int]string{
			301: "token endpoint: answered 301", 302: "token endpoint: answered 302", 307: "token endpoint: answered 307",
		} {
			b := setup(t, func(b *bundle) {
				b.grant = func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", status) }
			})
			requireError(t, b.do(t, "key"), egress.CodeAuthUnavailable, message)
			require.EqualValues(t, 1, b.tokens.Load())
			require.Empty(t, b.atEndpoint())
		}
	})

	t.Run("no connection", func(t *testing.T) {
		t.Parallel()

		for url, message := range map[string]string{
			"http://127.0.0.1:1/token": "token endpoint: connection refused",
			"ftp://127.0.0.1/token":    "token endpoint: URL must start with http:// or https://",
			"http://10.0.0.1/token":    "token endpoint: destination not allowed",
			"%":                        "token endpoint: response holds no access token",
		} {
			b := setup(t, nil)
			b.auth.OAuth2.TokenURL = url
			requireError(t, b.do(t, "key"), egress.CodeAuthUnavailable, message)
			require.Empty(t, b.atEndpoint())
		}
	})
}

func TestAuthenticator_Do_KeepsToken(t *testing.T) {
	t.Parallel()

	tests := []struct {
		name, expiresIn string
		keeps           time.Duration // 0 means not at all
	}{
		{"until 30 s before its end", "3600", 3570 * time.Second},
		{"until a tenth of a short life before its end", "100", 90 * time.Second},
		{"for 5 minutes less the margin when it does not say", "null", 270 * time.Second},
		{"for 5 minutes less the margin when it says 0", "0", 270 * time.Second},
		{"not at all when it has expired", "-10", 0},
		{"for a life of more seconds than fit", "99999999999", 68 * 365 * 24 * time.Hour},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			b := setup(t, func(b *bundle) { b.granted = func(n int64) string { return grantOf(n, tt.expiresIn) } })
			requireOK(t, b.do(t, "key"))
			require.Equal(t, []string{"Bearer token-1"}, b.authorizations(), "a new token is used in any case")

			if tt.keeps > 0 {
				b.clock.advance(tt.keeps - time.Nanosecond)
				requireOK(t, b.do(t, "key"))
				require.Equal(t, []string{"Bearer token-1", "Bearer token-1"}, b.authorizations())
				require.EqualValues(t, 1, b.tokens.Load())
				b.clock.advance(time.Nanosecond)
			}
			if tt.expiresIn == "99999999999" {
				return // 2^31-1 seconds are some days more
			}
			requireOK(t, b.do(t, "key"))
			require.Equal(t, "Bearer token-2", b.authorizations()[len(b.authorizations())-1])
			require.EqualValues(t, 2, b.tokens.Load())
		})
	}

	t.Run("for one key only", func(t *testing.T) {
		t.Parallel()

		b := setup(t, nil)
		for _, key := range []string{"webhook-1/1", "webhook-1/2", "webhook-2/1", "webhook-1/1"} {
			requireOK(t, b.do(t, key))
		}
		require.Equal(t,
			[]string{"Bearer token-1", "Bearer token-2", "Bearer token-3", "Bearer token-1"}, b.authorizations())
	})

	t.Run("if it is one of those that were used last", func(t *testing.T) {
		t.Parallel()

		b := setup(t, nil)
		sut := endpointauth.NewForTest(newClient(t, loopback()), b.clock.now, 1, 2)
		t.Cleanup(sut.Close)
		for _, key := range []string{"a", "b", "a", "c", "a", "b"} {
			requireOK(t, sut.Do(t.Context(), key, b.auth, b.request()))
		}
		require.Equal(t, []string{
			"Bearer token-1", "Bearer token-2", "Bearer token-1", "Bearer token-3", "Bearer token-1", "Bearer token-4",
		}, b.authorizations())
	})
}

func TestAuthenticator_Do_RenewsTokenThatIsRefused(t *testing.T) {
	t.Parallel()

	t.Run("once, with the same request", func(t *testing.T) {
		t.Parallel()

		b := setup(t, func(b *bundle) { b.answer = unauthorizedFor("token-1") })
		result := b.do(t, "key")
		requireOK(t, result)
		require.Equal(t, "Bearer token-2", result.Header.Get("Authorization"))
		require.Equal(t, []string{"Bearer token-1", "Bearer token-2"}, b.authorizations())

		requests := b.atEndpoint()
		require.Equal(t, requests[0].body, requests[1].body)
		requests[0].header.Del("Authorization")
		requests[1].header.Del("Authorization")
		require.Equal(t, requests[0].header, requests[1].header)

		requireOK(t, b.do(t, "key"))
		require.EqualValues(t, 2, b.tokens.Load(), "the new one is kept")
	})

	t.Run("once, if the endpoint refuses for ever", func(t *testing.T) {
		t.Parallel()

		b := setup(t, func(b *bundle) {
			b.answer = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }
		})
		result := b.do(t, "key")
		require.Nil(t, result.Err)
		require.Equal(t, http.StatusUnauthorized, result.Response.StatusCode)
		require.Equal(t, []string{"Bearer token-1", "Bearer token-2"}, b.authorizations())
		require.EqualValues(t, 2, b.tokens.Load())
	})

	t.Run("once, if the token endpoint gives the same again", func(t *testing.T) {
		t.Parallel()

		b := setup(t, func(b *bundle) {
			b.answer, b.granted = unauthorizedFor("token-7"), func(int64) string { return grantOf(7, "60") }
		})
		require.Equal(t, http.StatusUnauthorized, b.do(t, "key").Response.StatusCode)
		require.Equal(t, []string{"Bearer token-7", "Bearer token-7"}, b.authorizations())
		require.EqualValues(t, 2, b.tokens.Load())
	})

	t.Run("and not for another status", func(t *testing.T) {
		t.Parallel()

		for _, status := range []int{302, 400, 403, 407, 500} {
			b := setup(t, func(b *bundle) {
				b.answer = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }
			})
			require.Equal(t, status, b.do(t, "key").Response.StatusCode)
			require.Len(t, b.atEndpoint(), 1)
			require.EqualValues(t, 1, b.tokens.Load())
		}
	})

	t.Run("and not for another kind of authentication", func(t *testing.T) {
		t.Parallel()

		b := setup(t, func(b *bundle) { b.answer = unauthorizedFor("fixed") })
		b.auth = &endpointauth.Auth{Bearer: &endpointauth.Bearer{Token: "fixed"}}
		require.Equal(t, http.StatusUnauthorized, b.do(t, "key").Response.StatusCode)
		require.Len(t, b.atEndpoint(), 1)
	})

	t.Run("and says so if there is no new one", func(t *testing.T) {
		t.Parallel()

		b := setup(t, func(b *bundle) {
			b.answer = unauthorizedFor("token-1")
			b.granted = func(n int64) string {
				if n == 2 {
					return "garbage"
				}
				return grantOf(n, "3600")
			}
		})
		result := b.do(t, "key")
		requireError(t, result, egress.CodeAuthUnavailable,
			"endpoint answered 401, and then: token endpoint: response holds no access token")
		require.Equal(t, "Bearer token-1", result.Header.Get("Authorization"))
		require.True(t, result.RemoteIP.IsValid())
		require.Equal(t, []string{"Bearer token-1"}, b.authorizations())

		requireOK(t, b.do(t, "key"))
		require.Equal(t, []string{"Bearer token-1", "Bearer token-3"}, b.authorizations())
	})
}

func TestAuthenticator_Do_GuardsTokenRequest(t *testing.T) {
	t.Parallel()

	b := setup(t, nil)
	sut := endpointauth.New(newClient(t, egress.Config{AnyPort: true}), b.clock.now)
	t.Cleanup(sut.Close)
	result := sut.Do(t.Context(), "key", b.auth, b.request())
	requireError(t, result, egress.CodeAuthUnavailable, "token endpoint: destination not allowed")
	require.Zero(t, b.tokens.Load())
}

func TestAuthenticator_Do_SendsNothingAfterCallerGaveUp(t *testing.T) {
	t.Parallel()

	b := setup(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	requireError(t, b.sut.Do(ctx, "key", b.auth, b.request()), egress.CodeCanceled, "request canceled")
	require.Zero(t, b.tokens.Load())
	require.Empty(t, b.atEndpoint())
}
