package graph_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/apikey"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/tenant"
	"github.com/surehook/surehook/internal/webhook"
)

const (
	auditLog = `query ($id: ID!, $first: Int, $after: String) { organization(id: $id) {
		auditLog(first: $first, after: $after) {
			nodes { id action apiKeyId subjectId detail createdAt } edges { cursor } pageInfo { hasNextPage } } } }`

	revealSecret = `mutation ($input: RevealWebhookSecretInput!) { revealWebhookSecret(input: $input) {
		secret { id kind publicKey } value userErrors { code message field } } }`

	rotateSecret = `mutation ($input: RotateWebhookSecretInput!) { rotateWebhookSecret(input: $input) {
		webhook { secrets { id kind expiresAt } } signingSecret userErrors { code message field } } }`
)

func (b *testBundle) audited(variables vars) response {
	b.t.Helper()

	return b.admin(auditLog, with(vars{"id": b.mine.org}, variables))
}

func TestAuditLog_NamesWhoDidWhat(t *testing.T) {
	t.Parallel()

	b := setup(t)
	hook := b.created(vars{"auth": vars{"bearer": vars{"token": "hunter2"}}})
	require.Empty(t, b.audited(nil).at("organization.auditLog.nodes"))

	developer, token := b.makeKey(&b.mine.org, apikey.Developer)
	operator, operatorToken := b.makeKey(nil, apikey.Operator)

	revealed := b.send(token, revealSecret, vars{"input": vars{"webhookId": hook}}).ok()
	b.send(token, rotateSecret, vars{"input": vars{"webhookId": hook, "overlapSeconds": 7}}).ok()
	b.send(token, updateAuth, vars{"input": vars{"id": hook, "auth": vars{"bearer": vars{"token": "hunter3"}}}}).ok()
	b.send(token, updateAuth, vars{"input": vars{"id": hook, "name": "Renamed"}}).ok()
	b.send(operatorToken, updateLimits, vars{"input": vars{"id": b.mine.org, "maxWebhooks": 7}}).ok()
	b.admin(updateRoles, vars{"input": vars{"id": b.mine.org, "viewRoles": []any{"ADMIN"}}})
	b.admin(updateRoles, vars{"input": vars{"id": b.mine.org, "name": "Renamed"}})

	out := b.audited(nil)
	require.Equal(t, []string{
		"ORGANIZATION_ROLES_CHANGED", "ORGANIZATION_LIMITS_CHANGED", "WEBHOOK_AUTH_CHANGED", "WEBHOOK_SECRET_ROTATED",
		"WEBHOOK_SECRET_REVEALED",
	}, out.texts("organization.auditLog.nodes", "action"))
	require.Equal(t, []string{
		b.mine.key.String(), operator.ID.String(), developer.ID.String(), developer.ID.String(), developer.ID.String(),
	}, out.texts("organization.auditLog.nodes", "apiKeyId"))
	require.Equal(t, []string{
		b.mine.org.String(), b.mine.org.String(), hook.String(), hook.String(), hook.String(),
	}, out.texts("organization.auditLog.nodes", "subjectId"))

	require.Equal(t, vars{"manageRoles": []any{"ADMIN", "DEVELOPER"}, "viewRoles": []any{"ADMIN"}},
		out.at("organization.auditLog.nodes.0.detail"))
	require.EqualValues(t, 7, out.at("organization.auditLog.nodes.1.detail.maxWebhooks"))
	require.Equal(t, vars{}, out.at("organization.auditLog.nodes.2.detail"))
	require.EqualValues(t, 7, out.at("organization.auditLog.nodes.3.detail.overlapSeconds"))
	require.Equal(t, vars{"secretId": revealed.at("revealWebhookSecret.secret.id")},
		out.at("organization.auditLog.nodes.4.detail"))
	require.NotContains(t, out.rawBody, "hunter")
	require.NotContains(t, out.rawBody, revealed.at("revealWebhookSecret.value"))

	first := b.audited(vars{"first": 2})
	require.Len(t, first.at("organization.auditLog.nodes"), 2)
	require.Equal(t, true, first.at("organization.auditLog.pageInfo.hasNextPage"))

	rest := b.audited(vars{"after": first.at("organization.auditLog.edges.1.cursor")})
	require.Equal(t, "WEBHOOK_AUTH_CHANGED", rest.at("organization.auditLog.nodes.0.action"))
}

func TestAuditLog_HasNothingOfWhatWasRefused(t *testing.T) {
	t.Parallel()

	b := setup(t)
	hook := b.created(nil)

	b.as(apikey.Admin, revealSecret, vars{"input": vars{"webhookId": hook, "secretId": id.New(id.Secret)}}).
		refused("revealWebhookSecret", "NOT_FOUND", "secretId")
	b.as(apikey.Admin, rotateSecret, vars{"input": vars{"webhookId": hook, "overlapSeconds": 604_801}}).
		refused("rotateWebhookSecret", "INVALID", "overlapSeconds")
	b.as(apikey.Admin, updateAuth, vars{"input": vars{"id": hook, "auth": nil, "name": ""}}).
		refused("updateWebhook", "REQUIRED", "name")
	b.as(apikey.Viewer, revealSecret, vars{"input": vars{"webhookId": hook}}).failed("FORBIDDEN")
	b.as(apikey.Admin, updateLimits, vars{"input": vars{"id": b.mine.org, "maxWebhooks": 7}}).failed("FORBIDDEN")

	require.Empty(t, b.audited(nil).at("organization.auditLog.nodes"))
}

func TestAuditLog_IsForAdministratorsAndOperators(t *testing.T) {
	t.Parallel()

	b := setup(t)
	hook := b.created(nil)

	_, err := b.deps.Webhooks.Rotate(t.Context(), tenant.All(), webhook.RotateInput{WebhookID: hook})
	require.NoError(t, err)

	for role, allowed := range map[apikey.Role]bool{
		apikey.Admin: true, apikey.Developer: false, apikey.Operator: true, apikey.Viewer: false,
	} {
		out := b.as(role, auditLog, vars{"id": b.mine.org})
		if !allowed {
			out.failed("FORBIDDEN")

			continue
		}

		require.Len(t, out.ok().at("organization.auditLog.nodes"), 1)
		require.Nil(t, out.at("organization.auditLog.nodes.0.apiKeyId"), "Surehook did it by itself")
	}

	require.Nil(t, b.send(b.foreign.admin, auditLog, vars{"id": b.mine.org}).ok().at("organization"))
	require.Empty(t, b.send(b.foreign.admin, auditLog, vars{"id": b.foreign.org}).ok().at("organization.auditLog.nodes"))
}

func TestUpdateOrganizationLimits(t *testing.T) {
	t.Parallel()

	b := setup(t)
	usual := vars{
		"maxWebhooks": 25.0, "maxPublishPerMinute": 1000.0, "maxPayloadBytes": 262_144.0, "allowInsecureUrls": true,
	}

	update := func(members vars) response {
		t.Helper()

		return b.as(apikey.Operator, updateLimits, vars{"input": with(vars{"id": b.mine.org}, members)})
	}

	nothing := vars{"maxWebhooks": nil, "maxPublishPerMinute": nil, "maxPayloadBytes": nil, "allowInsecureUrls": nil}
	require.Equal(t, usual, update(nothing).ok().at("updateOrganizationLimits.organization.limits"))

	require.Equal(t, vars{
		"maxWebhooks": 100_000.0, "maxPublishPerMinute": 100_000_000.0, "maxPayloadBytes": 1.0, "allowInsecureUrls": false,
	}, update(vars{
		"maxWebhooks": 100_000, "maxPublishPerMinute": 100_000_000, "maxPayloadBytes": 1, "allowInsecureUrls": false,
	}).ok().at("updateOrganizationLimits.organization.limits"))

	b.as(apikey.Admin, createWebhook, vars{"input": b.newWebhook(vars{"url": "http://example.com/"})}).
		refused("createWebhook", "INVALID_URL", "url")

	before := b.rows()

	for member, values := range map[string][]int{
		"maxPayloadBytes":     {-1, 0, 1_000_001},
		"maxPublishPerMinute": {-1, 0, 100_000_001},
		"maxWebhooks":         {-1, 0, 100_001},
	} {
		for _, value := range values {
			update(vars{member: value}).refused("updateOrganizationLimits", "INVALID", member)
		}
	}

	for _, unknown := range []any{id.New(id.Organization), "nonsense", b.mine.key} {
		update(vars{"id": unknown}).refused("updateOrganizationLimits", "NOT_FOUND", "id")
	}

	for _, role := range []apikey.Role{apikey.Admin, apikey.Developer, apikey.Publisher, apikey.Viewer} {
		b.as(role, updateLimits, vars{"input": vars{"id": b.mine.org, "maxWebhooks": 1}}).failed("FORBIDDEN")
	}

	require.Equal(t, before, b.rows())
}

func TestRotateWebhookSecret_OverlapsAsTheSettingsSayUnlessTold(t *testing.T) {
	t.Parallel()

	b := setup(t)

	for name, test := range map[string]struct {
		given   any
		want    int
		overlap float64
	}{
		"at once":  {0, 1, 0},
		"not told": {nil, 2, 3600},
		"told":     {60, 2, 60},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := b.in(t)
			hook := b.created(vars{"settings": vars{"secretRotation": vars{"overlapSeconds": 3600}}})

			out := b.admin(rotateSecret, vars{"input": vars{"webhookId": hook, "overlapSeconds": test.given}})
			require.Len(t, out.at("rotateWebhookSecret.webhook.secrets"), test.want)

			entry := b.audited(vars{"first": 100}).entryOf(hook)
			require.Equal(t, vars{"overlapSeconds": test.overlap}, entry["detail"])

			if test.want == 2 {
				expires, err := time.Parse(time.RFC3339Nano, out.text("rotateWebhookSecret.webhook.secrets.1.expiresAt"))
				require.NoError(t, err)
				require.WithinDuration(t, time.Now().Add(time.Duration(test.overlap)*time.Second), expires, time.Minute)
			}
		})
	}
}

// entryOf is the entry of an audit log about something.
func (r response) entryOf(subject id.ID) vars {
	r.t.Helper()

	for _, one := range r.at("organization.auditLog.nodes").([]any) {
		if entry := one.(vars); entry["subjectId"] == subject.String() {
			return entry
		}
	}

	require.Fail(r.t, "there is no such entry", subject.String())

	return nil
}

func TestWebhookSecrets_OfAChoosingProfileAreChosenAgain(t *testing.T) {
	t.Parallel()

	b := setup(t).founded(t, "kazinex")
	hook := b.created(vars{"signingSecret": "correct horse"})

	b.as(apikey.Admin, rotateSecret, vars{"input": vars{"webhookId": hook}}).
		refused("rotateWebhookSecret", "REQUIRED", "signingSecret")

	out := b.admin(rotateSecret, vars{"input": vars{"webhookId": hook, "signingSecret": "battery staple"}})
	require.Equal(t, "battery staple", out.at("rotateWebhookSecret.signingSecret"))

	now := b.admin(revealSecret, vars{"input": vars{"webhookId": hook}})
	require.Equal(t, "battery staple", now.at("revealWebhookSecret.value"))
}

func TestRevealWebhookSecret_OfAPrivateKeyShowsThePublicOne(t *testing.T) {
	t.Parallel()

	b := setup(t)
	hook := b.created(vars{"settings": vars{"signatures": []any{vars{"scheme": "STANDARD_WEBHOOKS_V1A"}}}})

	shown := b.admin(`query ($id: ID!) { webhook(id: $id) { secrets { id kind } } }`, vars{"id": hook})

	for _, one := range shown.at("webhook.secrets").([]any) {
		secret := one.(vars)

		out := b.admin(revealSecret, vars{"input": vars{"webhookId": hook, "secretId": secret["id"]}})
		if secret["kind"] == "ED25519" {
			require.Regexp(t, "^whpk_", out.at("revealWebhookSecret.value"))
			require.Equal(t, out.at("revealWebhookSecret.secret.publicKey"), out.at("revealWebhookSecret.value"))
		} else {
			require.Regexp(t, "^whsec_", out.at("revealWebhookSecret.value"))
		}
	}
}
