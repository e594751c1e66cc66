package outgoing_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/egress"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/outgoing"
	"github.com/surehook/surehook/internal/settings"
	"github.com/surehook/surehook/internal/signing"
	"github.com/surehook/surehook/internal/webhook"
)

// attempt is one with which nothing is wrong.
func attempt(t *testing.T) outgoing.Attempt {
	t.Helper()

	secret, err := signing.ParseText("whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz")
	require.NoError(t, err)

	return outgoing.Attempt{
		Webhook: webhook.Webhook{
			ID: id.New(id.Webhook), OrganizationID: id.New(id.Organization), URL: "https://shop.example/hooks",
			Settings: settings.Settings{Method: settings.Post, TimeoutSeconds: 7},
		},
		Keys:       signing.Keys{Symmetric: []signing.Secret{secret}, Ed25519: []signing.PrivateKey{signing.NewPrivateKey()}},
		DeliveryID: id.New(id.Delivery), EventID: id.New(id.Event), EventType: "order.paid", Number: 3,
		At:      time.Date(2026, 8, 1, 12, 30, 0, 999, time.UTC),
		Content: delivery.Content{Method: http.MethodPost, Body: []byte(`{"a":1}`)},
	}
}

// signatures returns what signs content in the ways of an attempt's webhook.
func signatures(t *testing.T, a outgoing.Attempt, content string) http.Header {
	t.Helper()

	signed, err := signing.SignAll(a.Webhook.Settings.Signatures, signing.Message{
		ID: a.DeliveryID.String(), At: a.At, Content: []byte(content),
	}, a.Keys, a.Webhook.OrganizationID.String())
	require.NoError(t, err)

	return signed
}

func TestRequest_CarriesTheContent(t *testing.T) {
	t.Parallel()

	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodPatch} {
		a := attempt(t)
		a.Content.Method = method

		request, err := outgoing.Request(a)
		require.NoError(t, err)
		require.Equal(t, egress.Request{
			Method: method, URL: "https://shop.example/hooks", Body: []byte(`{"a":1}`), Timeout: 7 * time.Second,
			Header: http.Header{
				"Content-Type":        {"application/json"},
				"Surehook-Attempt":    {"3"},
				"Surehook-Event-Id":   {a.EventID.String()},
				"Surehook-Event-Type": {"order.paid"},
			},
		}, request)
	}
}

func TestRequest_AppendsTheQueryToWhatTheURLHas(t *testing.T) {
	t.Parallel()

	for _, test := range []struct{ url, query, want string }{
		{"https://a.example", "", "https://a.example"},
		{"https://a.example", "x=1", "https://a.example?x=1"},
		{"https://a.example/p", "x=1&y=2", "https://a.example/p?x=1&y=2"},
		{"https://a.example/p?", "x=1", "https://a.example/p?x=1"},
		{"https://a.example/p?", "", "https://a.example/p?"},
		{"https://a.example/p?k=v", "x=1", "https://a.example/p?k=v&x=1"},
		{"https://a.example/p?k=v&", "x=1", "https://a.example/p?k=v&x=1"},
		{"https://a.example/p?k=v&", "", "https://a.example/p?k=v&"},
		{"https://a.example/p?k=a%20b+c", "x=1", "https://a.example/p?k=a%20b+c&x=1"},
	} {
		a := attempt(t)
		a.Webhook.URL, a.Content.Query = test.url, test.query

		request, err := outgoing.Request(a)
		require.NoError(t, err)
		require.Equal(t, test.want, request.URL)
	}
}

func TestRequest_OfGETHasNoBodyAndNoContentType(t *testing.T) {
	t.Parallel()

	a := attempt(t)
	a.Content = delivery.Content{Method: http.MethodGet, Query: "x=1"}

	request, err := outgoing.Request(a)
	require.NoError(t, err)
	require.Equal(t, "GET", request.Method)
	require.Empty(t, request.Body)
	require.NotContains(t, request.Header, "Content-Type")
}

func TestRequest_SignsTheBodyInEveryWayThatIsSet(t *testing.T) {
	t.Parallel()

	a := attempt(t)
	a.Webhook.Settings.Signatures = []signing.Profile{
		{Scheme: signing.StandardWebhooksV1},
		{Scheme: signing.StandardWebhooksV1A, ClientIDHeader: "X-Client-Id"},
		{
			Scheme: signing.HMACTimestampBody, HeaderName: "X-Sig", Prefix: "sha256=", Encoding: signing.Hex,
			TimestampHeader: "X-Time", TimestampFormat: signing.ISO8601,
		},
	}
	a.Content.Query = "q=1"

	request, err := outgoing.Request(a)
	require.NoError(t, err)

	want := signatures(t, a, `{"a":1}`)
	require.Len(t, want, 6)

	for name, values := range want {
		require.Equal(t, values, request.Header[name], name)
	}

	require.Equal(t, a.DeliveryID.String(), request.Header.Get("Webhook-Id"))
	require.Equal(t, a.Webhook.OrganizationID.String(), request.Header.Get("X-Client-Id"))
	require.Equal(t, "2026-08-01T12:30:00Z", request.Header.Get("X-Time"))

	// A later attempt has the same id and a signature of its own time.
	a.At = a.At.Add(time.Minute)
	later, err := outgoing.Request(a)
	require.NoError(t, err)
	require.Equal(t, request.Header["Webhook-Id"], later.Header["Webhook-Id"])
	require.NotEqual(t, request.Header["Webhook-Timestamp"], later.Header["Webhook-Timestamp"])
	require.NotEqual(t, request.Header["Webhook-Signature"], later.Header["Webhook-Signature"])
}

func TestRequest_OfGETSignsTheQueryStringAsItIsSent(t *testing.T) {
	t.Parallel()

	for url, content := range map[string]string{
		"https://a.example":          "x=1%202",
		"https://a.example?":         "x=1%202",
		"https://a.example?k=v%2F":   "k=v%2F&x=1%202",
		"https://a.example?k=?&l=1&": "k=?&l=1&x=1%202",
	} {
		a := attempt(t)
		a.Webhook.URL = url
		a.Webhook.Settings.Signatures = []signing.Profile{{Scheme: signing.HMACBody, HeaderName: "X-Sig", Encoding: signing.Hex}}
		a.Content = delivery.Content{Method: http.MethodGet, Query: "x=1%202"}

		request, err := outgoing.Request(a)
		require.NoError(t, err)
		require.Equal(t, signatures(t, a, content).Get("X-Sig"), request.Header.Get("X-Sig"), url)

		_, sent, _ := strings.Cut(request.URL, "?")
		require.Equal(t, content, sent, url)
	}

	a := attempt(t)
	a.Webhook.Settings.Signatures = []signing.Profile{{Scheme: signing.HMACBody, HeaderName: "X-Sig", Encoding: signing.Hex}}
	a.Content = delivery.Content{Method: http.MethodGet}

	request, err := outgoing.Request(a)
	require.NoError(t, err)
	require.Equal(t, signatures(t, a, "").Get("X-Sig"), request.Header.Get("X-Sig"), "also when there is nothing to sign")
}

func TestRequest_HasTheCustomHeadersAndKeepsItsOwn(t *testing.T) {
	t.Parallel()

	a := attempt(t)
	a.Webhook.Settings.Signatures = []signing.Profile{{Scheme: signing.HMACBody, HeaderName: "X-Sig", Encoding: signing.Hex}}
	a.Headers = []webhook.Header{
		{Name: "X-Api-Key", Value: "sesame"},
		{Name: "x-empty"},
		{Name: "x-sig", Value: "forged"},
		{Name: "Surehook-Attempt", Value: "99"},
	}

	request, err := outgoing.Request(a)
	require.NoError(t, err)
	require.Equal(t, []string{"sesame"}, request.Header["X-Api-Key"])
	require.Equal(t, []string{""}, request.Header["X-Empty"])
	require.Equal(t, signatures(t, a, `{"a":1}`)["X-Sig"], request.Header["X-Sig"], "no header takes its place")
	require.Equal(t, []string{"3"}, request.Header["Surehook-Attempt"])
}

func TestRequest_RefusesAURLThatIsTooLong(t *testing.T) {
	t.Parallel()

	a := attempt(t)
	room := egress.MaxRequestURLBytes - len(a.Webhook.URL) - len("?")

	a.Content.Query = strings.Repeat("x", room)
	request, err := outgoing.Request(a)
	require.NoError(t, err)
	require.Len(t, request.URL, egress.MaxRequestURLBytes)

	a.Content.Query += "x"
	_, err = outgoing.Request(a)

	var failed *outgoing.RenderError

	require.ErrorAs(t, err, &failed)
	require.Equal(t, "query", failed.Part)
	require.EqualError(t, err, "query: the URL with its query is longer than 8192 bytes")
}

func TestRequest_ThatCannotBeSignedIsNotMade(t *testing.T) {
	t.Parallel()

	a := attempt(t)
	a.Webhook.Settings.Signatures = []signing.Profile{{Scheme: signing.StandardWebhooksV1}}
	a.Keys = signing.Keys{}

	request, err := outgoing.Request(a)
	require.ErrorIs(t, err, signing.ErrNoSecret)
	require.Contains(t, err.Error(), a.DeliveryID.String())
	require.Zero(t, request)

	var failed *outgoing.RenderError

	require.NotErrorAs(t, err, &failed)
}
