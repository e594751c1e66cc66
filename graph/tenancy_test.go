package graph_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/surehook/surehook/internal/id"
)

// place is where an operation takes an id: an argument, or a member of an input below it.
type place struct {
	operation ast.Operation
	field     *ast.FieldDefinition
	path      []string
	list      bool
}

func (p place) String() string {
	return fmt.Sprintf("%s.%s(%s)", p.operation, p.field.Name, strings.Join(p.path, "."))
}

// idPlaces walks the schema for all places where a root field takes an id.
func idPlaces() []place {
	var out []place

	var walk func(at place, kind *ast.Type)

	walk = func(at place, kind *ast.Type) {
		at.list = at.list || kind.Elem != nil

		of := schema().Types[kind.Name()]
		if of.Name == "ID" {
			out = append(out, at)
		}

		if of.Kind == ast.InputObject {
			for _, member := range of.Fields {
				next := at
				next.path = append(append([]string(nil), at.path...), member.Name)
				walk(next, member.Type)
			}
		}
	}

	for operation, fields := range roots() {
		for _, field := range fields {
			for _, argument := range field.Arguments {
				walk(place{operation: operation, field: field, path: []string{argument.Name}}, argument.Type)
			}
		}
	}

	return out
}

// named returns the tenant's thing that an argument means.
func (b tenantBundle) named(field, argument string) (id.ID, bool) {
	found, ok := map[string]id.ID{
		"deliveryId":     b.dlv,
		"eventId":        b.event,
		"eventIds":       b.event,
		"eventTypeId":    b.eventType,
		"organizationId": b.org,
		"secretId":       b.secret,
		"webhookId":      b.webhook,
		"webhookIds":     b.webhook,
	}[argument]
	if ok || argument != "id" {
		return found, ok
	}

	found, ok = map[string]id.ID{
		"archiveEventType":          b.eventType,
		"bulkOperation":             b.operation,
		"bulkOperationUpdated":      b.operation,
		"cancelBulkOperation":       b.operation,
		"delivery":                  b.dlv,
		"deleteWebhook":             b.webhook,
		"deleteWebhookSubscription": b.sub,
		"disableWebhook":            b.webhook,
		"enableWebhook":             b.webhook,
		"event":                     b.event,
		"node":                      b.org,
		"pauseWebhook":              b.webhook,
		"resumeWebhook":             b.webhook,
		"organization":              b.org,
		"pauseBulkOperation":        b.operation,
		"resumeBulkOperation":       b.operation,
		"revokeApiKey":              b.key,
		"updateEventType":           b.eventType,
		"updateOrganization":        b.org,
		"updateOrganizationLimits":  b.org,
		"updateWebhook":             b.webhook,
		"updateWebhookSubscription": b.sub,
		"webhook":                   b.webhook,
	}[field]

	return found, ok
}

// arguments are values for all that must be given and for all ids: of the tenant itself, but for the one at the place.
func (p place) arguments(t *testing.T, mine tenantBundle, other id.ID) vars {
	t.Helper()

	var fill func(path []string, kind *ast.Type, name string) any

	fill = func(path []string, kind *ast.Type, name string) any {
		if strings.Join(path, ".") == strings.Join(p.path, ".") {
			return other
		}

		if kind.Elem != nil {
			return []any{fill(path, kind.Elem, name)}
		}

		of := schema().Types[kind.NamedType]

		switch {
		case of.Kind == ast.InputObject:
			out := make(vars)

			for _, member := range of.Fields {
				below := append(append([]string(nil), path...), member.Name)
				if member.Type.NonNull && member.DefaultValue == nil || member.Type.Name() == "ID" {
					out[member.Name] = fill(below, member.Type, member.Name)
				}
			}

			return out
		case of.Kind == ast.Enum:
			return "VIEWER"
		case of.Name == "ID":
			own, ok := mine.named(p.field.Name, name)
			require.True(t, ok, "%s: which id is %s?", p, name)

			return own
		case of.Name == "DateTime":
			return "2026-01-31T12:00:00Z"
		case of.Name == "JSON":
			return vars{"n": 1}
		case of.Name == "Int":
			return 1
		default:
			return "item.created"
		}
	}

	out := make(vars)

	for _, argument := range p.field.Arguments {
		if argument.Type.NonNull || argument.Name == p.path[0] {
			out[argument.Name] = fill([]string{argument.Name}, argument.Type, argument.Name)
		}
	}

	return out
}

func (p place) query() string {
	var definitions, passed []string

	for _, argument := range p.field.Arguments {
		definitions = append(definitions, "$"+argument.Name+": "+argument.Type.String())
		passed = append(passed, argument.Name+": $"+argument.Name)
	}

	selection := "__typename"
	if schema().Types[p.field.Type.Name()].Fields.ForName("userErrors") != nil {
		selection += " userErrors { code message field }"
	}

	if schema().Types[p.field.Type.Name()].Fields.ForName("results") != nil {
		selection += " results { userErrors { code message field } }"
	}

	return fmt.Sprintf("%s (%s) { %s(%s) { %s } }", p.operation, strings.Join(definitions, ", "), p.field.Name,
		strings.Join(passed, ", "), selection)
}

func TestTenancy_WhatIsSomebodyElsesLooksLikeWhatIsNotThere(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)
	b.fill(&b.foreign)

	places := idPlaces()
	require.NotEmpty(t, places)

	before := b.rows()

	for _, p := range places {
		if p.operation == ast.Subscription && p.path[0] != "organizationId" &&
			p.field.Arguments.ForName("organizationId") != nil {
			// It only narrows down what the organization's subscribers hear; see live_test.go.
			continue
		}

		theirs, ok := b.foreign.named(p.field.Name, p.path[len(p.path)-1])
		require.True(t, ok, "%s: which id is it?", p)

		seen := b.streamed(b.mine.admin, p.query(), p.arguments(t, b.mine, theirs))
		unknown := b.streamed(b.mine.admin, p.query(), p.arguments(t, b.mine, id.New(theirs.Kind())))

		require.Equal(t, unnamed(unknown), unnamed(seen), p.String())
		require.False(t, succeeded(seen, p), "%s: %s", p, seen.rawBody)
	}

	require.Equal(t, before, b.rows())
}

// unnamed is an answer without the name of its request.
func unnamed(r response) string {
	for n := range r.Errors {
		r.Errors[n].Extensions.RequestID = ""
	}

	text, err := json.Marshal([]any{r.Data, r.Errors})
	if err != nil {
		panic(err)
	}

	return string(text)
}

// succeeded tells whether an operation found or did something.
func succeeded(r response, p place) bool {
	if len(r.Errors) > 0 || r.Data == nil {
		return false
	}

	payload, ok := r.at(p.field.Name).(vars)
	if !ok {
		return false
	}

	refused, isMutation := payload["userErrors"].([]any)

	// Of several things each is refused by itself.
	results, _ := payload["results"].([]any)
	for _, one := range results {
		theirs, _ := one.(vars)["userErrors"].([]any)
		refused = append(refused, theirs...)
	}

	return !isMutation || len(refused) == 0
}

func TestTenancy_NodesOfOthersAreNull(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)
	b.fill(&b.foreign)

	for name, theirs := range b.foreign.nodes() {
		require.Nil(t, b.admin(`query ($id: ID!) { node(id: $id) { id } }`, vars{"id": theirs}).at("node"), name)
	}

	platform, _ := b.makeKey(nil, "OPERATOR")
	require.Nil(t, b.admin(`query ($id: ID!) { node(id: $id) { id } }`, vars{"id": platform.ID}).at("node"))
}

func TestTenancy_FiltersWithForeignIdsMatchNothing(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)
	b.fill(&b.foreign)

	// A derived event of the foreign tenant's.
	_, err := b.pool.Exec(t.Context(), "INSERT INTO events (id, organization_id, event_type, occurred_at, created_at,"+
		" source_event_id) SELECT $2, organization_id, event_type, occurred_at, created_at, id FROM events"+
		" WHERE id = $1", b.foreign.event.UUID(), id.New(id.Event).UUID())
	require.NoError(t, err)

	out := b.admin(`query ($org: ID!, $hook: [ID!], $event: [ID!], $dlv: [ID!]) { organization(id: $org) {
		a: events(filter: {webhookIds: $hook}) { nodes { id } }
		b: deliveries(filter: {webhookIds: $hook}) { nodes { id } }
		c: deliveries(filter: {eventIds: $event}) { nodes { id } }
		d: attempts(filter: {webhookIds: $hook}) { nodes { id } }
		e: attempts(filter: {deliveryIds: $dlv}) { nodes { id } }
		f: events(filter: {sourceEventIds: $event}) { nodes { id } } } }`, vars{
		"org": b.mine.org, "hook": []any{b.foreign.webhook}, "event": []any{b.foreign.event}, "dlv": []any{b.foreign.dlv},
	})

	for _, list := range []string{"a", "b", "c", "d", "e", "f"} {
		require.Empty(t, out.at("organization."+list+".nodes"), list)
	}
}

func TestTenancy_CursorsOfOthersOpenNothing(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)
	b.fill(&b.foreign)

	const list = `query ($id: ID!, $before: String) {
		organization(id: $id) { events(before: $before) { nodes { id } edges { cursor } } } }`

	theirs := b.send(b.foreign.admin, list, vars{"id": b.foreign.org}).ok().at("organization.events.edges.0.cursor")
	out := b.admin(list, vars{"id": b.mine.org, "before": theirs})

	for _, one := range out.at("organization.events.nodes").([]any) {
		require.Equal(t, b.mine.event.String(), one.(vars)["id"])
	}
}
