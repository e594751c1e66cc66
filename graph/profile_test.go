package graph_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/graph"
	"github.com/surehook/surehook/internal/apikey"
)

const (
	// allSettings are all there is to know of settings.
	allSettings = `settings { method timeoutSeconds envelope query { name value } sections { name paths included }
		signatures { scheme headerName prefix encoding timestampHeader timestampFormat clientIdHeader clientId }
		retryPolicy { enabled delaysSeconds backoff { baseSeconds factor retries } jitterPercent retryOn honorRetryAfter }
		autoDisable { consecutiveFailures failingForHours onGone } secretRotation { everyDays overlapSeconds }
		maxRequestsPerSecond breaker { failurePercent minimumAttempts windowSeconds cooldownSeconds } }`

	allOfProfile = `name title description ` + allSettings + `
		rules { methods minTimeoutSeconds maxTimeoutSeconds maxRetries secretSource } testEventType
		statuses { stage name } presentation { webhooksTitle formTitle logTitle webhookForm refreshSeconds statusFilters
			formFields { field title } listColumns { field title } detailFields { field title } logColumns { field title }
			counters { count title } callbacks { eventType title } } help { title text }
		recipes { name title description urlHint eventTypes ` + allSettings + ` } document`

	foundOrganization = `mutation ($input: CreateOrganizationInput!) { createOrganization(input: $input) {
		organization { id limits { maxWebhooks maxPublishPerMinute maxPayloadBytes allowInsecureUrls }
			manageRoles viewRoles profile { ` + allOfProfile + ` }
			eventTypes(first: 100) { nodes { name schema { version } } } }
		userErrors { code message field } } }`
)

func TestCreateOrganization_TakesOnItsProfile(t *testing.T) {
	t.Parallel()

	b := setup(t)

	shipped := make(map[string]any)
	for _, one := range b.as(apikey.Viewer, `{ profiles { `+allOfProfile+` } }`).ok().at("profiles").([]any) {
		shipped[one.(vars)["name"].(string)] = one
	}

	type facts struct {
		method                string
		timeout, retries      float64
		secrets, test         string
		manage, view          []any
		insecure              bool
		types, recipes, limit int
		succeeded             string
	}

	admin := []any{"ADMIN"}
	developers := []any{"ADMIN", "DEVELOPER"}
	everybody := []any{"ADMIN", "DEVELOPER", "VIEWER"}

	known := map[string]facts{
		"kazinex": {
			"POST", 10, 0, "CHOSEN", "webhook.test", admin, admin, true, 7, 0, 25, "success",
		},
		"kianda": {
			"GET", 10, 0, "ANY", "webhook.test", developers, developers, true, 3, 0, 25, "succeeded",
		},
		"knoxcall": {
			"POST", 30, 3, "GENERATED", "webhook.test", developers, everybody, false, 8, 3, 25, "succeeded",
		},
		"krebit": {
			"POST", 15, 9, "GENERATED", "webhook.test", developers, everybody, false, 3, 0, 25, "succeeded",
		},
		"kuviq": {
			"POST", 30, 5, "ANY", "test.webhook", admin, admin, false, 15, 3, 25, "completed",
		},
		"standard": {
			"POST", 15, 9, "ANY", "webhook.test", developers, everybody, true, 0, 3, 25, "succeeded",
		},
	}
	require.Equal(t, slices.Sorted(maps.Keys(known)), slices.Sorted(maps.Keys(shipped)))

	for name, want := range known {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := b.in(t)

			out := b.as(apikey.Operator, foundOrganization, vars{"input": vars{"name": "Acme", "profile": name}}).ok()
			at := func(path string) any { return out.at("createOrganization.organization." + path) }

			require.Equal(t, shipped[name], at("profile"))
			require.Equal(t, want.method, at("profile.settings.method"))
			require.InDelta(t, want.timeout, at("profile.settings.timeoutSeconds"), 0)
			require.Len(t, at("profile.settings.retryPolicy.delaysSeconds"), int(want.retries))
			require.Equal(t, want.secrets, at("profile.rules.secretSource"))
			require.Equal(t, want.test, at("profile.testEventType"))
			require.Equal(t, want.manage, at("manageRoles"))
			require.Equal(t, want.view, at("viewRoles"))
			require.Equal(t, want.insecure, at("limits.allowInsecureUrls"))
			require.EqualValues(t, want.limit, at("limits.maxWebhooks"))
			require.Len(t, at("eventTypes.nodes"), want.types)
			require.Len(t, at("profile.recipes"), want.recipes)
			require.NotEmpty(t, at("profile.help"))

			require.Equal(t, values("DeliveryStage"),
				slices.Sorted(slices.Values(out.texts("createOrganization.organization.profile.statuses", "stage"))))
			require.Contains(t, at("profile.statuses"), vars{"stage": "SUCCEEDED", "name": want.succeeded})
			require.Equal(t, name, at("profile.document.name"))
		})
	}
}

func TestCreateOrganization_WithoutAProfileHasTheStandard(t *testing.T) {
	t.Parallel()

	b := setup(t)

	for name, input := range map[string]vars{
		"left out": {"name": "A"},
		"null":     {"name": "A", "profile": nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := b.in(t)

			out := b.as(apikey.Operator, foundOrganization, vars{"input": input}).ok()
			require.Equal(t, "standard", out.at("createOrganization.organization.profile.name"))
			require.Equal(t, []any{vars{
				"scheme": "STANDARD_WEBHOOKS_V1", "headerName": "", "prefix": "", "encoding": nil, "timestampHeader": "",
				"timestampFormat": nil, "clientIdHeader": "", "clientId": "",
			}}, out.at("createOrganization.organization.profile.settings.signatures"))
		})
	}
}

func TestCreateOrganization_RefusesAnUnknownProfile(t *testing.T) {
	t.Parallel()

	b := setup(t)
	before := b.rows()

	for _, name := range []string{"", "no-such", "KAZINEX", "../standard", "kazinex.yaml", "kazinex\n"} {
		out := b.as(apikey.Operator, foundOrganization, vars{"input": vars{"name": "Acme", "profile": name}}).
			refused("createOrganization", "NOT_FOUND", "profile")
		require.Nil(t, out.at("createOrganization.organization"), name)
	}

	require.Equal(t, before, b.rows())
}

func TestProfile_OfAnOrganizationIsACopyOfItsOwn(t *testing.T) {
	t.Parallel()

	b := setup(t).founded(t, "kuviq")

	// As if the file had been changed since: what counts is what was taken on.
	_, err := b.pool.Exec(t.Context(), `UPDATE organization_profiles
		SET document = jsonb_set(jsonb_set(document::jsonb, '{title}', '"Ours"'), '{settings,timeoutSeconds}', '7')::json
		WHERE organization_id = $1`, b.mine.org.UUID())
	require.NoError(t, err)

	out := b.admin(`query ($id: ID!) { organization(id: $id) { profile { name title settings { timeoutSeconds } } }
		profiles { name title } }`, vars{"id": b.mine.org})
	require.Equal(t, vars{"name": "kuviq", "title": "Ours", "settings": vars{"timeoutSeconds": 7.0}},
		out.at("organization.profile"))
	require.Contains(t, out.at("profiles"), vars{"name": "kuviq", "title": "Kuviq"})

	made := b.admin(createWebhook, vars{"input": b.newWebhook(nil)})
	require.EqualValues(t, 7, made.at("createWebhook.webhook.settings.timeoutSeconds"))
}

func TestOperationalEventTypes_AreThereForEverybody(t *testing.T) {
	t.Parallel()

	b := setup(t)

	for _, role := range allRoles {
		out := b.as(role, `{ operationalEventTypes { name description } sourceRanges }`).ok()
		require.Equal(t, []string{
			"bulk_operation.completed", "delivery.exhausted", "webhook.disabled", "webhook.recovered",
			"webhook.secret_expiring", "webhook.secret_rotated",
		}, out.texts("operationalEventTypes", "name"))
		require.NotContains(t, out.texts("operationalEventTypes", "description"), "")
		require.Equal(t, []any{"203.0.113.0/24", "2001:db8::/48"}, out.at("sourceRanges"))
	}

	none := b.with(func(d *graph.Deps) { d.SourceRanges = nil })
	require.Equal(t, []any{}, none.as(apikey.Viewer, `{ sourceRanges }`).ok().at("sourceRanges"))
}

func TestOperationalEventTypes_AreSubscribedToByNameAndInNoCatalog(t *testing.T) {
	t.Parallel()

	b := setup(t)
	name := b.admin(`{ operationalEventTypes { name } }`).text("operationalEventTypes.0.name")

	hook := b.created(vars{"eventTypes": []any{name}})
	out := b.admin(`query ($id: ID!) { webhook(id: $id) { eventTypes } }`, vars{"id": hook})
	require.Equal(t, []any{name}, out.at("webhook.eventTypes"))

	b.as(apikey.Admin, createEventType, vars{"input": vars{"organizationId": b.mine.org, "name": name}}).
		refused("createEventType", "ALREADY_EXISTS", "name")
	b.as(apikey.Admin, publishEvent, vars{"input": vars{
		"organizationId": b.mine.org, "eventType": name, "payload": vars{},
	}}).refused("publishEvent", "UNKNOWN_EVENT_TYPE", "eventType")
}

// Organizations keep the profile that they were founded with, which may be older than presentations.
func TestProfile_OfAnOlderOrganizationIsShownAsTheStandard(t *testing.T) {
	t.Parallel()

	b := setup(t).founded(t, "kazinex")

	_, err := b.pool.Exec(t.Context(), `UPDATE organization_profiles
		SET document = (document::jsonb - 'presentation')::json WHERE organization_id = $1`, b.mine.org.UUID())
	require.NoError(t, err)

	out := b.admin(`query ($id: ID!) { organization(id: $id) { profile { document presentation {
		webhookForm logTitle statusFilters listColumns { field title } } } } }`, vars{"id": b.mine.org})
	at := func(path string) any { return out.at("organization.profile." + path) }

	require.Equal(t, "ONE_STEP", at("presentation.webhookForm"))
	require.Equal(t, "Deliveries", at("presentation.logTitle"))
	require.Equal(t, []any{"FAILED", "RETRYING", "HELD"}, at("presentation.statusFilters"))
	require.Contains(t, at("presentation.listColumns"), vars{"field": "SUCCESS_RATE", "title": "Success rate"})
	require.NotContains(t, at("document"), "presentation", "what it took on stays as it is")
}
