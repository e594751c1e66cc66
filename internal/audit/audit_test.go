package audit_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/db/dbtest"
	"github.com/surehook/surehook/internal/apikey"
	"github.com/surehook/surehook/internal/audit"
	"github.com/surehook/surehook/internal/auth"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/page"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/tenant"
)

// at is when everything here is done.
var at = time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)

type testBundle struct {
	*audit.Service

	pool *db.Pool
}

func setup(t *testing.T) *testBundle {
	t.Helper()

	pool := dbtest.Pool(t)

	return &testBundle{Service: audit.NewService(pool), pool: pool}
}

// write adds an entry and then returns err to the transaction.
func (b *testBundle) write(
	ctx context.Context, organization id.ID, action audit.Action, subject id.ID, detail map[string]any, err error,
) error {
	return db.InTx(ctx, b.pool, func(q *dbsqlc.Queries) error {
		return errors.Join(audit.Write(ctx, q, organization, action, subject, detail, at), err)
	})
}

func (b *testBundle) list(t *testing.T, organization id.ID, q page.Query) page.Page[audit.Entry] {
	t.Helper()

	found, err := b.List(t.Context(), tenant.Of(organization), organization, q)
	require.NoError(t, err)

	return found
}

func TestWrite_SaysWhoDidWhatToWhat(t *testing.T) {
	t.Parallel()

	b := setup(t)
	organization, subject, key := id.New(id.Organization), id.New(id.Webhook), id.New(id.APIKey)
	ctx := auth.WithPrincipal(t.Context(), auth.Principal{Key: apikey.Key{ID: key, Role: apikey.Admin}})

	require.NoError(t, b.write(ctx, organization, audit.SecretRevealed, subject, map[string]any{"secretId": "sec_1"}, nil))

	entries := b.list(t, organization, page.Query{Size: 10}).Items
	require.Len(t, entries, 1)

	one := entries[0]
	require.True(t, one.ID.Is(id.AuditEntry))
	require.Equal(t, organization, one.OrganizationID)
	require.Equal(t, &key, one.APIKeyID)
	require.Equal(t, audit.SecretRevealed, one.Action)
	require.Equal(t, subject.String(), one.SubjectID)
	require.JSONEq(t, `{"secretId": "sec_1"}`, string(one.Detail))
	require.True(t, one.CreatedAt.Equal(at))
}

func TestWrite_NamesNoKeyWhenSurehookDidItByItself(t *testing.T) {
	t.Parallel()

	b := setup(t)
	organization := id.New(id.Organization)

	require.NoError(t, b.write(t.Context(), organization, audit.SecretRotated, id.New(id.Webhook), nil, nil))

	one := b.list(t, organization, page.Query{Size: 10}).Items[0]
	require.Nil(t, one.APIKeyID)
	require.JSONEq(t, `{}`, string(one.Detail), "it is an object also without details")
}

func TestWrite_LeavesNothingOfATransactionThatFails(t *testing.T) {
	t.Parallel()

	b := setup(t)
	organization, failed := id.New(id.Organization), errors.New("changed my mind")

	err := b.write(t.Context(), organization, audit.AuthChanged, id.New(id.Webhook), nil, failed)
	require.ErrorIs(t, err, failed)
	require.Empty(t, b.list(t, organization, page.Query{Size: 10}).Items)
}

func TestWrite_FailsWithADetailThatIsNoJSON(t *testing.T) {
	t.Parallel()

	b := setup(t)

	err := b.write(t.Context(), id.New(id.Organization), audit.AuthChanged, id.New(id.Webhook),
		map[string]any{"a": func() {}}, nil)
	require.ErrorContains(t, err, "write detail of audit entry")
}

func TestService_ListPagesThroughOneOrganizationNewestFirst(t *testing.T) {
	t.Parallel()

	b := setup(t)
	mine, foreign := id.New(id.Organization), id.New(id.Organization)

	for _, action := range []audit.Action{audit.LimitsChanged, audit.RolesChanged, audit.SecretRotated} {
		require.NoError(t, b.write(t.Context(), mine, action, mine, nil, nil))
		require.NoError(t, b.write(t.Context(), foreign, action, foreign, nil, nil))
	}

	first := b.list(t, mine, page.Query{Size: 2})
	require.True(t, first.HasNext)
	require.Equal(t, []audit.Action{audit.SecretRotated, audit.RolesChanged},
		[]audit.Action{first.Items[0].Action, first.Items[1].Action})

	after := first.Items[1].ID.UUID()
	rest := b.list(t, mine, page.Query{Size: 2, After: &after})
	require.False(t, rest.HasNext)
	require.Len(t, rest.Items, 1)
	require.Equal(t, audit.LimitsChanged, rest.Items[0].Action)

	all, err := b.List(t.Context(), tenant.All(), foreign, page.Query{Size: 10})
	require.NoError(t, err)
	require.Len(t, all.Items, 3)
}

func TestService_ListOfForeignAndUnknownOrganizationsLooksAlike(t *testing.T) {
	t.Parallel()

	b := setup(t)
	mine, foreign := id.New(id.Organization), id.New(id.Organization)
	require.NoError(t, b.write(t.Context(), foreign, audit.RolesChanged, foreign, nil, nil))

	for _, other := range []id.ID{foreign, id.New(id.Organization), {}} {
		_, err := b.List(t.Context(), tenant.Of(mine), other, page.Query{Size: 10})
		require.Equal(t, problem.Missing("organization"), err)
	}
}
