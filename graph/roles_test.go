package graph_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/surehook/surehook/internal/apikey"
	"github.com/surehook/surehook/internal/id"
)

var allRoles = []apikey.Role{apikey.Admin, apikey.Developer, apikey.Operator, apikey.Publisher, apikey.Viewer}

// mayUse returns the roles that the schema lets use a field.
func mayUse(field *ast.FieldDefinition) []apikey.Role {
	guard := field.Directives.ForName("hasRole")
	if guard == nil {
		return allRoles
	}

	var out []apikey.Role
	for _, role := range guard.Arguments.ForName("anyOf").Value.Children {
		out = append(out, apikey.Role(role.Value.Raw))
	}

	return out
}

// call writes an operation with values for all arguments that must be given. They name nothing that exists.
func call(operation ast.Operation, field *ast.FieldDefinition) string {
	var arguments []string

	for _, argument := range field.Arguments {
		if argument.Type.NonNull {
			arguments = append(arguments, argument.Name+": "+literal(argument.Type))
		}
	}

	text := field.Name
	if len(arguments) > 0 {
		text += "(" + strings.Join(arguments, ", ") + ")"
	}

	if of := schema().Types[field.Type.Name()]; of.Kind == ast.Object || of.Kind == ast.Interface {
		text += " { __typename }"
	}

	return fmt.Sprintf("%s { %s }", operation, text)
}

func literal(kind *ast.Type) string {
	if kind.Elem != nil {
		return "[" + literal(kind.Elem) + "]"
	}

	of := schema().Types[kind.NamedType]

	switch {
	case of.Kind == ast.Enum:
		return of.EnumValues[0].Name
	case of.Kind == ast.InputObject:
		var members []string

		for _, member := range of.Fields {
			if member.Type.NonNull && member.DefaultValue == nil {
				members = append(members, member.Name+": "+literal(member.Type))
			}
		}

		return "{" + strings.Join(members, ", ") + "}"
	case of.Name == "DateTime":
		return `"2026-01-31T12:00:00Z"`
	case of.Name == "ID":
		return `"` + id.New(id.Organization).String() + `"`
	case of.Name == "JSON":
		return "{}"
	case of.Name == "Int":
		return "1"
	default:
		return `"x"`
	}
}

func TestRoles_EveryRootFieldTimesEveryRole(t *testing.T) {
	t.Parallel()

	b := setup(t)

	for operation, fields := range roots() {
		for _, field := range fields {
			t.Run(fmt.Sprintf("%s/%s", operation, field.Name), func(t *testing.T) {
				t.Parallel()

				b := b.in(t)

				query := call(operation, field)
				b.streamed("", query).failed("UNAUTHENTICATED")

				for _, role := range allRoles {
					out := b.streamed(b.tokens[role], query)

					if !slices.Contains(mayUse(field), role) {
						out.failed("FORBIDDEN")

						continue
					}

					for _, one := range out.Errors {
						require.Contains(t, []string{"NOT_FOUND"}, one.Extensions.Code, "%s: %s", role, out.rawBody)
					}
				}
			})
		}
	}
}

func TestRoles_NestedGuardsHoldToo(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)

	// How everybody comes by a thing of a type with guarded fields.
	reach := map[string]func(role apikey.Role, selection string) response{
		"Organization": func(role apikey.Role, selection string) response {
			if role == apikey.Operator {
				return b.as(role, `query ($id: ID!) { organization(id: $id) { `+selection+` } }`, vars{"id": b.mine.org})
			}

			return b.as(role, `{ viewer { organization { `+selection+` } } }`)
		},
		"Event": func(role apikey.Role, selection string) response {
			if role == apikey.Viewer {
				return b.as(role, `query ($id: ID!) { event(id: $id) { `+selection+` } }`, vars{"id": b.mine.event})
			}

			return b.as(role, `mutation ($input: PublishEventInput!) { publishEvent(input: $input) {
				event { `+selection+` } userErrors { code } } }`, vars{"input": vars{
				"organizationId": b.mine.org, "eventType": "item.created", "payload": vars{"n": 1},
			}})
		},
	}

	// Arguments without which a field cannot be asked for.
	needed := map[string]string{"stats": `(range: {from: "2026-01-01T00:00:00Z"}, granularity: DAY)`}

	for _, of := range ours() {
		if of == schema().Query || of == schema().Mutation || of == schema().Subscription {
			continue
		}

		for _, field := range of.Fields {
			if field.Directives.ForName("hasRole") == nil || of.Name == "Query" || of.Name == "Mutation" ||
				of.Name == "Subscription" {
				continue
			}

			require.Contains(t, reach, of.Name)

			for _, role := range allRoles {
				out := reach[of.Name](role, field.Name+needed[field.Name]+` { __typename }`)
				if slices.Contains(mayUse(field), role) {
					out.ok()
				} else {
					out.failed("FORBIDDEN")
				}
			}
		}
	}
}

func TestRoles_PublishersReachNothingButWhatTheyPublished(t *testing.T) {
	t.Parallel()

	reached := make(map[string]bool)

	var walk func(of *ast.Definition)

	walk = func(of *ast.Definition) {
		for _, field := range of.Fields {
			next := schema().Types[field.Type.Name()]
			if !slices.Contains(mayUse(field), apikey.Publisher) || strings.HasPrefix(field.Name, "__") ||
				next.Kind != ast.Object || reached[next.Name] {
				continue
			}

			reached[next.Name] = true
			walk(next)
		}
	}

	walk(schema().Query)
	walk(schema().Mutation)
	walk(schema().Subscription)

	require.Equal(t, []string{
		"ApiKey", "Event", "OperationalEventType", "Organization", "OrganizationLimits", "PublishEventPayload",
		"PublishEventsPayload", "PublishEventsResult", "UserError", "Viewer",
	}, slices.Sorted(maps.Keys(reached)))
}

func TestRoles_KeysAreHiddenFromThoseWhoMayNotListThem(t *testing.T) {
	t.Parallel()

	b := setup(t)

	for _, role := range []apikey.Role{apikey.Developer, apikey.Viewer} {
		require.Nil(t, b.as(role, `query ($id: ID!) { node(id: $id) { id } }`, vars{"id": b.mine.key}).ok().at("node"))
	}
}
