package profile

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/surehook/surehook/internal/settings"
)

// Presentation says what the pages of the system show, and in which words. It is for the console, and for whatever else
// shows webhooks to people; requests do not depend on it.
type Presentation struct {
	// WebhooksTitle, FormTitle and LogTitle are the headings of the list of webhooks, of the form for new ones, and of the
	// delivery log.
	WebhooksTitle string `json:"webhooksTitle"`
	FormTitle     string `json:"formTitle"`
	LogTitle      string `json:"logTitle"`
	// WebhookForm is how webhooks are set up.
	WebhookForm FormKind `json:"webhookForm"`
	// FormFields are what the form asks first, in this order. Whatever else can be set comes after them, and what the
	// rules or the kind of form leave no choice about is left out.
	FormFields []FormEntry `json:"formFields"`
	// ListColumns are those of the list of webhooks, NAME among them.
	ListColumns []WebhookEntry `json:"listColumns"`
	// DetailFields are what the page of a webhook says of it.
	DetailFields []WebhookEntry `json:"detailFields"`
	// LogColumns are those of the delivery log, EVENT among them.
	LogColumns []LogEntry `json:"logColumns"`
	// Counters stand above the log.
	Counters []Counter `json:"counters"`
	// StatusFilters are what the log is filtered by with one click, besides all: PENDING, SENDING, RETRYING, SUCCEEDED,
	// FAILED, HELD and CANCELED.
	StatusFilters []string `json:"statusFilters"`
	// Callbacks are the switches of a form of the kind [CallbackURLs].
	Callbacks []Callback `json:"callbacks"`
	// RefreshSeconds is how often the log is read again while there are no live updates. 0 means never.
	RefreshSeconds int `json:"refreshSeconds"`
}

// IsZero tells whether nothing is known, as with a profile that was written before there was this.
func (p Presentation) IsZero() bool { return p.WebhookForm == "" }

// FormKind is how webhooks are set up.
type FormKind string

// The kinds of forms.
const (
	// OneStep asks for everything, event types too.
	OneStep FormKind = "ONE_STEP"
	// SubscribeAfterwards saves first and then asks for event types.
	SubscribeAfterwards FormKind = "SUBSCRIBE_AFTERWARDS"
	// CallbackURLs is one form for all: a switch for each callback, with one or more URLs. Each URL is a webhook.
	CallbackURLs FormKind = "CALLBACK_URLS"
)

// FormField is something that can be set for a webhook.
type FormField string

// The fields of the form.
const (
	FormName           FormField = "NAME"
	FormDescription    FormField = "DESCRIPTION"
	FormURL            FormField = "URL"
	FormMethod         FormField = "METHOD"
	FormEvents         FormField = "EVENTS"
	FormResources      FormField = "RESOURCES"
	FormSecret         FormField = "SECRET"
	FormAuth           FormField = "AUTH"
	FormHeaders        FormField = "HEADERS"
	FormSections       FormField = "SECTIONS"
	FormRetries        FormField = "RETRIES"
	FormTimeout        FormField = "TIMEOUT"
	FormRate           FormField = "RATE"
	FormAutoDisable    FormField = "AUTO_DISABLE"
	FormSecretRotation FormField = "SECRET_ROTATION"
	FormEnabled        FormField = "ENABLED"
)

// WebhookField is something to tell of a webhook.
type WebhookField string

// What there is to tell.
const (
	WebhookName          WebhookField = "NAME"
	WebhookDescription   WebhookField = "DESCRIPTION"
	WebhookURL           WebhookField = "URL"
	WebhookStatus        WebhookField = "STATUS"
	WebhookEvents        WebhookField = "EVENTS"
	WebhookLastDelivery  WebhookField = "LAST_DELIVERY"
	WebhookLastStatus    WebhookField = "LAST_STATUS"
	WebhookSuccessRate   WebhookField = "SUCCESS_RATE"
	WebhookFailuresInRow WebhookField = "FAILURES_IN_A_ROW"
	WebhookHeld          WebhookField = "HELD"
	WebhookCreated       WebhookField = "CREATED"
	WebhookTrend         WebhookField = "TREND"
)

// LogField is something to tell of a delivery.
type LogField string

// What there is to tell.
const (
	LogEvent        LogField = "EVENT"
	LogStatus       LogField = "STATUS"
	LogResponseCode LogField = "RESPONSE_CODE"
	LogDuration     LogField = "DURATION"
	LogAttempts     LogField = "ATTEMPTS"
	LogNextOrLast   LogField = "NEXT_OR_LAST"
	LogOccurred     LogField = "OCCURRED"
	LogCreated      LogField = "CREATED"
	LogProcessed    LogField = "PROCESSED"
	LogError        LogField = "ERROR"
)

// Count is a number of deliveries of an organization.
type Count string

// The counts.
const (
	CountPending    Count = "PENDING"
	CountInProgress Count = "IN_PROGRESS"
	CountHeld       Count = "HELD"
	CountSucceeded  Count = "SUCCEEDED"
	CountFailed     Count = "FAILED"
)

// FormEntry is a field with the system's own word for it.
type FormEntry struct {
	Field FormField `json:"field"`
	Title string    `json:"title"`
}

// WebhookEntry is a column or a line with the system's own word for it.
type WebhookEntry struct {
	Field WebhookField `json:"field"`
	Title string       `json:"title"`
}

// LogEntry is a column with the system's own word for it.
type LogEntry struct {
	Field LogField `json:"field"`
	Title string   `json:"title"`
}

// Counter is a count with the system's own word for it.
type Counter struct {
	Count Count  `json:"count"`
	Title string `json:"title"`
}

// Callback is a switch for an event type.
type Callback struct {
	// EventType is one of the profile's catalog.
	EventType string `json:"eventType"`
	Title     string `json:"title"`
}

// tidy writes every list that is empty as a list.
func (p Presentation) tidy() Presentation {
	p.FormFields, p.ListColumns, p.DetailFields = list(p.FormFields), list(p.ListColumns), list(p.DetailFields)
	p.LogColumns, p.Counters = list(p.LogColumns), list(p.Counters)
	p.StatusFilters, p.Callbacks = list(p.StatusFilters), list(p.Callbacks)

	return p
}

func checkPresentation(r *report, p Profile) {
	shown := p.Presentation

	if shown.WebhookForm == "" {
		r.add("must be given", "presentation", "webhookForm")
	}

	form := unique(r, "formFields", shown.FormFields, func(one FormEntry) FormField { return one.Field })
	columns := unique(r, "listColumns", shown.ListColumns, func(one WebhookEntry) WebhookField { return one.Field })
	log := unique(r, "logColumns", shown.LogColumns, func(one LogEntry) LogField { return one.Field })

	unique(r, "detailFields", shown.DetailFields, func(one WebhookEntry) WebhookField { return one.Field })
	unique(r, "counters", shown.Counters, func(one Counter) Count { return one.Count })
	unique(r, "callbacks", shown.Callbacks, func(one Callback) string { return one.EventType })

	// The same words twice could not be told apart.
	unique(r, "listColumns", shown.ListColumns, func(one WebhookEntry) string { return one.Title })
	unique(r, "logColumns", shown.LogColumns, func(one LogEntry) string { return one.Title })
	unique(r, "detailFields", shown.DetailFields, func(one WebhookEntry) string { return one.Title })
	unique(r, "counters", shown.Counters, func(one Counter) string { return one.Title })

	// What leads to the page of a webhook or a delivery.
	if !slices.Contains(columns, WebhookName) {
		r.add("must have NAME", "presentation", "listColumns")
	}

	if !slices.Contains(log, LogEvent) {
		r.add("must have EVENT", "presentation", "logColumns")
	}

	checkForm(r, p, form)
}

func checkForm(r *report, p Profile, fields []FormField) {
	need := func(field FormField, why string) {
		if !slices.Contains(fields, field) {
			r.add(fmt.Sprintf("must have %s%s", field, why), "presentation", "formFields")
		}
	}

	switch p.Presentation.WebhookForm {
	case CallbackURLs:
		if len(p.Presentation.Callbacks) == 0 {
			r.add("must be given for CALLBACK_URLS", "presentation", "callbacks")
		}

		for n, one := range p.Presentation.Callbacks {
			if !slices.ContainsFunc(p.EventTypes, func(of EventType) bool { return of.Name == one.EventType }) {
				r.add("there is no event type "+one.EventType, "presentation", "callbacks", strconv.Itoa(n), "eventType")
			}
		}

		if p.Rules.SecretSource == settings.Chosen {
			r.add("must not be CALLBACK_URLS when secrets are chosen, for which it has no field", "presentation", "webhookForm")
		}

		return
	case OneStep, SubscribeAfterwards:
	}

	need(FormURL, "")

	if p.Rules.SecretSource == settings.Chosen {
		need(FormSecret, ", which has to be chosen")
	}
}

// unique returns the keys of a list, and reports those that are there twice.
func unique[T any, K ~string](r *report, name string, of []T, key func(T) K) []K {
	var out []K

	for n, one := range of {
		if k := key(one); slices.Contains(out, k) {
			r.add(string(k)+" is there twice", "presentation", name, strconv.Itoa(n))
		} else {
			out = append(out, k)
		}
	}

	return out
}
