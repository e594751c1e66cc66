package preview_test

import (
	"encoding/json"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/endpointauth"
	"github.com/surehook/surehook/internal/event"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/optional"
	"github.com/surehook/surehook/internal/preview"
	"github.com/surehook/surehook/internal/settings"
	"github.com/surehook/surehook/internal/signing"
	"github.com/surehook/surehook/internal/tenant"
	"github.com/surehook/surehook/internal/webhook"
)

func TestService_PreviewShowsTheRequestAsItWouldBeSent(t *testing.T) {
	t.Parallel()

	b := setup(t)
	hook := b.create(t, func(in *webhook.CreateInput) {
		in.URL = "https://shop.example/hooks?key=1"
		in.EventTypes = []string{"*"}
		in.CustomHeaders = []webhook.Header{{Name: "X-Api-Key", Value: "s3cret"}}
		in.Auth = &endpointauth.Auth{Bearer: &endpointauth.Bearer{Token: "s3cret"}}
		in.Settings.Signatures = optional.Of([]signing.Profile{
			{Scheme: signing.StandardWebhooksV1},
			{Scheme: signing.HMACBody, HeaderName: "X-Sig", Prefix: "sha256=", Encoding: signing.Hex, ClientIDHeader: "X-Client-Id"},
		})
		in.Settings.Query = optional.Of([]settings.Parameter{{Name: "from", Value: "organization.slug"}})
	})
	before := b.rows(t)

	in := made("order.paid", ` { "n" : 1.50 } `)
	in.OccurredAt = new(time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC))

	got := b.one(t, existing(hook), in)
	require.Nil(t, got.Error)
	require.Equal(t, "POST", got.Request.Method)
	require.Equal(t, "https://shop.example/hooks?key=1&from=acme", got.Request.URL)

	want := `{"type":"order.paid","timestamp":"2026-07-01T00:00:00Z","data":{"n":1.50}}`
	require.Equal(t, want, string(got.Request.Body))

	sent := headers(got.Request)
	require.Equal(t, "***", sent["X-Api-Key"])
	require.Equal(t, "***", sent["Authorization"])
	require.Equal(t, "application/json", sent["Content-Type"])
	require.Equal(t, strconv.Itoa(len(want)), sent["Content-Length"])
	require.Equal(t, "shop.example", sent["Host"])
	require.Equal(t, "Surehook", sent["User-Agent"])
	require.Equal(t, "1", sent["Surehook-Attempt"])
	require.Equal(t, "order.paid", sent["Surehook-Event-Type"])
	require.Equal(t, b.mine.String(), sent["X-Client-Id"])

	// The signatures are those of the webhook's own secret.
	_, value, err := b.webhooks.Reveal(t.Context(), b.scope, hook.ID, nil)
	require.NoError(t, err)
	secret, err := signing.ParseSecret(value)
	require.NoError(t, err)

	signed, err := signing.SignAll(hook.Settings.Signatures, signing.Message{
		ID: sent["Webhook-Id"], At: b.clock, Content: got.Request.Body,
	}, signing.Keys{Symmetric: []signing.Secret{secret}}, b.mine.String())
	require.NoError(t, err)

	for name := range signed {
		require.Equal(t, signed.Get(name), sent[http.CanonicalHeaderKey(name)], name)
	}

	_, err = b.pool.Exec(t.Context(), "DELETE FROM audit_log") // which Reveal has written to
	require.NoError(t, err)
	require.Equal(t, before, b.rows(t))
}

func TestService_PreviewOfAGETHasItsQueryAndNoBody(t *testing.T) {
	t.Parallel()

	b := setup(t)
	draft := b.fresh(webhook.SubscriptionInput{EventType: "*", PayloadQuery: new("{ who: name n }"), Enabled: true})
	draft.Settings = settings.Changes{
		Method: optional.Of(settings.Get), Envelope: optional.Of("event.data"),
		Signatures: optional.Of([]signing.Profile{}),
	}

	got := b.one(t, draft, made("order.paid", `{"n":1,"name":"Zoë & Co","more":true}`))
	require.Equal(t, "https://draft.example/x?who=Zo%C3%AB%20%26%20Co&n=1", got.Request.URL)
	require.Equal(t, "GET", got.Request.Method)
	require.Empty(t, got.Request.Body)
	require.NotContains(t, headers(got.Request), "Content-Type")
	require.NotContains(t, headers(got.Request), "Content-Length")
}

func TestService_PreviewKnowsWhatAnEventIsAbout(t *testing.T) {
	t.Parallel()

	b := setup(t)
	draft := b.fresh(to("*"))
	draft.Settings.Envelope = optional.Of(
		`[event.test, event.resourceIds, webhook.name, organization.name, delivery.id != "", event.id != ""]`)

	in := made("order.paid", `{}`, "r1")
	in.Test = true

	require.Equal(t, `[true,["r1"],"Draft","Acme",true,true]`, string(b.one(t, draft, in).Request.Body))
}

func TestService_PreviewShowsWhatCannotBeMade(t *testing.T) {
	t.Parallel()

	b := setup(t)
	failing := b.fresh(to("*"))
	failing.Settings.Envelope = optional.Of("event.data.nope")

	long := b.fresh(to("*"))
	long.Settings.Query = optional.Of([]settings.Parameter{{Name: "all", Value: "event.data"}})

	for _, test := range []struct {
		draft   webhook.DraftInput
		payload string
		message string
	}{
		{failing, `{}`, "envelope: no such key: nope"},
		{long, `{"a":"` + repeat("x", 9000) + `"}`, "query: the URL with its query is longer than 8192 bytes"},
	} {
		got := b.one(t, test.draft, made("order.paid", test.payload))
		require.True(t, got.Matched)
		require.Nil(t, got.Request)
		require.Equal(t, &delivery.Error{Code: delivery.ErrorRender, Message: test.message}, got.Error)
	}

	// It is a change when it could be made before.
	hook := b.create(t, func(in *webhook.CreateInput) { in.EventTypes = []string{"*"} })
	draft := existing(hook)
	draft.Settings = failing.Settings

	changes := b.one(t, draft, made("order.paid", `{}`)).Changes
	require.Equal(t, "body", changes[0].Path)
	require.Nil(t, changes[0].After)
	require.Equal(t, preview.Change{Path: "error", After: new("envelope: no such key: nope")}, changes[1])
}

func TestService_PreviewComparesWithWhatIsSaved(t *testing.T) {
	t.Parallel()

	b := setup(t)
	hook := b.create(t, func(in *webhook.CreateInput) { in.EventTypes = []string{"*"} })
	in := preview.Input{Draft: existing(hook), Event: made("order.paid", `{"n":1}`)}

	result, err := b.Preview(t.Context(), b.scope, in)
	require.NoError(t, err)
	require.Equal(t, hook.Settings, result.Settings)
	require.Empty(t, result.Changes)
	require.Empty(t, result.Previews[0].Changes, "the same draft makes the same request")

	in.Draft.Settings = settings.Changes{
		Envelope: optional.Of("event.data"), TimeoutSeconds: optional.Of(9),
		RetryPolicy: optional.Of(settings.RetryChanges{DelaysSeconds: &[]int{5}}),
		Signatures:  optional.Of([]signing.Profile{{Scheme: signing.StandardWebhooksV1A}}),
	}
	in.Draft.URL = new("https://new.example")

	result, err = b.Preview(t.Context(), b.scope, in)
	require.NoError(t, err)
	require.Equal(t, 9, result.Settings.TimeoutSeconds)

	bySetting := map[string]preview.Change{}
	for _, one := range result.Changes {
		bySetting[one.Path] = one
	}

	require.Len(t, bySetting, 3+8)
	require.Equal(t, preview.Change{Path: "settings.timeoutSeconds", Before: new("15"), After: new("9")},
		bySetting["settings.timeoutSeconds"])
	require.Equal(t, preview.Change{Path: "settings.envelope", Before: &hook.Settings.Envelope, After: new("event.data")},
		bySetting["settings.envelope"])
	require.Equal(t, preview.Change{
		Path: "settings.signatures.0.scheme", Before: new("STANDARD_WEBHOOKS_V1"), After: new("STANDARD_WEBHOOKS_V1A"),
	}, bySetting["settings.signatures.0.scheme"])
	require.Equal(t, preview.Change{Path: "settings.retryPolicy.delaysSeconds.1", Before: new("300")},
		bySetting["settings.retryPolicy.delaysSeconds.1"])

	paths := []string{}
	for _, one := range result.Previews[0].Changes {
		paths = append(paths, one.Path)
	}

	require.Equal(t, []string{"body", "header.Content-Length", "header.Host", "header.Webhook-Signature", "url"}, paths)
	require.Equal(t, `{"n":1}`, *result.Previews[0].Changes[0].After)

	// Not to be sent any more is a change, too.
	in.Draft = existing(hook)
	in.Draft.Subscriptions = &[]webhook.SubscriptionInput{}

	result, err = b.Preview(t.Context(), b.scope, in)
	require.NoError(t, err)
	require.Contains(t, result.Previews[0].Changes, preview.Change{Path: "matched", Before: new("true"), After: new("false")})
}

func TestService_PreviewOfANewWebhookHasNothingToCompareWith(t *testing.T) {
	t.Parallel()

	b := setup(t)

	result, err := b.Preview(t.Context(), b.scope, preview.Input{
		Draft: b.fresh(to("*")), Event: made("order.paid", `{}`),
	})
	require.NoError(t, err)
	require.Nil(t, result.Changes)
	require.Nil(t, result.Previews[0].Changes)
	require.NotEmpty(t, headers(result.Previews[0].Request)["Webhook-Signature"], "by a secret that signs nothing else")
}

func TestService_PreviewTakesRealEvents(t *testing.T) {
	t.Parallel()

	b := setup(t)
	first, second := b.publish(t, b.mine, "order.paid", `{"n":1}`), b.publish(t, b.mine, "order.sent", `{"n":2}`)
	b.publish(t, b.foreign, "order.paid", `{"n":3}`)
	before := b.rows(t)

	draft := b.fresh(to("*"))
	draft.Settings.Envelope = optional.Of("event.data")

	see := func(in preview.Input) (ids []id.ID, bodies []string) {
		in.Draft = draft

		result, err := b.Preview(t.Context(), b.scope, in)
		require.NoError(t, err)

		for _, one := range result.Previews {
			ids, bodies = append(ids, *one.EventID), append(bodies, string(one.Request.Body))
		}

		return ids, bodies
	}

	ids, bodies := see(preview.Input{Last: new(20)})
	require.Equal(t, []id.ID{second, first}, ids, "the newest first, and those of the organization only")
	require.Equal(t, []string{`{"n":2}`, `{"n":1}`}, bodies)

	ids, _ = see(preview.Input{Last: new(1)})
	require.Equal(t, []id.ID{second}, ids)

	ids, bodies = see(preview.Input{EventIDs: []id.ID{first, second, first}})
	require.Equal(t, []id.ID{first, second, first}, ids, "in the order given")
	require.Equal(t, []string{`{"n":1}`, `{"n":2}`, `{"n":1}`}, bodies)
	require.Equal(t, before, b.rows(t))
}

func TestService_PreviewWithoutEventsIsEmpty(t *testing.T) {
	t.Parallel()

	b := setup(t)

	result, err := b.Preview(t.Context(), b.scope, preview.Input{Draft: b.fresh(to("*")), Last: new(5)})
	require.NoError(t, err)
	require.Empty(t, result.Previews)
	require.Equal(t, 15, result.Settings.TimeoutSeconds)
}

func TestService_PreviewOfAnEventHasTheIDsOfTheEvent(t *testing.T) {
	t.Parallel()

	b := setup(t)
	published, err := b.events.Publish(t.Context(), tenant.All(), b.mine, event.Input{
		EventType: "order.paid", Payload: json.RawMessage(`{}`), ResourceIDs: []string{"r1"},
	})
	require.NoError(t, err)

	draft := b.fresh(to("*"))
	draft.Settings.Envelope = optional.Of("[event.id, event.resourceIds]")

	result, err := b.Preview(t.Context(), b.scope, preview.Input{Draft: draft, EventIDs: []id.ID{published.Event.ID}})
	require.NoError(t, err)
	require.Equal(t, `["`+published.Event.ID.String()+`",["r1"]]`, string(result.Previews[0].Request.Body))
	require.Equal(t, published.Event.ID.String(), headers(result.Previews[0].Request)["Surehook-Event-Id"])
}
