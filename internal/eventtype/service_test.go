package eventtype_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/db/dbtest"
	"github.com/surehook/surehook/internal/eventtype"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/tenant"
)

const userSchema = `{"type":"object","required":["id"],"properties":{"id":{"type":"integer"}}}`

const maxPayloadBytes = 262_144

type testBundle struct {
	*eventtype.Service
	pool    *db.Pool
	clock   time.Time
	mine    id.ID
	foreign id.ID
	scope   tenant.Scope
}

func setup(t *testing.T) *testBundle {
	t.Helper()

	b := &testBundle{pool: dbtest.Pool(t), clock: time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)}
	now := func() time.Time { return b.clock }
	b.Service = eventtype.NewService(b.pool, now)

	b.mine, b.foreign = b.organization(t, "mine"), b.organization(t, "foreign")
	b.scope = tenant.Of(b.mine)

	return b
}

func (b *testBundle) organization(t *testing.T, slug string) id.ID {
	t.Helper()

	row, err := dbsqlc.New(b.pool).InsertOrganization(t.Context(), dbsqlc.InsertOrganizationParams{
		ID: id.New(id.Organization).UUID(), Name: slug, Slug: slug, MaxWebhooks: 1, MaxPublishPerMinute: 1,
		MaxPayloadBytes: maxPayloadBytes, ManageRoles: []string{}, ViewRoles: []string{}, Now: b.clock,
	})
	require.NoError(t, err)

	return id.Organization.From(row.ID)
}

func (b *testBundle) make(t *testing.T, name, schema string, samples ...eventtype.Sample) eventtype.EventType {
	t.Helper()

	one, err := b.Create(t.Context(), b.scope, eventtype.CreateInput{
		OrganizationID: b.mine, Name: name, Schema: json.RawMessage(schema), Samples: samples,
	})
	require.NoError(t, err)

	return one
}

func (b *testBundle) count(t *testing.T, table string) int {
	t.Helper()

	var count int

	require.NoError(t, b.pool.QueryRow(t.Context(), "SELECT count(*) FROM "+table).Scan(&count))

	return count
}

func (b *testBundle) requireUnchanged(t *testing.T, one eventtype.EventType) {
	t.Helper()

	found, err := b.Get(t.Context(), tenant.All(), one.ID)
	require.NoError(t, err)
	require.Equal(t, one, found)
}

func sample(name, payload string) eventtype.Sample {
	return eventtype.Sample{Name: name, Payload: json.RawMessage(payload)}
}

func requireProblem(t *testing.T, err error, code problem.Code, field ...string) {
	t.Helper()

	problems, ok := problem.Of(err)
	require.True(t, ok, "%v", err)
	require.Len(t, problems, 1, "%v", err)
	require.Equal(t, code, problems[0].Code, "%v", err)
	require.Equal(t, field, problems[0].Field)
}
