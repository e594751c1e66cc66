package profile_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/profile"
)

func TestShipped_PresentationsHaveTheWordsOfThePages(t *testing.T) {
	t.Parallel()

	registry := shipped(t)
	shown := func(name string) profile.Presentation { return get(t, registry, name).Presentation }

	kazinex := shown("kazinex")
	require.Equal(t, profile.SubscribeAfterwards, kazinex.WebhookForm)
	require.Equal(t, []profile.WebhookEntry{
		{Field: profile.WebhookName, Title: "Name"},
		{Field: profile.WebhookURL, Title: "Endpoint URL"},
		{Field: profile.WebhookStatus, Title: "Status"},
		{Field: profile.WebhookEvents, Title: "Events"},
		{Field: profile.WebhookLastDelivery, Title: "Last delivery"},
		{Field: profile.WebhookLastStatus, Title: "Last status"},
	}, kazinex.ListColumns, "KZ2")
	require.Equal(t, []profile.LogEntry{
		{Field: profile.LogEvent, Title: "Event"},
		{Field: profile.LogOccurred, Title: "Timestamp"},
		{Field: profile.LogStatus, Title: "Status"},
		{Field: profile.LogResponseCode, Title: "Response code"},
		{Field: profile.LogDuration, Title: "Duration"},
	}, kazinex.LogColumns, "KZ10")

	kuviq := shown("kuviq")
	require.Equal(t, profile.OneStep, kuviq.WebhookForm)
	require.Equal(t, []profile.Counter{
		{Count: profile.CountPending, Title: "Pending"},
		{Count: profile.CountSucceeded, Title: "Completed"},
		{Count: profile.CountFailed, Title: "Failed"},
		{Count: profile.CountInProgress, Title: "In Progress"},
	}, kuviq.Counters, "KU11")
	require.Equal(t, []string{"PENDING", "SENDING", "SUCCEEDED", "FAILED", "RETRYING"}, kuviq.StatusFilters, "KU13")
	require.Equal(t, 30, kuviq.RefreshSeconds, "KU13")

	require.Equal(t, profile.FormEvents, shown("krebit").FormFields[0].Field, "KR1")
	require.Equal(t, profile.FormEntry{Field: profile.FormResources, Title: "Route Filter"},
		shown("knoxcall").FormFields[5], "KX4")

	kianda := shown("kianda")
	require.Equal(t, profile.CallbackURLs, kianda.WebhookForm)
	require.Equal(t, "Instance Callback URLs", kianda.FormTitle, "KI1")
	require.Equal(t, []profile.Callback{
		{EventType: "instance.created", Title: "Created Callback"},
		{EventType: "instance.updated", Title: "Updated Callback"},
		{EventType: "instance.deleted", Title: "Deleted Callback"},
	}, kianda.Callbacks, "KI2")

	require.Empty(t, shown("standard").Callbacks)
	require.Equal(t, shown("standard").ListColumns, kianda.ListColumns, "what is left out is as in the standard")
}

func TestLoad_TakesPartOfAPresentationAndFillsInTheRest(t *testing.T) {
	t.Parallel()

	p, err := load(t, head+`
presentation:
  logTitle: Journal
  logColumns: [{field: EVENT, title: What}]
  counters: []
`)
	require.NoError(t, err)

	want := get(t, shipped(t), profile.Default).Presentation
	want.LogTitle = "Journal"
	want.LogColumns = []profile.LogEntry{{Field: profile.LogEvent, Title: "What"}}
	require.Equal(t, want, p.Presentation)
	requireRoundTrip(t, p)
}

func TestLoad_RefusesAPresentationThatDoesNotGoTogether(t *testing.T) {
	t.Parallel()

	for text, want := range map[string]string{
		"{webhookForm: WIZARD}":                                                     "webhookForm: value must be one of",
		"{formFields: []}":                                                          "formFields: ",
		"{formFields: [{field: URL}]}":                                              "formFields.0.title: must be given",
		"{formFields: [{field: NAME, title: Name}]}":                                "formFields: must have URL",
		"{listColumns: [{field: URL, title: URL}]}":                                 "listColumns: must have NAME",
		"{logColumns: [{field: STATUS, title: S}]}":                                 "logColumns: must have EVENT",
		"{logColumns: [{field: COLOR, title: C}]}":                                  "logColumns.0.field: value must be one of",
		"{statusFilters: [LOST]}":                                                   "statusFilters.0: value must be one of",
		"{refreshSeconds: -1}":                                                      "refreshSeconds: ",
		"{webhookForm: CALLBACK_URLS}":                                              "callbacks: must be given for CALLBACK_URLS",
		"{callbacks: [{eventType: a, title: A}], columns: []}":                      "columns: there is no such key",
		"{counters: [{count: HELD, title: A}, {count: HELD, title: B}]}":            "counters.1: HELD is there twice",
		"{logColumns: [{field: EVENT, title: A}, {field: STATUS, title: A}]}":       "logColumns.1: A is there twice",
		"{webhookForm: CALLBACK_URLS, callbacks: [{eventType: gone, title: Gone}]}": "callbacks.0.eventType: there is no event type gone",
		"{formFields: [{field: URL, title: U}]}\nrules: {secretSource: CHOSEN}":     "formFields: must have SECRET, which has to be chosen",
		"{webhookForm: CALLBACK_URLS, callbacks: [{eventType: a, title: A}]}\nrules: {secretSource: CHOSEN}": "webhookForm: must not be CALLBACK_URLS",
	} {
		_, err := load(t, head+"presentation: "+text+"\n")
		require.ErrorContains(t, err, "mine.yaml:3: presentation."+want, text)
	}
}
