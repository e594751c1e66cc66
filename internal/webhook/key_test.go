package webhook_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/apikey"
	"github.com/surehook/surehook/internal/auth"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/optional"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/settings"
	"github.com/surehook/surehook/internal/signing"
	"github.com/surehook/surehook/internal/webhook"
)

// signed are changes to how requests are signed.
func signed(profiles ...signing.Profile) settings.Changes {
	return settings.Changes{Signatures: optional.Of(profiles)}
}

var (
	hmacBody = signing.Profile{Scheme: signing.HMACBody, HeaderName: "X-Sig", Encoding: signing.Hex}
	v1       = signing.Profile{Scheme: signing.StandardWebhooksV1}
	v1a      = signing.Profile{Scheme: signing.StandardWebhooksV1A}
)

// keys returns what signs requests of a webhook now.
func (b *testBundle) keys(t *testing.T, of id.ID) webhook.Keys {
	t.Helper()

	live, err := dbsqlc.New(b.pool).LiveWebhookSecrets(t.Context(), dbsqlc.LiveWebhookSecretsParams{
		WebhookIds: id.UUIDs([]id.ID{of}), Now: &b.clock,
	})
	require.NoError(t, err)

	keys, err := webhook.OpenKeys(b.box, b.mine, of, live)
	require.NoError(t, err)

	return keys
}

func (b *testBundle) kinds(t *testing.T, of id.ID) (symmetric, private []webhook.Secret) {
	t.Helper()

	for _, one := range b.secrets(t, of) {
		if one.Kind == webhook.Ed25519 {
			private = append(private, one)
		} else {
			symmetric = append(symmetric, one)
		}
	}

	return symmetric, private
}

func TestService_SecretsMayBeOfAnyTextForPlainHMAC(t *testing.T) {
	t.Parallel()

	b := setup(t)
	in := b.input()
	in.Settings, in.SigningSecret = signed(hmacBody), new("tür-schlüssel 7")

	created := b.create(t, in)
	require.Equal(t, "tür-schlüssel 7", created.Secret.Reveal())

	_, value, err := b.Reveal(t.Context(), b.scope, created.Webhook.ID, nil)
	require.NoError(t, err)
	require.Equal(t, "tür-schlüssel 7", value)

	in.Settings = signed(hmacBody, v1)

	_, err = b.Create(t.Context(), b.scope, in)
	requireProblem(t, err, problem.Invalid, "signingSecret")
	require.NotContains(t, err.Error(), "schlüssel")
}

func TestService_StandardWebhooksIsNotTurnedOnWithoutASecretForIt(t *testing.T) {
	t.Parallel()

	b := setup(t)
	in := b.input()
	in.Settings, in.SigningSecret = signed(hmacBody), new("free text")
	one := b.create(t, in).Webhook
	before := b.dump(t)

	turnOn := webhook.UpdateInput{ID: one.ID, Settings: signed(v1)}

	_, err := b.Update(t.Context(), b.scope, turnOn)
	requireProblem(t, err, problem.Conflict, "settings", "signatures")

	_, _, err = b.Draft(t.Context(), b.scope, webhook.DraftInput{UpdateInput: turnOn})
	requireProblem(t, err, problem.Conflict, "settings", "signatures")
	require.Equal(t, before, b.dump(t))

	rotated, err := b.Rotate(t.Context(), b.scope, webhook.RotateInput{WebhookID: one.ID, OverlapSeconds: new(60)})
	require.NoError(t, err)
	require.True(t, rotated.Secret.IsStandard())

	now, err := b.Update(t.Context(), b.scope, turnOn)
	require.NoError(t, err)

	// The old secret still lives, and must not get in the way of signing.
	keys := b.keys(t, one.ID)
	require.Len(t, keys.Symmetric, 2)

	header, err := signing.SignAll(now.Settings.Signatures,
		signing.Message{ID: "dlv_1", At: b.clock, Content: []byte("{}")}, keys, "")
	require.NoError(t, err)
	require.NotEmpty(t, header.Get(signing.HeaderSignature))

	_, err = b.Rotate(t.Context(), b.scope, webhook.RotateInput{WebhookID: one.ID, SigningSecret: new("free text")})
	requireProblem(t, err, problem.Invalid, "signingSecret")
}

func TestService_APrivateKeyIsMadeWhenV1aIsTurnedOn(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := b.make(t)
	symmetric, private := b.kinds(t, one.ID)
	require.Len(t, symmetric, 1)
	require.Empty(t, private)
	require.Nil(t, symmetric[0].PublicKey)

	_, err := b.Update(t.Context(), b.scope, webhook.UpdateInput{ID: one.ID, Settings: signed(v1, v1a)})
	require.NoError(t, err)

	again, private := b.kinds(t, one.ID)
	require.Equal(t, symmetric, again)
	require.Len(t, private, 1)
	require.Regexp(t, "^whpk_", *private[0].PublicKey)
	require.Equal(t, *private[0].PublicKey, b.keys(t, one.ID).Ed25519[0].PublicKey())

	for _, settings := range []settings.Changes{signed(v1), signed(v1a), signed(v1a, v1)} {
		_, err = b.Update(t.Context(), b.scope, webhook.UpdateInput{ID: one.ID, Settings: settings})
		require.NoError(t, err)
	}

	_, same := b.kinds(t, one.ID)
	require.Equal(t, private, same, "what receivers verify with stays")
	require.NotContains(t, b.dump(t), b.keys(t, one.ID).Ed25519[0].Reveal()[5:20])
}

func TestService_CreateWithV1aOnlyShowsNoSecretAndHasOneForLater(t *testing.T) {
	t.Parallel()

	b := setup(t)
	in := b.input()
	in.Settings = signed(v1a)

	created := b.create(t, in)
	require.True(t, created.Secret.IsZero())

	symmetric, private := b.kinds(t, created.Webhook.ID)
	require.Len(t, symmetric, 1)
	require.Len(t, private, 1)

	_, err := b.Update(t.Context(), b.scope, webhook.UpdateInput{ID: created.Webhook.ID, Settings: signed(v1)})
	require.NoError(t, err)
}

func TestService_RotateReplacesBothKinds(t *testing.T) {
	t.Parallel()

	b := setup(t)
	in := b.input()
	in.Settings = signed(v1, v1a)
	one := b.create(t, in).Webhook
	before := b.keys(t, one.ID)

	b.rotate(t, one.ID, 60)

	after := b.keys(t, one.ID)
	require.Len(t, after.Symmetric, 2)
	require.Len(t, after.Ed25519, 2)
	require.Equal(t, before.Symmetric[0].Reveal(), after.Symmetric[1].Reveal(), "the current ones come first")
	require.Equal(t, before.Ed25519[0].Reveal(), after.Ed25519[1].Reveal())

	b.clock = b.clock.Add(time.Minute)
	left := b.keys(t, one.ID)
	require.Len(t, left.Symmetric, 1)
	require.Len(t, left.Ed25519, 1)
	require.Equal(t, after.Ed25519[0].Reveal(), left.Ed25519[0].Reveal())

	rotated := "WEBHOOK_SECRET_ROTATED " + one.ID.String()
	require.Equal(t, []string{rotated}, b.audited(t))

	var detail string

	require.NoError(t, b.pool.QueryRow(t.Context(), "SELECT detail FROM audit_log").Scan(&detail))
	require.JSONEq(t, `{"overlapSeconds": 60}`, detail)
}

func TestService_RotateTakesTheOverlapOfTheSettingsUnlessTold(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := b.rotating(t, 0, 120)

	_, err := b.Rotate(t.Context(), b.scope, webhook.RotateInput{WebhookID: one.ID})
	require.NoError(t, err)
	require.Equal(t, 2*time.Minute, b.secrets(t, one.ID)[1].ExpiresAt.Sub(b.clock))
}

func TestService_RevealOfAPrivateKeyShowsThePublicHalf(t *testing.T) {
	t.Parallel()

	b := setup(t)
	in := b.input()
	in.Settings = signed(v1a)
	one := b.create(t, in).Webhook
	symmetric, private := b.kinds(t, one.ID)

	secret, value, err := b.Reveal(t.Context(), b.scope, one.ID, &private[0].ID)
	require.NoError(t, err)
	require.Equal(t, private[0], secret)
	require.Equal(t, *private[0].PublicKey, value)

	secret, value, err = b.Reveal(t.Context(), b.scope, one.ID, nil)
	require.NoError(t, err)
	require.Equal(t, symmetric[0], secret, "a shared one unless told which")
	require.Regexp(t, "^whsec_", value)
}

func TestService_RevealLeavesAnEntryThatNamesTheKeyAndTheSecret(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := b.make(t)
	key := id.New(id.APIKey)
	ctx := auth.WithPrincipal(t.Context(), auth.Principal{Key: apikey.Key{ID: key, Role: apikey.Admin}})

	secret, _, err := b.Reveal(ctx, b.scope, one.ID, nil)
	require.NoError(t, err)
	require.Equal(t, []string{"WEBHOOK_SECRET_REVEALED " + one.ID.String()}, b.audited(t))

	rows, err := b.pool.Query(t.Context(),
		"SELECT 1 FROM audit_log WHERE api_key_id = $1 AND detail = jsonb_build_object('secretId', $2::text) AND created_at = $3",
		key.UUID(), secret.ID.String(), b.clock)
	require.NoError(t, err)
	require.True(t, rows.Next())
	rows.Close()
}

func TestService_NothingIsRevealedOrRotatedWithoutAnEntry(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := b.make(t)
	before := b.dump(t)

	_, err := b.pool.Exec(t.Context(), "ALTER TABLE audit_log ADD CHECK (action = 'NOTHING')")
	require.NoError(t, err)

	secret, value, err := b.Reveal(t.Context(), b.scope, one.ID, nil)
	require.Error(t, err)
	require.Zero(t, secret)
	require.Empty(t, value)

	rotated, err := b.Rotate(t.Context(), b.scope, webhook.RotateInput{WebhookID: one.ID})
	require.Error(t, err)
	require.Zero(t, rotated)
	require.Equal(t, before, b.dump(t))
	require.Empty(t, b.logs.String())
}

func TestService_WhoIsNotThereLeavesNoEntry(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := b.make(t)

	_, _, err := b.Reveal(context.Background(), b.scope, one.ID, new(id.New(id.Secret)))
	require.Equal(t, problem.Missing("secret", "secretId"), err)
	require.Empty(t, b.audited(t))
}
