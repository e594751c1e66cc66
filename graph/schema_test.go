package graph_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/surehook/surehook/graph"
	"github.com/surehook/surehook/internal/id"
)

func schema() *ast.Schema { return graph.NewExecutableSchema(graph.Config{}).Schema() }

// ours are the types that schema.graphql defines, by name.
func ours() []*ast.Definition {
	types := schema().Types

	var out []*ast.Definition

	for _, name := range slices.Sorted(maps.Keys(types)) {
		if !types[name].BuiltIn {
			out = append(out, types[name])
		}
	}

	return out
}

// roots are the fields of Query, Mutation and Subscription, without those of introspection.
func roots() map[ast.Operation]ast.FieldList {
	out := make(map[ast.Operation]ast.FieldList)

	for operation, of := range map[ast.Operation]*ast.Definition{
		ast.Query: schema().Query, ast.Mutation: schema().Mutation, ast.Subscription: schema().Subscription,
	} {
		for _, field := range of.Fields {
			if !strings.HasPrefix(field.Name, "__") {
				out[operation] = append(out[operation], field)
			}
		}
	}

	return out
}

func TestSchema_EveryRootFieldSaysWhoMayUseIt(t *testing.T) {
	t.Parallel()

	for operation, fields := range roots() {
		require.NotEmpty(t, fields)

		for _, field := range fields {
			guards := 0

			for _, directive := range field.Directives {
				if directive.Name == "hasRole" || directive.Name == "anyRole" {
					guards++
				}
			}

			require.Equal(t, 1, guards, "%s.%s", operation, field.Name)
		}
	}
}

func TestSchema_EverythingIsDescribed(t *testing.T) {
	t.Parallel()

	described := func(text, format string, args ...any) {
		t.Helper()
		require.NotEmpty(t, strings.TrimSpace(text), append([]any{format}, args...)...)
	}

	for _, of := range ours() {
		described(of.Description, "%s", of.Name)

		for _, field := range of.Fields {
			if strings.HasPrefix(field.Name, "__") {
				continue
			}

			described(field.Description, "%s.%s", of.Name, field.Name)

			for _, argument := range field.Arguments {
				described(argument.Description, "%s.%s(%s)", of.Name, field.Name, argument.Name)
			}
		}

		for _, value := range of.EnumValues {
			described(value.Description, "%s.%s", of.Name, value.Name)
		}
	}

	for _, name := range []string{"hasRole", "anyRole", "webhookRole"} {
		directive := schema().Directives[name]
		described(directive.Description, "@%s", name)

		for _, argument := range directive.Arguments {
			described(argument.Description, "@%s(%s)", name, argument.Name)
		}
	}
}

func TestSchema_EveryConnectionCostsAsMuchAsItCanHold(t *testing.T) {
	t.Parallel()

	// The API's own complexity, which NewExecutableSchema does not know.
	whole := graph.SchemaWithComplexity()
	connections := 0
	// Filters are run for these, besides.
	extra := map[string]int{"Event.decisions": 250}

	for _, of := range ours() {
		for _, field := range of.Fields {
			if of.Kind != ast.Object || !strings.HasSuffix(field.Type.Name(), "Connection") {
				continue
			}

			connections++

			for _, test := range []struct {
				arguments vars
				want      int
			}{{vars{"first": 7}, 71}, {vars{"last": 8}, 81}, {vars{}, 251}, {vars{"first": 0}, 11}} {
				got, ok := whole.Complexity(t.Context(), of.Name, field.Name, 10, test.arguments)
				require.True(t, ok, "%s.%s", of.Name, field.Name)
				require.Equal(t, test.want+extra[of.Name+"."+field.Name], got, "%s.%s(%v)", of.Name, field.Name, test.arguments)
			}
		}
	}

	require.Positive(t, connections)
}

func TestSchema_ListsWithoutPagesCostAsMuchAsTheyUsuallyHold(t *testing.T) {
	t.Parallel()

	whole := graph.SchemaWithComplexity()

	preview := func(input vars) vars { return vars{"input": input} }

	for field, tests := range map[[2]string][]struct {
		arguments vars
		want      int
	}{
		{"DeliveryStats", "buckets"}:                        {{nil, 241}},
		{"DeliveryStats", "responses"}:                      {{nil, 51}},
		{"Event", "derivedEvents"}:                          {{nil, 101}},
		{"Profile", "recipes"}:                              {{nil, 51}},
		{"PublishEventPayload", "derivedEvents"}:            {{nil, 101}},
		{"PublishEventsResult", "derivedEvents"}:            {{nil, 101}},
		{"Query", "profiles"}:                               {{nil, 101}},
		{"ReleaseQuarantinedEventPayload", "derivedEvents"}: {{nil, 101}},
		{"Query", "webhookPreview"}: {
			{preview(vars{"eventIds": []any{"a", "b", "c"}}), 31},
			{preview(vars{"event": vars{"eventType": "a", "payload": vars{}}}), 11},
			{preview(vars{"last": 20}), 201},
			{preview(vars{"last": -20}), 11},
			{preview(vars{"last": nil, "eventIds": nil}), 11},
		},
	} {
		for _, test := range tests {
			got, ok := whole.Complexity(t.Context(), field[0], field[1], 10, test.arguments)
			require.True(t, ok, "%s", field)
			require.Equal(t, test.want, got, "%s %v", field, test.arguments)
		}
	}
}

func TestNode_FindsEveryTypeThatImplementsIt(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)

	ids := b.mine.nodes()

	for _, implementor := range schema().GetPossibleTypes(schema().Types["Node"]) {
		require.Contains(t, ids, implementor.Name)

		out := b.admin(`query ($id: ID!) { node(id: $id) { __typename id } }`, vars{"id": ids[implementor.Name]})
		require.Equal(t, vars{"__typename": implementor.Name, "id": ids[implementor.Name].String()}, out.at("node"))
	}
}

func TestNode_FindsNothingElse(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)

	wrongKind := id.Webhook.From(b.mine.event.UUID())

	for _, nothing := range []string{
		"", "nonsense", "wh_", b.mine.secret.String(), id.New(id.Process).String(), id.New(id.AuditEntry).String(),
		wrongKind.String(),
	} {
		require.Nil(t, b.admin(`query ($id: ID!) { node(id: $id) { id } }`, vars{"id": nothing}).at("node"), nothing)
	}
}

// nodes are one of each type that implements Node.
func (b tenantBundle) nodes() map[string]id.ID {
	return map[string]id.ID{
		"ApiKey":              b.key,
		"BulkOperation":       b.operation,
		"Delivery":            b.dlv,
		"DeliveryAttempt":     b.attempt,
		"Event":               b.event,
		"EventType":           b.eventType,
		"Organization":        b.org,
		"Webhook":             b.webhook,
		"WebhookSubscription": b.sub,
	}
}
