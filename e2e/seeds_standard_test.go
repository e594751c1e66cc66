package e2e

import (
	"encoding/json"
	"strings"
	"testing"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"
)

func TestSeeds_Default_OrganizationWithoutAProfileIsStandardWebhooks(t *testing.T) {
	t.Parallel()

	b := setup(t, "order.paid")
	official := verifying(t, "node", "js/standard.js")
	to := receiver(t, answers(500, 200))
	hook := b.webhook(t, to.URL, settings(map[string]any{
		"signatures":  []map[string]any{{"scheme": "STANDARD_WEBHOOKS_V1"}, {"scheme": "STANDARD_WEBHOOKS_V1A"}},
		"retryPolicy": map[string]any{"delaysSeconds": []int{1}, "jitterPercent": 0},
	}))
	require.True(t, strings.HasPrefix(hook.Secret, "whsec_"))

	public := ask[struct {
		Webhook struct {
			Secrets []struct{ Kind, PublicKey string }
		}
	}](t, b.Client, `query ($id: ID!) { webhook(id: $id) { secrets { kind publicKey } } }`,
		map[string]any{"id": hook.ID}).Webhook.Secrets
	require.Len(t, public, 2)

	publicKey := ""

	for _, one := range public {
		if one.Kind == "ED25519" {
			publicKey = one.PublicKey
		}
	}

	require.True(t, strings.HasPrefix(publicKey, "whpk_"))
	b.publish(t, "order.paid", map[string]any{"id": 7})

	first, second := next(t, to), next(t, to)
	require.Equal(t, string(first.Body), string(second.Body))
	require.Equal(t, first.Header.Get("Webhook-Id"), second.Header.Get("Webhook-Id"))

	library, err := standardwebhooks.NewWebhook(hook.Secret)
	require.NoError(t, err)

	for _, got := range []struct {
		body   []byte
		header map[string]string
	}{{first.Body, flat(first.Header)}, {second.Body, flat(second.Header)}} {
		header, err := json.Marshal(got.header)
		require.NoError(t, err)
		official.requireGenuine(t, got.body, string(header), hook.Secret)
		require.Regexp(t, `^v1,\S+ v1a,\S+$`, got.header["webhook-signature"])

		require.True(t, official.verifies(t, got.body, string(header), publicKey))

		changed := append([]byte(nil), got.body...)
		changed[len(changed)/2] ^= 1
		require.False(t, official.verifies(t, changed, string(header), publicKey))
	}

	require.NoError(t, library.Verify(second.Body, second.Header))

	var body map[string]json.RawMessage

	require.NoError(t, json.Unmarshal(first.Body, &body))
	require.Len(t, body, 3)
	require.JSONEq(t, `"order.paid"`, string(body["type"]))
	require.JSONEq(t, `{"id": 7}`, string(body["data"]))
	require.NotEmpty(t, body["timestamp"])

	require.Equal(t, "standard", ask[struct {
		Organization struct{ Profile struct{ Name string } }
	}](t, b.Client, `query ($id: ID!) { organization(id: $id) { profile { name } } }`,
		map[string]any{"id": b.OrganizationID}).Organization.Profile.Name)

	usual := b.webhook(t, "https://example.com/hooks", map[string]any{"eventTypes": []string{}})
	require.JSONEq(t, `{
		"method": "POST", "timeoutSeconds": 15, "signatures": [{"scheme": "STANDARD_WEBHOOKS_V1"}],
		"retryPolicy": {"delaysSeconds": [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]},
		"autoDisable": {"onGone": true}
	}`, b.settingsOf(t, usual.ID,
		"method timeoutSeconds signatures { scheme } retryPolicy { delaysSeconds } autoDisable { onGone }"))
}

// flat is the headers as a JavaScript server has them.
func flat(header map[string][]string) map[string]string {
	out := make(map[string]string, len(header))
	for name, values := range header {
		out[strings.ToLower(name)] = strings.Join(values, ", ")
	}

	return out
}
