package organization_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/apikey"
	"github.com/surehook/surehook/internal/eventtype"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/organization"
	"github.com/surehook/surehook/internal/page"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/tenant"
)

// catalog returns the names of an organization's event types, in their order.
func (b *testBundle) catalog(t *testing.T, of id.ID) []string {
	t.Helper()

	all := eventtype.Filter{IncludeArchived: true}
	found, err := b.types.List(t.Context(), tenant.Of(of), of, all, page.Query{Size: page.MaxSize, Ascending: true})
	require.NoError(t, err)

	out := []string{}
	for _, one := range found.Items {
		out = append(out, one.Name)
	}

	return out
}

func TestService_CreateBringsWhatTheProfileHas(t *testing.T) {
	t.Parallel()

	admins := []apikey.Role{apikey.Admin}
	writers := []apikey.Role{apikey.Admin, apikey.Developer}
	all := []apikey.Role{apikey.Admin, apikey.Developer, apikey.Viewer}

	// The names are those of the systems' own pages.
	for name, test := range map[string]struct {
		insecure     bool
		manage, view []apikey.Role
		catalog      []string
	}{
		"kazinex": {true, admins, admins, []string{
			"workflow.created", "workflow.completed", "workflow.step_completed", "document.created",
			"document.status_changed", "transmittal.issued", "transmittal.acknowledged",
		}},
		"kianda": {true, writers, writers, []string{"instance.created", "instance.updated", "instance.deleted"}},
		"knoxcall": {false, writers, all, []string{
			"request.received", "request.completed", "request.success", "request.redirect", "request.client_error",
			"request.server_error", "request.timeout", "request.error",
		}},
		"krebit": {false, writers, all, []string{"signing.sent", "signing.document.completed", "signing.cancelled"}},
		"kuviq": {false, admins, admins, []string{
			"inspection.created", "inspection.completed", "inspection.failed", "inspection.passed",
			"item.created", "item.updated", "item.deleted", "item.status_changed",
			"action.created", "action.updated", "action.completed", "action.overdue",
			"user.created", "user.updated", "user.deactivated",
		}},
		"standard": {true, writers, all, []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := setup(t)

			one, err := b.Create(t.Context(), organization.CreateInput{Name: "Acme", Profile: &name})
			require.NoError(t, err)
			require.Equal(t, organization.Limits{
				MaxWebhooks: 25, MaxPublishPerMinute: 1000, MaxPayloadBytes: 256 * 1024, AllowInsecureURLs: test.insecure,
			}, one.Limits)
			require.Equal(t, test.manage, one.ManageRoles)
			require.Equal(t, test.view, one.ViewRoles)
			require.Equal(t, test.catalog, b.catalog(t, one.ID), "in the order of the profile")

			own, err := b.ProfileOf(t.Context(), one.ID)
			require.NoError(t, err)
			require.Contains(t, b.Profiles(), own)
			require.Equal(t, name, own.Name)
		})
	}
}

func TestService_CreateWithoutProfileTakesTheDefault(t *testing.T) {
	t.Parallel()

	b := setup(t)

	own, err := b.ProfileOf(t.Context(), b.make(t, "Acme").ID)
	require.NoError(t, err)
	require.Equal(t, "standard", own.Name)
}

func TestService_CreateKeepsTheCatalogsDetails(t *testing.T) {
	t.Parallel()

	b := setup(t)

	one, err := b.Create(t.Context(), organization.CreateInput{Name: "Acme", Profile: new("knoxcall")})
	require.NoError(t, err)

	completed, err := b.types.GetByName(t.Context(), tenant.Of(one.ID), one.ID, "request.completed")
	require.NoError(t, err)
	require.Equal(t, "Request lifecycle", *completed.Group)
	require.NotEmpty(t, *completed.Description)
	require.Len(t, completed.Samples, 3)
	require.Nil(t, completed.DerivedFrom)
	require.Equal(t, eventtype.Reject, completed.SchemaValidation)

	schemas, err := b.types.Schemas(t.Context(), []id.ID{completed.ID})
	require.NoError(t, err)
	require.Len(t, schemas[completed.ID], 1)

	failed, err := b.types.GetByName(t.Context(), tenant.Of(one.ID), one.ID, "request.error")
	require.NoError(t, err)
	require.Equal(t, "request.completed", *failed.DerivedFrom)
	require.NotEmpty(t, *failed.When)
}

func TestService_CreateRefusesAnUnknownProfileAndWritesNothing(t *testing.T) {
	t.Parallel()

	b := setup(t)

	for _, name := range []string{"no-such", "", "Standard", "../standard", "a\x00"} {
		_, err := b.Create(t.Context(), organization.CreateInput{Name: "Acme", Profile: &name})
		problems, ok := problem.Of(err)
		require.True(t, ok, "%q: %v", name, err)
		require.Len(t, problems, 1)
		require.Equal(t, problem.NotFound, problems[0].Code)
		require.Equal(t, []string{"profile"}, problems[0].Field)
	}

	require.Zero(t, b.count(t.Context(), t))
}

func TestService_ProfileOfAnOrganizationWithoutOneIsTheDefault(t *testing.T) {
	t.Parallel()

	b := setup(t)

	old, err := b.Create(t.Context(), organization.CreateInput{Name: "Old", Profile: new("kuviq")})
	require.NoError(t, err)

	// As it was before there were profiles.
	_, err = b.pool.Exec(t.Context(), "DELETE FROM organization_profiles")
	require.NoError(t, err)

	young, err := b.Create(t.Context(), organization.CreateInput{Name: "Young", Profile: new("kianda")})
	require.NoError(t, err)

	found, err := b.ProfilesOf(t.Context(), []id.ID{old.ID, young.ID})
	require.NoError(t, err)
	require.Len(t, found, 2)
	require.Equal(t, "standard", found[old.ID].Name)
	require.NotEmpty(t, found[old.ID].Settings.Envelope)
	require.Equal(t, "kianda", found[young.ID].Name)

	none, err := b.ProfilesOf(t.Context(), nil)
	require.NoError(t, err)
	require.Empty(t, none)
}

func TestService_ProfileStaysAsItWasWhenTheFileChanges(t *testing.T) {
	t.Parallel()

	b := setup(t)
	write := func(timeout, webhooks int) *organization.Service {
		directory := t.TempDir()
		text := fmt.Sprintf("name: mine\ntitle: Mine\nsettings: {timeoutSeconds: %d}\nlimits: {maxWebhooks: %d}\n",
			timeout, webhooks)
		require.NoError(t, os.WriteFile(filepath.Join(directory, "mine.yaml"), []byte(text), 0o600))

		return b.with(t, directory)
	}
	in := organization.CreateInput{Name: "Acme", Profile: new("mine")}
	before, after := write(7, 3), write(8, 4)

	old, err := before.Create(t.Context(), in)
	require.NoError(t, err)

	young, err := after.Create(t.Context(), in)
	require.NoError(t, err)

	// The third is a process that has lost the file.
	for _, service := range []*organization.Service{before, after, b.Service} {
		found, err := service.ProfilesOf(t.Context(), []id.ID{old.ID, young.ID})
		require.NoError(t, err)
		require.Equal(t, 7, found[old.ID].Settings.TimeoutSeconds)
		require.Equal(t, 3, found[old.ID].Limits.MaxWebhooks)
		require.Equal(t, 8, found[young.ID].Settings.TimeoutSeconds)
		require.Equal(t, 4, found[young.ID].Limits.MaxWebhooks)
	}

	require.Equal(t, 3, old.Limits.MaxWebhooks)
	require.Equal(t, 4, young.Limits.MaxWebhooks)
}

func TestService_CreateWithAProfileWhoseSlugIsTakenLeavesNoCatalogBehind(t *testing.T) {
	t.Parallel()

	b := setup(t)
	in := organization.CreateInput{Name: "Acme", Slug: new("acme"), Profile: new("kuviq")}

	one, err := b.Create(t.Context(), in)
	require.NoError(t, err)

	_, err = b.Create(t.Context(), in)
	problems, ok := problem.Of(err)
	require.True(t, ok, "%v", err)
	require.Equal(t, problem.AlreadyExists, problems[0].Code)

	require.Equal(t, 1, b.count(t.Context(), t))
	require.Len(t, b.catalog(t, one.ID), 15)
}
