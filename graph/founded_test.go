package graph_test

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/apikey"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/organization"
)

// founded is the same for a tenant of its own that has the profile, and a key of each role.
func (b *testBundle) founded(t *testing.T, profile string) *testBundle {
	t.Helper()

	out := b.in(t)

	made, err := b.deps.Organizations.Create(t.Context(), organization.CreateInput{Name: profile, Profile: &profile})
	require.NoError(t, err)

	out.mine = tenantBundle{org: made.ID}
	out.tokens = map[apikey.Role]string{apikey.Operator: b.tokens[apikey.Operator]}

	for _, role := range []apikey.Role{apikey.Admin, apikey.Developer, apikey.Publisher, apikey.Viewer} {
		var key apikey.Key

		key, out.tokens[role] = out.makeKey(&made.ID, role)
		if role == apikey.Admin {
			out.mine.key, out.mine.admin = key.ID, out.tokens[role]
		}
	}

	return out
}

// created makes a webhook of the tenant, with these members of the input besides a name and a URL, and returns its id.
func (b *testBundle) created(members vars) id.ID {
	b.t.Helper()

	out := b.admin(createWebhook, vars{"input": b.newWebhook(members)})

	made, err := id.Parse(out.text("createWebhook.webhook.id"))
	require.NoError(b.t, err)

	return made
}

// newWebhook is the input of a webhook with these members.
func (b *testBundle) newWebhook(members vars) vars {
	return with(vars{"organizationId": b.mine.org, "name": "Hook", "url": "https://example.com/hook"}, members)
}

// with is the one with the members of the other.
func with(one, other vars) vars {
	out := maps.Clone(one)
	maps.Copy(out, other)

	return out
}

// texts are the values of a member of all items of a list, in their order.
func (r response) texts(list, member string) []string {
	r.t.Helper()

	items, ok := r.at(list).([]any)
	require.True(r.t, ok, "%s in %s", list, r.rawBody)

	out := make([]string, len(items))

	for n, item := range items {
		text, ok := item.(vars)[member].(string)
		require.True(r.t, ok, "%s.%d.%s in %s", list, n, member, r.rawBody)

		out[n] = text
	}

	return out
}
