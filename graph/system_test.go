package graph_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/apikey"
)

func TestSystem_SaysHowThePlatformFares(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)

	_, err := b.pool.Exec(t.Context(), "INSERT INTO processes VALUES (gen_random_uuid(), 'worker-1', now(), now())")
	require.NoError(t, err)

	out := b.as(apikey.Operator, `{ system {
		version startedAt
		database { version megabytes schemaVersion latestSchemaVersion settings { name value safe } }
		dispatch { unclaimed oldestUnclaimedAt oldestDueAt overdue }
		egress { allowedNetworks allowedPorts anyPort }
		retention { days payloadDays roomUntil }
		temporal { reachable problem namespace taskQueue uiUrl backlog backlogAgeSeconds }
		workers { id name startedAt heartbeatAt alive }
	} }`).ok()

	require.Equal(t, "1.2.3", out.at("system.version"))
	require.NotEmpty(t, out.at("system.database.version"))
	require.Equal(t, "fsync", out.at("system.database.settings.0.name"))
	require.Equal(t, vars{
		"reachable": false, "problem": "connection refused", "namespace": "default", "taskQueue": "surehook", "uiUrl": nil,
		"backlog": nil, "backlogAgeSeconds": nil,
	}, out.at("system.temporal"))
	require.Equal(t, out.at("system.database.latestSchemaVersion"), out.at("system.database.schemaVersion"))
	require.Equal(t, vars{"allowedNetworks": []any{"10.0.0.0/8"}, "allowedPorts": []any{8443.0}, "anyPort": false},
		out.at("system.egress"))
	require.EqualValues(t, 30, out.at("system.retention.days"))
	require.EqualValues(t, 7, out.at("system.retention.payloadDays"))
	require.NotNil(t, out.at("system.retention.roomUntil"))
	require.Contains(t, out.at("system.workers.0.id"), "prc_")
	require.Equal(t, true, out.at("system.workers.0.alive"))
}

func TestSystem_IsNobodysButTheOperators(t *testing.T) {
	t.Parallel()

	b := setup(t)

	for _, role := range []apikey.Role{apikey.Admin, apikey.Developer, apikey.Publisher, apikey.Viewer} {
		b.as(role, `{ system { version } }`).failed("FORBIDDEN")
	}
}
