package graph_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/apikey"
	"github.com/surehook/surehook/internal/id"
)

const createEventType = `mutation ($input: CreateEventTypeInput!) { createEventType(input: $input) {
	eventType { id name description group archivedAt organization { id }
		schema { version schema createdAt } schemas { version } samples { name payload } }
	userErrors { code message field } } }`

func TestCreateEventType(t *testing.T) {
	t.Parallel()

	b := setup(t)

	t.Run("adds it to the catalog", func(t *testing.T) {
		t.Parallel()

		b := b.in(t)

		out := b.admin(createEventType, vars{"input": vars{
			"organizationId": b.mine.org, "name": "order.paid", "description": "Money came in", "group": "Orders",
			"schema":  vars{"type": "object", "required": []any{"amount"}},
			"samples": []any{vars{"name": "small", "payload": vars{"amount": 1}}},
		}})
		require.Equal(t, b.mine.org.String(), out.at("createEventType.eventType.organization.id"))
		require.EqualValues(t, 1, out.at("createEventType.eventType.schema.version"))
		require.Equal(t, vars{"type": "object", "required": []any{"amount"}},
			out.at("createEventType.eventType.schema.schema"))
		require.Len(t, out.at("createEventType.eventType.schemas"), 1)
		require.Equal(t, vars{"amount": 1.0}, out.at("createEventType.eventType.samples.0.payload"))

		found := b.admin(`query ($org: ID!) { eventType(organizationId: $org, name: "order.paid") { id } }`,
			vars{"org": b.mine.org})
		require.Equal(t, out.at("createEventType.eventType.id"), found.at("eventType.id"))
	})

	t.Run("refuses a sample that does not match the schema", func(t *testing.T) {
		t.Parallel()

		b := b.in(t)

		b.as(apikey.Admin, createEventType, vars{"input": vars{
			"organizationId": b.mine.org, "name": "order.sent", "schema": vars{"required": []any{"amount"}},
			"samples": []any{vars{"name": "bad", "payload": vars{}}},
		}}).refused("createEventType", "PAYLOAD_SCHEMA_MISMATCH")
	})

	t.Run("takes one without a schema", func(t *testing.T) {
		t.Parallel()

		b := b.in(t)

		out := b.admin(createEventType, vars{"input": vars{"organizationId": b.mine.org, "name": "any", "schema": nil}})
		require.Nil(t, out.at("createEventType.eventType.schema"))
		require.Empty(t, out.at("createEventType.eventType.schemas"))
		require.Empty(t, out.at("createEventType.eventType.samples"))
	})
}

func TestUpdateEventType_TellsNullFromLeftOut(t *testing.T) {
	t.Parallel()

	const update = `mutation ($input: UpdateEventTypeInput!) { updateEventType(input: $input) {
		eventType { description group samples { name } } userErrors { code message field } } }`

	b := setup(t)
	made := b.admin(createEventType, vars{"input": vars{
		"organizationId": b.mine.org, "name": "a.b", "description": "D", "group": "G",
		"samples": []any{vars{"name": "s", "payload": vars{}}},
	}}).at("createEventType.eventType.id")

	out := b.admin(update, vars{"input": vars{"id": made, "description": nil, "samples": nil}})
	require.Nil(t, out.at("updateEventType.eventType.description"))
	require.Equal(t, "G", out.at("updateEventType.eventType.group"))
	require.Len(t, out.at("updateEventType.eventType.samples"), 1)

	out = b.admin(update, vars{"input": vars{"id": made, "group": "H", "samples": []any{}}})
	require.Equal(t, "H", out.at("updateEventType.eventType.group"))
	require.Empty(t, out.at("updateEventType.eventType.samples"))

	b.as(apikey.Admin, update, vars{"input": vars{"id": id.New(id.EventType), "group": "H"}}).
		refused("updateEventType", "NOT_FOUND", "id")
}

func TestAddEventTypeSchema(t *testing.T) {
	t.Parallel()

	const add = `mutation ($input: AddEventTypeSchemaInput!) { addEventTypeSchema(input: $input) {
		eventType { schema { version } schemas { version } } incompatibleSamples userErrors { code message field } } }`

	b := setup(t)
	b.fill(&b.mine)

	out := b.admin(add, vars{"input": vars{"eventTypeId": b.mine.eventType, "schema": vars{"required": []any{"m"}}}})
	require.EqualValues(t, 2, out.at("addEventTypeSchema.eventType.schema.version"))
	require.EqualValues(t, 1, out.at("addEventTypeSchema.eventType.schemas.1.version"))
	require.Equal(t, []any{"first"}, out.at("addEventTypeSchema.incompatibleSamples"))

	out = b.as(apikey.Admin, add, vars{"input": vars{
		"eventTypeId": b.mine.eventType, "schema": vars{"type": "nonsense"},
	}}).refused("addEventTypeSchema", "INVALID", "schema")
	require.Empty(t, out.at("addEventTypeSchema.incompatibleSamples"))
}

func TestArchiveEventType(t *testing.T) {
	t.Parallel()

	const archive = `mutation ($input: ArchiveEventTypeInput!) { archiveEventType(input: $input) {
		eventType { archivedAt } userErrors { code message field } } }`

	const list = `query ($id: ID!, $filter: EventTypeFilter) {
		organization(id: $id) { eventTypes(filter: $filter) { nodes { name } } } }`

	b := setup(t)
	b.fill(&b.mine)

	require.NotNil(t, b.admin(archive, vars{"input": vars{"id": b.mine.eventType}}).
		at("archiveEventType.eventType.archivedAt"))

	for _, filter := range []any{nil, vars{}, vars{"includeArchived": nil}, vars{"includeArchived": false}} {
		require.Empty(t, b.admin(list, vars{"id": b.mine.org, "filter": filter}).at("organization.eventTypes.nodes"))
	}

	require.Len(t, b.admin(list, vars{"id": b.mine.org, "filter": vars{"includeArchived": true}}).
		at("organization.eventTypes.nodes"), 1)

	require.Nil(t, b.admin(archive, vars{"input": vars{"id": b.mine.eventType, "archived": false}}).
		at("archiveEventType.eventType.archivedAt"))

	b.as(apikey.Admin, archive, vars{"input": vars{"id": id.New(id.EventType)}}).
		refused("archiveEventType", "NOT_FOUND", "id")
}

func TestEventType_UnknownIsNull(t *testing.T) {
	t.Parallel()

	b := setup(t)

	out := b.admin(`query ($org: ID!) { eventType(organizationId: $org, name: "no.such") { id } }`,
		vars{"org": b.mine.org})
	require.Nil(t, out.at("eventType"))
}
