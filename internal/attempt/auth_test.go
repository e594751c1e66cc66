package attempt_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/attempt"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/egress"
	"github.com/surehook/surehook/internal/endpointauth"
)

// authenticate gives the webhook a way to prove itself.
func (b *testBundle) authenticate(t *testing.T, auth endpointauth.Auth) {
	t.Helper()

	text, err := json.Marshal(auth)
	require.NoError(t, err)

	public, err := json.Marshal(auth.Public())
	require.NoError(t, err)

	b.exec(t, "UPDATE webhooks SET auth = $1, sealed_auth = $2, version = version + 1",
		public, b.seal(t, string(text), "endpoint-auth"))
}

func TestRun_AuthenticatesAndMasksThatInTheLog(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		auth         endpointauth.Auth
		header, want string
	}{
		"basic": {
			endpointauth.Auth{Basic: &endpointauth.Basic{Username: "aladdin", Password: "opensesame"}},
			"Authorization", "Basic YWxhZGRpbjpvcGVuc2VzYW1l",
		},
		"bearer": {
			endpointauth.Auth{Bearer: &endpointauth.Bearer{Token: "opensesame"}}, "Authorization", "Bearer opensesame",
		},
		"header": {
			endpointauth.Auth{Header: &endpointauth.Header{Name: "X-Api-Key", Value: "opensesame"}}, "X-Api-Key", "opensesame",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := setup(t, nil)
			b.authenticate(t, test.auth)
			require.Equal(t, attempt.Succeeded, b.run(t).State)

			require.Equal(t, test.want, b.requests[0].Header.Get(test.header))
			require.NotEmpty(t, b.requests[0].Header.Get("webhook-signature"), "the signature is there as well")
			require.Contains(t, b.last(t).RequestHeaders, delivery.Header{Name: test.header, Value: "***"})

			text, err := json.Marshal(b.last(t))
			require.NoError(t, err)
			require.NotContains(t, string(text), test.want)
		})
	}
}

func TestRun_TokenEndpointThatAnswersGarbageMakesAttemptsThatRecover(t *testing.T) {
	t.Parallel()

	for name, garbage := range map[string]http.HandlerFunc{
		"a failure":           status(http.StatusInternalServerError),
		"a page":              text("<html>Sign in</html>"),
		"a redirect":          status(http.StatusFound, "Location", "/login"),
		"a token of two":      text(`{"access_token":"a\nb","token_type":"Bearer"}`),
		"an object too small": text(`{}`),
		"another type":        text(`{"access_token":"abc","token_type":"mac"}`),
		"nothing":             status(http.StatusOK),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			var mended atomic.Bool

			endpoint := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if mended.Load() {
					text(`{"access_token":"opensesame","token_type":"Bearer","expires_in":3600}`)(w, r)
				} else {
					garbage(w, r)
				}
			}))

			b := setup(t, nil)
			t.Cleanup(endpoint.Close)
			b.authenticate(t, endpointauth.Auth{OAuth2: &endpointauth.OAuth2{
				TokenURL: endpoint.URL, ClientID: "me", ClientSecret: "hush",
			}})

			require.Equal(t, attempt.Waiting, b.run(t).State)
			require.Equal(t, delivery.ErrorCode(egress.CodeAuthUnavailable), b.last(t).Error.Code)
			require.True(t, strings.HasPrefix(b.last(t).Error.Message, "token endpoint: "), b.last(t).Error.Message)
			require.Nil(t, b.last(t).Response, "what the token endpoint says is not the receiver's answer")
			require.Zero(t, b.sent())

			mended.Store(true)
			b.later(t)
			require.Equal(t, attempt.Succeeded, b.run(t).State)
			require.Equal(t, "Bearer opensesame", b.requests[0].Header.Get("Authorization"))
			require.Contains(t, b.last(t).RequestHeaders, delivery.Header{Name: "Authorization", Value: "***"})
		})
	}
}

func text(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(body))
	}
}
