package attempt_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/attempt"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/settings"
)

// content is what the log says that the delivery sends.
func (b *testBundle) content(t *testing.T) (delivery.Content, bool) {
	t.Helper()

	found, err := b.log.Contents(t.Context(), []id.ID{b.delivery})
	require.NoError(t, err)

	one, ok := found[b.delivery]

	return one, ok
}

func TestRun_SendsTheContentOfTheFirstAttemptWhateverTheWebhookHasBecome(t *testing.T) {
	t.Parallel()

	b := setup(t, status(500))
	b.edit(t, func(s *settings.Settings) {
		s.Method = settings.Put
		s.Query = []settings.Parameter{{Name: "what", Value: "event.type"}}
	})
	require.Equal(t, attempt.Waiting, b.run(t).State)

	first, ok := b.content(t)
	require.True(t, ok)
	require.Equal(t, delivery.Content{Method: "PUT", Query: "what=a.b", Body: b.bodies[0]}, first)

	b.edit(t, func(s *settings.Settings) {
		s.Method, s.Envelope = settings.Post, `{"other": event.id}`
		s.Query = []settings.Parameter{{Name: "other", Value: "event.id"}}
		s.Sections = []settings.Section{{Name: "all", Paths: []string{"b"}}}
	})
	b.exec(t, "UPDATE webhooks SET url = url || '/moved?x=1'")
	require.Regexp(t, "^PUT 127.0.0.1:", b.run(t).Failure, "what is told again is what was sent")
	b.later(t)
	require.Equal(t, attempt.Waiting, b.run(t).State)

	require.Equal(t, 2, b.sent())
	require.Equal(t, b.bodies[0], b.bodies[1])
	require.Equal(t, http.MethodPut, b.requests[1].Method)
	require.Equal(t, "/moved?x=1&what=a.b", b.requests[1].URL.RequestURI(), "the address is the webhook's as it is now")
	require.Equal(t, "PUT", b.last(t).Method)

	again, _ := b.content(t)
	require.Equal(t, first, again)
}

func TestRun_GetHasTheEnvelopeInItsQueryAndNoBody(t *testing.T) {
	t.Parallel()

	b := setup(t, status(204))
	b.edit(t, func(s *settings.Settings) {
		*s = shipped(t, "knoxcall").Settings
		s.Method, s.Envelope = settings.Get, `{"event": event.type, "data": event.data}`
	})
	require.Equal(t, attempt.Succeeded, b.run(t).State)

	const query = "event=a.b&data=%7B%22b%22%3A%22%3C%C3%A9%3E%22%2C%22a%22%3A1.10%7D"

	sent := b.requests[0]
	require.Equal(t, http.MethodGet, sent.Method)
	require.Equal(t, query, sent.URL.RawQuery)
	require.Empty(t, b.bodies[0])
	require.Empty(t, sent.Header.Get("Content-Type"))
	require.Equal(t, "sha256="+sign(b.secrets[0].Reveal(), query), sent.Header.Get("X-KnoxCall-Signature"),
		"what is signed is the query as it is sent")

	kept, ok := b.content(t)
	require.True(t, ok)
	require.Equal(t, "GET", kept.Method)
	require.Equal(t, query, kept.Query)
	require.Empty(t, kept.Body)
	require.Equal(t, "GET", b.last(t).Method)
	require.True(t, strings.HasSuffix(b.last(t).URL, "?"+query))
}

func sign(secret, text string) string {
	sum := hmac.New(sha256.New, []byte(secret))
	sum.Write([]byte(text))

	return hex.EncodeToString(sum.Sum(nil))
}

func TestRun_WhatCannotBeRenderedIsAnAttemptThatRecoversOnceTheEnvelopeIsMended(t *testing.T) {
	t.Parallel()

	b := setup(t, status(200))

	var good string

	b.edit(t, func(s *settings.Settings) { good, s.Envelope = s.Envelope, "event.data.nothing.at.all" })

	outcome := b.run(t)
	require.Equal(t, attempt.Waiting, outcome.State)
	require.InDelta(t, 10, outcome.Wait.Seconds(), 1, "it follows the schedule")
	require.Contains(t, outcome.Failure, "(RENDER) on attempt 1 of 3")

	failed := b.last(t)
	require.Equal(t, delivery.ErrorRender, failed.Error.Code)
	require.Contains(t, failed.Error.Message, "envelope: ")
	require.Equal(t, delivery.AttemptFailed, failed.Status)
	require.Equal(t, "POST", failed.Method)
	require.Nil(t, failed.Response)
	require.Empty(t, failed.RequestHeaders)

	_, ok := b.content(t)
	require.False(t, ok, "nothing was sent")
	require.Zero(t, b.sent())

	b.edit(t, func(s *settings.Settings) { s.Envelope = good })
	b.later(t)
	require.Equal(t, attempt.Succeeded, b.run(t).State)
	require.Equal(t, 1, b.sent())
	require.Equal(t, 2, b.last(t).Number)
}

func TestRun_EveryPartThatCannotBeRenderedIsNamed(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		change  func(s *settings.Settings)
		payload string
		want    string
	}{
		"division by zero": {
			func(s *settings.Settings) { s.Envelope = `{"a": 1 / int(event.data.zero)}` }, `{"zero":0}`, "envelope: ",
		},
		"query parameter": {
			func(s *settings.Settings) { s.Query = []settings.Parameter{{Name: "x", Value: "event.data.no"}} }, "{}",
			"query parameter x: ",
		},
		"a query of what is no object": {
			func(s *settings.Settings) { s.Method, s.Envelope = settings.Get, "event.type" }, "{}", "envelope: ",
		},
		"URL that becomes too long": {
			func(s *settings.Settings) { s.Query = []settings.Parameter{{Name: "x", Value: "event.data.long"}} },
			`{"long":"` + strings.Repeat("x", 100_000) + `"}`, "query: the URL with its query is longer than",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := setup(t, nil)
			b.edit(t, test.change)
			b.publish(t, test.payload)

			require.Equal(t, attempt.Waiting, b.run(t).State)
			require.Equal(t, delivery.ErrorRender, b.last(t).Error.Code)
			require.True(t, strings.HasPrefix(b.last(t).Error.Message, test.want), b.last(t).Error.Message)
			require.Zero(t, b.sent())
		})
	}
}

func TestRun_WhatARenderErrorQuotesIsForTheTenantOnly(t *testing.T) {
	t.Parallel()

	b := setup(t, nil)
	b.edit(t, func(s *settings.Settings) { s.Envelope = `{"at": timestamp(event.data.at)}` })
	b.publish(t, `{"at":"sesame"}`)

	outcome := b.run(t)
	require.Contains(t, b.last(t).Error.Message, "sesame")
	require.NotContains(t, outcome.Failure, "sesame", "it goes to Temporal")
	require.NotContains(t, b.run(t).Failure, "sesame", "also when it is told again")
	require.Contains(t, b.logs.String(), "RENDER")
	require.NotContains(t, b.logs.String(), "sesame")

	b.recorder.away = true
	b.later(t)

	text, err := json.Marshal(b.run(t))
	require.NoError(t, err)
	require.Contains(t, string(text), "UNRECORDED")
	require.NotContains(t, string(text), "sesame")
}

func TestRun_WhatCannotBeRenderedIsRetriedWhateverTheClassesAndEndsWithTheSchedule(t *testing.T) {
	t.Parallel()

	b := setup(t, nil)
	b.edit(t, func(s *settings.Settings) { s.Envelope, s.RetryPolicy.RetryOn = "event.data.no", nil })

	for range 2 {
		require.Equal(t, attempt.Waiting, b.run(t).State)
		b.later(t)
	}

	require.Equal(t, attempt.Failed, b.run(t).State)
	require.Equal(t, delivery.ErrorRender, b.state(t).LastError.Code)
	require.Equal(t, []id.ID{b.webhook}, b.watch.failed)
	require.Zero(t, b.sent())
}
