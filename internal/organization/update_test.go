package organization_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/apikey"
	"github.com/surehook/surehook/internal/audit"
	"github.com/surehook/surehook/internal/auth"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/organization"
	"github.com/surehook/surehook/internal/page"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/tenant"
)

// recorded returns what the audit log has of an organization, the oldest first.
func (b *testBundle) recorded(t *testing.T, of id.ID) []audit.Entry {
	t.Helper()

	found, err := b.audit.List(t.Context(), tenant.Of(of), of, page.Query{Size: page.MaxSize, Ascending: true})
	require.NoError(t, err)

	return found.Items
}

// as returns a context in which a key is asking.
func as(ctx context.Context, key id.ID) context.Context {
	return auth.WithPrincipal(ctx, auth.Principal{Key: apikey.Key{ID: key}})
}

func TestService_UpdateLimitsChangesWhatWasGiven(t *testing.T) {
	t.Parallel()

	standard := organization.Limits{
		MaxWebhooks: 25, MaxPublishPerMinute: 1000, MaxPayloadBytes: 262_144, AllowInsecureURLs: true,
	}
	with := func(change func(l *organization.Limits)) organization.Limits {
		out := standard
		change(&out)

		return out
	}

	for name, test := range map[string]struct {
		in   organization.LimitsInput
		want organization.Limits
	}{
		"all": {
			organization.LimitsInput{
				MaxWebhooks: new(1), MaxPublishPerMinute: new(2), MaxPayloadBytes: new(3), AllowInsecureURLs: new(false),
			},
			organization.Limits{MaxWebhooks: 1, MaxPublishPerMinute: 2, MaxPayloadBytes: 3},
		},
		"as far as it goes": {
			organization.LimitsInput{
				MaxWebhooks: new(100_000), MaxPublishPerMinute: new(100_000_000), MaxPayloadBytes: new(1_000_000),
			},
			organization.Limits{
				MaxWebhooks: 100_000, MaxPublishPerMinute: 100_000_000, MaxPayloadBytes: 1_000_000, AllowInsecureURLs: true,
			},
		},
		"insecure URLs": {
			organization.LimitsInput{AllowInsecureURLs: new(false)},
			with(func(l *organization.Limits) { l.AllowInsecureURLs = false }),
		},
		"payload size": {organization.LimitsInput{MaxPayloadBytes: new(9)}, with(func(l *organization.Limits) { l.MaxPayloadBytes = 9 })},
		"publish requests": {
			organization.LimitsInput{MaxPublishPerMinute: new(9)},
			with(func(l *organization.Limits) { l.MaxPublishPerMinute = 9 }),
		},
		"webhooks": {organization.LimitsInput{MaxWebhooks: new(9)}, with(func(l *organization.Limits) { l.MaxWebhooks = 9 })},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := setup(t)
			one, other := b.make(t, "Acme"), b.make(t, "Other")
			b.clock = b.clock.Add(time.Hour)
			test.in.ID = one.ID

			changed, err := b.UpdateLimits(t.Context(), test.in)
			require.NoError(t, err)
			require.Equal(t, test.want, changed.Limits)
			require.True(t, changed.UpdatedAt.Equal(b.clock))

			found, err := b.Get(t.Context(), tenant.All(), one.ID)
			require.NoError(t, err)
			require.Equal(t, changed, found)

			found, err = b.Get(t.Context(), tenant.All(), other.ID)
			require.NoError(t, err)
			require.Equal(t, other, found)
		})
	}
}

func TestService_UpdateLimitsWithoutAnyChangesNothing(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := b.make(t, "Acme")
	b.clock = b.clock.Add(time.Hour)

	unchanged, err := b.UpdateLimits(t.Context(), organization.LimitsInput{ID: one.ID})
	require.NoError(t, err)
	require.Equal(t, one, unchanged)
	require.Empty(t, b.recorded(t, one.ID))

	unknown := id.New(id.Organization)
	_, err = b.UpdateLimits(t.Context(), organization.LimitsInput{ID: unknown})
	require.Equal(t, problem.Missing("organization", "id"), err)
}

func TestService_UpdateLimitsRefusesBadInputAndWritesNothing(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := b.make(t, "Acme")

	for name, test := range map[string]struct {
		in   organization.LimitsInput
		want []string
	}{
		"all at once": {
			organization.LimitsInput{MaxWebhooks: new(0), MaxPublishPerMinute: new(-1), MaxPayloadBytes: new(0)},
			[]string{"maxWebhooks", "maxPublishPerMinute", "maxPayloadBytes"},
		},
		"one that is good beside": {
			organization.LimitsInput{MaxWebhooks: new(9), MaxPayloadBytes: new(-1 << 40)}, []string{"maxPayloadBytes"},
		},
		"payload too large": {organization.LimitsInput{MaxPayloadBytes: new(1_000_001)}, []string{"maxPayloadBytes"}},
		"too many requests": {
			organization.LimitsInput{MaxPublishPerMinute: new(100_000_001)}, []string{"maxPublishPerMinute"},
		},
		"too many webhooks":         {organization.LimitsInput{MaxWebhooks: new(100_001)}, []string{"maxWebhooks"}},
		"webhooks beyond 32 bits":   {organization.LimitsInput{MaxWebhooks: new(1<<32 + 1)}, []string{"maxWebhooks"}},
		"no webhooks":               {organization.LimitsInput{MaxWebhooks: new(0)}, []string{"maxWebhooks"}},
		"nothing to publish at all": {organization.LimitsInput{MaxPublishPerMinute: new(0)}, []string{"maxPublishPerMinute"}},
	} {
		test.in.ID = one.ID
		_, err := b.UpdateLimits(t.Context(), test.in)
		problems, ok := problem.Of(err)
		require.True(t, ok, "%s: %v", name, err)

		var fields []string

		for _, wrong := range problems {
			require.Equal(t, problem.Invalid, wrong.Code, name)

			fields = append(fields, wrong.Field...)
		}

		require.Equal(t, test.want, fields, name)
	}

	for _, unknown := range []id.ID{id.New(id.Organization), id.Webhook.From(one.ID.UUID()), {}} {
		_, err := b.UpdateLimits(t.Context(), organization.LimitsInput{ID: unknown, MaxWebhooks: new(9)})
		require.Equal(t, problem.Missing("organization", "id"), err)
	}

	found, err := b.Get(t.Context(), tenant.All(), one.ID)
	require.NoError(t, err)
	require.Equal(t, one, found)
	require.Empty(t, b.recorded(t, one.ID))
}

func TestService_UpdateTakesRolesThatKeepAnAdministrator(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		roles []apikey.Role
		want  []string // paths of what is wrong below the field
	}{
		"administrators":          {[]apikey.Role{apikey.Admin}, nil},
		"all three":               {[]apikey.Role{apikey.Viewer, apikey.Developer, apikey.Admin}, nil},
		"lower case":              {[]apikey.Role{"admin"}, []string{"0", ""}},
		"no administrator":        {[]apikey.Role{apikey.Developer}, []string{""}},
		"nobody":                  {[]apikey.Role{}, []string{""}},
		"of the platform":         {[]apikey.Role{apikey.Admin, apikey.Operator}, []string{"1"}},
		"one that sees nothing":   {[]apikey.Role{apikey.Publisher, apikey.Admin}, []string{"0"}},
		"one that does not exist": {[]apikey.Role{apikey.Admin, "COOK\x00"}, []string{"1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := setup(t)
			one := b.make(t, "Acme")

			for _, field := range []string{"manageRoles", "viewRoles"} {
				in := organization.UpdateInput{ID: one.ID, ManageRoles: &test.roles}
				if field == "viewRoles" {
					in = organization.UpdateInput{ID: one.ID, ViewRoles: &test.roles}
				}

				changed, err := b.Update(t.Context(), tenant.Of(one.ID), in)
				if test.want == nil {
					require.NoError(t, err)
					require.Contains(t, [][]apikey.Role{changed.ManageRoles, changed.ViewRoles}, test.roles)

					continue
				}

				problems, ok := problem.Of(err)
				require.True(t, ok, "%v", err)

				var got []string

				for _, wrong := range problems {
					require.Equal(t, problem.Invalid, wrong.Code)
					require.Equal(t, field, wrong.Field[0])

					got = append(got, append(wrong.Field[1:], "")[0])
				}

				require.Equal(t, test.want, got)

				found, err := b.Get(t.Context(), tenant.All(), one.ID)
				require.NoError(t, err)
				require.Equal(t, one, found)
			}
		})
	}
}

func TestService_UpdateChangesRolesOneByOne(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := b.make(t, "Acme")

	changed, err := b.Update(t.Context(), tenant.Of(one.ID),
		organization.UpdateInput{ID: one.ID, ManageRoles: &[]apikey.Role{apikey.Admin}})
	require.NoError(t, err)
	require.Equal(t, []apikey.Role{apikey.Admin}, changed.ManageRoles)
	require.Equal(t, one.ViewRoles, changed.ViewRoles)
	require.Equal(t, one.Name, changed.Name)

	changed, err = b.Update(t.Context(), tenant.Of(one.ID),
		organization.UpdateInput{ID: one.ID, ViewRoles: &[]apikey.Role{apikey.Admin, apikey.Developer}})
	require.NoError(t, err)
	require.Equal(t, []apikey.Role{apikey.Admin}, changed.ManageRoles)
	require.Equal(t, []apikey.Role{apikey.Admin, apikey.Developer}, changed.ViewRoles)
}

func TestService_LimitsAndRolesLeaveATrace(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one, other := b.make(t, "Acme"), b.make(t, "Other")
	key := id.New(id.APIKey)

	_, err := b.UpdateLimits(as(t.Context(), key), organization.LimitsInput{ID: one.ID, MaxWebhooks: new(9)})
	require.NoError(t, err)

	b.clock = b.clock.Add(time.Hour)
	_, err = b.Update(t.Context(), tenant.Of(one.ID), organization.UpdateInput{
		ID: one.ID, Name: new("Renamed"), ManageRoles: &[]apikey.Role{apikey.Admin},
	})
	require.NoError(t, err)

	_, err = b.Update(as(t.Context(), key), tenant.Of(one.ID), organization.UpdateInput{ID: one.ID, Name: new("Again")})
	require.NoError(t, err)

	entries := b.recorded(t, one.ID)
	require.Len(t, entries, 2, "a name guards nothing")

	limits, roles := entries[0], entries[1]
	require.Equal(t, audit.LimitsChanged, limits.Action)
	require.Equal(t, key, *limits.APIKeyID)
	require.Equal(t, one.ID.String(), limits.SubjectID)
	require.JSONEq(t, `{"maxWebhooks":9,"maxPublishPerMinute":1000,"maxPayloadBytes":262144,"allowInsecureUrls":true}`,
		string(limits.Detail))

	require.Equal(t, audit.RolesChanged, roles.Action)
	require.Nil(t, roles.APIKeyID)
	require.JSONEq(t, `{"manageRoles":["ADMIN"],"viewRoles":["ADMIN","DEVELOPER","VIEWER"]}`, string(roles.Detail))
	require.True(t, roles.CreatedAt.Equal(b.clock))

	require.Empty(t, b.recorded(t, other.ID))
}
