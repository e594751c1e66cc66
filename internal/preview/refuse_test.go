package preview_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/optional"
	"github.com/surehook/surehook/internal/organization"
	"github.com/surehook/surehook/internal/preview"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/tenant"
	"github.com/surehook/surehook/internal/webhook"
)

func repeat(text string, times int) string { return strings.Repeat(text, times) }

func TestService_PreviewRefusesBadInputAndWritesNothing(t *testing.T) {
	t.Parallel()

	b := setup(t)
	mine, foreign := b.publish(t, b.mine, "order.paid", `{}`), b.publish(t, b.foreign, "order.paid", `{}`)
	before := b.rows(t)

	which := []string{"event"}
	ids := func(ids ...id.ID) preview.Input { return preview.Input{EventIDs: ids} }
	of := func(event *preview.EventInput) preview.Input { return preview.Input{Event: event} }

	for name, test := range map[string]struct {
		in    preview.Input
		code  problem.Code
		field []string
	}{
		"no event":         {preview.Input{}, problem.Required, which},
		"event and last":   {preview.Input{Event: made("a", `{}`), Last: new(1)}, problem.Required, which},
		"event and ids":    {preview.Input{Event: made("a", `{}`), EventIDs: []id.ID{mine}}, problem.Required, which},
		"ids and last":     {preview.Input{EventIDs: []id.ID{mine}, Last: new(1)}, problem.Required, which},
		"last 0":           {preview.Input{Last: new(0)}, problem.Invalid, []string{"last"}},
		"last -1":          {preview.Input{Last: new(-1)}, problem.Invalid, []string{"last"}},
		"last 21":          {preview.Input{Last: new(21)}, problem.Invalid, []string{"last"}},
		"empty ids":        {preview.Input{EventIDs: []id.ID{}}, problem.Invalid, []string{"eventIds"}},
		"too many ids":     {ids(slices.Repeat([]id.ID{mine}, 21)...), problem.Invalid, []string{"eventIds"}},
		"foreign id":       {ids(mine, foreign), problem.NotFound, []string{"eventIds", "1"}},
		"unknown id":       {ids(id.New(id.Event)), problem.NotFound, []string{"eventIds", "0"}},
		"id of no kind":    {ids(id.ID{}), problem.NotFound, []string{"eventIds", "0"}},
		"id of a webhook":  {ids(id.Webhook.From(mine.UUID())), problem.NotFound, []string{"eventIds", "0"}},
		"type empty":       {of(made("", `{}`)), problem.Invalid, []string{"event", "eventType"}},
		"type with NUL":    {of(made("a\x00", `{}`)), problem.Invalid, []string{"event", "eventType"}},
		"type with LF":     {of(made("a\nb", `{}`)), problem.Invalid, []string{"event", "eventType"}},
		"type of patterns": {of(made("a.*", `{}`)), problem.Invalid, []string{"event", "eventType"}},
		"type too long":    {of(made(repeat("a.", 100_000)+"a", `{}`)), problem.Invalid, []string{"event", "eventType"}},
		"resource empty":   {of(made("a", `{}`, "")), problem.Required, []string{"event", "resourceIds", "0"}},
		"resource NUL":     {of(made("a", `{}`, "a", "\x00")), problem.Invalid, []string{"event", "resourceIds", "1"}},
		"too many resources": {
			of(made("a", `{}`, slices.Repeat([]string{"r"}, 101)...)), problem.LimitExceeded, []string{"event", "resourceIds"},
		},
		"payload none":     {of(made("a", "")), problem.Invalid, []string{"event", "payload"}},
		"payload no JSON":  {of(made("a", "{")), problem.Invalid, []string{"event", "payload"}},
		"payload a list":   {of(made("a", "[]")), problem.Invalid, []string{"event", "payload"}},
		"payload too deep": {of(made("a", `{"a":`+repeat("[", 64)+repeat("]", 64)+"}")), problem.Invalid, []string{"event", "payload"}},
		"payload too large": {
			of(made("a", `{"a":"`+repeat("x", organization.MostPayloadBytes)+`"}`)),
			problem.PayloadTooLarge,
			[]string{"event", "payload"},
		},
	} {
		test.in.Draft = b.fresh(to("*"))

		result, err := b.Preview(t.Context(), b.scope, test.in)
		require.Error(t, err, name)
		requireProblem(t, err, test.code, test.field...)
		require.Zero(t, result, name)
	}

	_, err := b.Preview(t.Context(), b.scope, preview.Input{
		Draft: b.fresh(to("*")), Event: made("a b", "nonsense", "\x00"),
	})
	problems, ok := problem.Of(err)
	require.True(t, ok)
	require.Len(t, problems, 3, "all problems at once")
	require.Equal(t, before, b.rows(t))
}

func TestService_PreviewRefusesADraftThatCouldNotBeSaved(t *testing.T) {
	t.Parallel()

	b := setup(t)
	in := preview.Input{Draft: b.fresh(filtered("*", "event.typ == ''")), Event: made("order.paid", `{}`)}

	_, err := b.Preview(t.Context(), b.scope, in)
	requireProblem(t, err, problem.InvalidExpression, "subscriptions", "0", "filter")

	in.Draft = b.fresh(to("*"))
	in.Draft.Settings.TimeoutSeconds = optional.Of(61)

	_, err = b.Preview(t.Context(), b.scope, in)
	requireProblem(t, err, problem.Invalid, "settings", "timeoutSeconds")
}

func TestService_PreviewForForeignAndUnknownLooksAlike(t *testing.T) {
	t.Parallel()

	b := setup(t)
	hook := b.create(t, func(in *webhook.CreateInput) { in.OrganizationID = b.foreign })
	event := made("order.paid", `{}`)

	for _, other := range []id.ID{hook.ID, id.New(id.Webhook), id.Event.From(hook.ID.UUID())} {
		draft := webhook.DraftInput{OrganizationID: b.mine, UpdateInput: webhook.UpdateInput{ID: other}}

		_, err := b.Preview(t.Context(), b.scope, preview.Input{Draft: draft, Event: event})
		require.Equal(t, problem.Missing("webhook", "webhookId"), err)
	}

	for _, other := range []id.ID{b.foreign, id.New(id.Organization), {}} {
		draft := b.fresh(to("*"))
		draft.OrganizationID = other

		_, err := b.Preview(t.Context(), b.scope, preview.Input{Draft: draft, Event: event})
		require.Equal(t, problem.Missing("organization", "organizationId"), err)
	}

	// An operator previews with the events of the webhook's own organization.
	mine := b.publish(t, b.mine, "order.paid", `{}`)

	_, err := b.Preview(t.Context(), tenant.All(), preview.Input{Draft: existing(hook), EventIDs: []id.ID{mine}})
	requireProblem(t, err, problem.NotFound, "eventIds", "0")
}
