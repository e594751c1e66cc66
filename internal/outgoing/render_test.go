package outgoing_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/expression"
	"github.com/surehook/surehook/internal/outgoing"
	"github.com/surehook/surehook/internal/settings"
)

// payload has what must come through as it is: digits, escapes, the order of members and characters of HTML.
const payload = `{"z":1.50,"a":9007199254740993,"name":"Z\u00f6e <b>","request":{"body":{"n":1},"headers":{"h":"1"}},"none":null}`

func context() expression.Context {
	return expression.Context{
		Event: expression.Event{
			ID: "evt_1", Type: "order.paid", OccurredAt: time.Date(2026, 8, 1, 12, 30, 0, 0, time.UTC),
			CreatedAt: time.Date(2026, 8, 1, 12, 30, 1, 0, time.UTC), ResourceIDs: []string{"r 1"},
		},
		WebhookID: "wh_1", WebhookName: "Shop", OrganizationID: "org_1", OrganizationName: "Acme",
		OrganizationSlug: "acme", DeliveryID: "dlv_1",
	}
}

func render(t *testing.T, s settings.Settings, payloadQuery *string) (delivery.Content, error) {
	t.Helper()

	return outgoing.NewRenderer(expression.NewCache()).Render(s, payloadQuery, []byte(payload), context())
}

// requireBytes is for JSON of which every byte counts.
func requireBytes(t *testing.T, want string, got []byte) {
	t.Helper()

	require.Equal(t, want, string(got))
}

// post are settings of a webhook that sends the data of an event as it is.
func post() settings.Settings {
	return settings.Settings{Method: settings.Post, Envelope: "event.data", TimeoutSeconds: 15}
}

func TestRenderer_RenderKeepsTheBytesOfThePayload(t *testing.T) {
	t.Parallel()

	for _, method := range []settings.Method{settings.Post, settings.Put, settings.Patch} {
		s := post()
		s.Method = method

		content, err := render(t, s, nil)
		require.NoError(t, err)
		require.Equal(t, delivery.Content{Method: string(method), Body: []byte(payload)}, content)
	}
}

func TestRenderer_RenderPutsThePayloadIntoTheEnvelope(t *testing.T) {
	t.Parallel()

	s := post()
	s.Envelope = `{"type": event.type, "timestamp": event.timestamp, "data": event.data, "to": webhook.name,
		"from": organization.slug, "delivery": delivery.id, "resources": event.resourceIds, "test": event.test}`

	content, err := render(t, s, nil)
	require.NoError(t, err)
	requireBytes(t, `{"type":"order.paid","timestamp":"2026-08-01T12:30:00Z","data":`+payload+
		`,"to":"Shop","from":"acme","delivery":"dlv_1","resources":["r 1"],"test":false}`, content.Body)
	require.Empty(t, content.Query)
}

func TestRenderer_RenderLeavesSectionsOut(t *testing.T) {
	t.Parallel()

	s := post()
	s.Sections = []settings.Section{
		{Name: "body", Paths: []string{"request.body"}, Included: true},
		{Name: "headers", Paths: []string{"request.headers", "response.headers"}},
		{Name: "names", Paths: []string{"name"}},
	}

	content, err := render(t, s, nil)
	require.NoError(t, err)
	requireBytes(t, `{"z":1.50,"a":9007199254740993,"request":{"body":{"n":1}},"none":null}`, content.Body)
}

func TestRenderer_RenderAppliesThePayloadQueryToWhatIsLeft(t *testing.T) {
	t.Parallel()

	s := post()
	s.Sections = []settings.Section{{Name: "headers", Paths: []string{"request.headers"}}}
	s.Envelope = `{"it": event.data}`
	query := `{ amount: z request { body headers } missing }`

	// The second time the query is known already.
	renderer := outgoing.NewRenderer(expression.NewCache())
	for range 2 {
		content, err := renderer.Render(s, &query, []byte(payload), context())
		require.NoError(t, err)
		requireBytes(t, `{"it":{"amount":1.50,"request":{"body":{"n":1},"headers":null},"missing":null}}`, content.Body)
	}
}

func TestRenderer_RenderPutsTheMembersOfTheEnvelopeIntoTheQueryWithGET(t *testing.T) {
	t.Parallel()

	s := settings.Settings{Method: settings.Get, Envelope: `{"type": event.type, "a": event.data.a, "name": event.data.name,
		"none": event.data.none, "test": event.test, "deep": event.data.request.body, "a b": "1&2=3+4%ü"}`}

	content, err := render(t, s, nil)
	require.NoError(t, err)
	require.Equal(t, delivery.Content{Method: "GET", Query: "type=order.paid&a=9007199254740993&name=Z%C3%B6e%20%3Cb%3E&none=&test=false&" +
		"deep=%7B%22n%22%3A1%7D&a%20b=1%262%3D3%2B4%25%C3%BC"}, content)
}

func TestRenderer_RenderOfGETKeepsTheOrderOfThePayload(t *testing.T) {
	t.Parallel()

	s := settings.Settings{Method: settings.Get, Envelope: "event.data"}
	query := `{ name a }`

	content, err := render(t, s, &query)
	require.NoError(t, err)
	require.Equal(t, "name=Z%C3%B6e%20%3Cb%3E&a=9007199254740993", content.Query)

	s.Envelope = "{}"
	content, err = render(t, s, nil)
	require.NoError(t, err)
	require.Empty(t, content.Query)
	require.Empty(t, content.Body)
}

func TestRenderer_RenderHasQueryParametersInTheirOrderAndEncoded(t *testing.T) {
	t.Parallel()

	parameters := []settings.Parameter{
		{Name: "instanceID", Value: `event.id`},
		{Name: "processName", Value: `"Purchase & Pay=1 +/?#%"`},
		{Name: "ünï", Value: `"ä 🙂\n\""`},
		{Name: "[x]", Value: `event.data.request`},
		{Name: "n", Value: `event.data.a`},
		{Name: "b", Value: `event.test`},
		{Name: "nothing", Value: `event.data.none`},
		{Name: "again", Value: `"-._~"`},
		{Name: "again", Value: `"AZaz09"`},
	}
	want := "instanceID=evt_1&processName=Purchase%20%26%20Pay%3D1%20%2B%2F%3F%23%25&" +
		"%C3%BCn%C3%AF=%C3%A4%20%F0%9F%99%82%0A%22&" +
		"%5Bx%5D=%7B%22body%22%3A%7B%22n%22%3A1%7D%2C%22headers%22%3A%7B%22h%22%3A%221%22%7D%7D&" +
		"n=9007199254740993&b=false&nothing=&again=-._~&again=AZaz09"

	s := settings.Settings{Method: settings.Get, Envelope: `{"not": "sent"}`, Query: parameters}
	content, err := render(t, s, nil)
	require.NoError(t, err)
	require.Equal(t, delivery.Content{Method: "GET", Query: want}, content, "instead of the members of the envelope")

	s = post()
	s.Query = parameters
	content, err = render(t, s, nil)
	require.NoError(t, err)
	require.Equal(t, delivery.Content{Method: "POST", Query: want, Body: []byte(payload)}, content, "beside the body")
}

func TestRenderer_RenderNamesThePartThatFails(t *testing.T) {
	t.Parallel()

	broken := "{ a"

	for name, test := range map[string]struct {
		settings     settings.Settings
		payloadQuery *string
		payload      string
		part         string
	}{
		"envelope asks for what is missing": {
			settings.Settings{Method: settings.Post, Envelope: "event.data.nope"}, nil, payload, "envelope",
		},
		"envelope does not compile": {settings.Settings{Method: settings.Post, Envelope: "{"}, nil, payload, "envelope"},
		"envelope of GET does not compile": {
			settings.Settings{Method: settings.Get, Envelope: "{"}, nil, payload, "envelope",
		},
		"envelope of GET is no object": {
			settings.Settings{Method: settings.Get, Envelope: `"text"`}, nil, payload, "envelope",
		},
		"envelope is too large": {
			settings.Settings{Method: settings.Post, Envelope: "[event.data, event.data]"},
			nil,
			`{"a":"` + strings.Repeat("x", 600_000) + `"}`,
			"envelope",
		},
		"parameter fails": {
			settings.Settings{Method: settings.Get, Query: []settings.Parameter{
				{Name: "a", Value: "1"}, {Name: "b", Value: "event.data.nope"},
			}},
			nil, payload, "query parameter b",
		},
		"parameter does not compile": {
			settings.Settings{Method: settings.Post, Query: []settings.Parameter{{Name: "a", Value: ""}}},
			nil, payload, "query parameter a",
		},
		"payload query does not parse": {post(), &broken, payload, "payload query"},
		"payload is no JSON": {
			settings.Settings{
				Method: settings.Post, Envelope: "1", Sections: []settings.Section{{Name: "a", Paths: []string{"a"}}},
			},
			nil, "{", "payload sections",
		},
	} {
		content, err := outgoing.NewRenderer(expression.NewCache()).
			Render(test.settings, test.payloadQuery, []byte(test.payload), context())

		var failed *outgoing.RenderError

		require.ErrorAs(t, err, &failed, name)
		require.Equal(t, test.part, failed.Part, name)
		require.Equal(t, test.part+": "+failed.Err.Error(), err.Error(), name)
		require.Equal(t, failed.Err, errors.Unwrap(err), name)
		require.Zero(t, content, name)
	}
}
