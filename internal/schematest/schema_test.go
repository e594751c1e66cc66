package schematest_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// sentence is what a description looks like: it begins with a capital, a digit or a name in backquotes, and it ends.
var sentence = regexp.MustCompile("(?s)^[A-Z0-9`].*[.]$")

// setup returns the schema as it is written, and not what a parser adds to it.
func setup(t *testing.T) *ast.SchemaDocument {
	t.Helper()

	text, err := os.ReadFile("../../schema.graphql")
	require.NoError(t, err)

	source := &ast.Source{Name: "schema.graphql", Input: string(text)}

	_, err = gqlparser.LoadSchema(source)
	require.NoError(t, err)

	doc, err := parser.ParseSchema(source)
	require.NoError(t, err)
	require.NotEmpty(t, doc.Definitions)

	return doc
}

// of returns the definitions of a kind whose names end so.
func of(doc *ast.SchemaDocument, kind ast.DefinitionKind, suffix string) []*ast.Definition {
	var out []*ast.Definition

	for _, def := range doc.Definitions {
		if def.Kind == kind && strings.HasSuffix(def.Name, suffix) {
			out = append(out, def)
		}
	}

	return out
}

// typeOf returns the type of a field as it is written, or "" when there is no such field.
func typeOf(def *ast.Definition, field string) string {
	if found := def.Fields.ForName(field); found != nil {
		return found.Type.String()
	}

	return ""
}

func TestSchema_EveryElementIsDescribed(t *testing.T) {
	t.Parallel()

	check := func(description string, path ...string) {
		require.Regexp(t, sentence, description, "%s is not described in sentences", strings.Join(path, "."))
	}

	doc := setup(t)

	for _, def := range doc.Definitions {
		check(def.Description, def.Name)

		for _, field := range def.Fields {
			check(field.Description, def.Name, field.Name)

			for _, argument := range field.Arguments {
				check(argument.Description, def.Name, field.Name, argument.Name)
			}
		}

		for _, value := range def.EnumValues {
			check(value.Description, def.Name, value.Name)
		}
	}

	for _, directive := range doc.Directives {
		check(directive.Description, directive.Name)

		for _, argument := range directive.Arguments {
			check(argument.Description, directive.Name, argument.Name)
		}
	}
}

func TestSchema_NamesAreSpelledByKind(t *testing.T) {
	t.Parallel()

	camel := regexp.MustCompile(`^[a-z][a-zA-Z0-9]*$`)
	pascal := regexp.MustCompile(`^[A-Z][a-zA-Z0-9]*$`)
	upper := regexp.MustCompile(`^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$`)

	for _, def := range setup(t).Definitions {
		require.Regexp(t, pascal, def.Name)

		for _, field := range def.Fields {
			require.Regexp(t, camel, field.Name, "field of %s", def.Name)

			for _, argument := range field.Arguments {
				require.Regexp(t, camel, argument.Name, "argument of %s.%s", def.Name, field.Name)
			}
		}

		for _, value := range def.EnumValues {
			require.Regexp(t, upper, value.Name, "value of %s", def.Name)
		}
	}
}

func TestSchema_ConnectionsAreRelayConnections(t *testing.T) {
	t.Parallel()

	doc := setup(t)
	connections := of(doc, ast.Object, "Connection")
	require.NotEmpty(t, connections)

	for _, connection := range connections {
		name := strings.TrimSuffix(connection.Name, "Connection")
		require.Equal(t, "["+name+"Edge!]!", typeOf(connection, "edges"), connection.Name)
		require.Equal(t, "["+name+"!]!", typeOf(connection, "nodes"), connection.Name)
		require.Equal(t, "PageInfo!", typeOf(connection, "pageInfo"), connection.Name)

		edge := doc.Definitions.ForName(name + "Edge")
		require.NotNil(t, edge, "%sEdge", name)
		require.Equal(t, "String!", typeOf(edge, "cursor"), edge.Name)
		require.Equal(t, name+"!", typeOf(edge, "node"), edge.Name)
	}
}

func TestSchema_ConnectionsArePagedFromBothEnds(t *testing.T) {
	t.Parallel()

	for _, def := range setup(t).Definitions {
		for _, field := range def.Fields {
			if !strings.HasSuffix(field.Type.Name(), "Connection") {
				continue
			}

			require.True(t, field.Type.NonNull, "%s.%s", def.Name, field.Name)

			for argument, want := range map[string]string{"first": "Int", "after": "String", "last": "Int", "before": "String"} {
				found := field.Arguments.ForName(argument)
				require.NotNil(t, found, "%s.%s lacks %s", def.Name, field.Name, argument)
				require.Equal(t, want, found.Type.String(), "%s.%s", def.Name, field.Name)
			}
		}
	}
}

func TestSchema_MutationsTakeOneInputAndAnswerWithAPayload(t *testing.T) {
	t.Parallel()

	mutations := setup(t).Definitions.ForName("Mutation")
	require.NotNil(t, mutations)

	for _, mutation := range mutations.Fields {
		name := strings.ToUpper(mutation.Name[:1]) + mutation.Name[1:]
		require.Len(t, mutation.Arguments, 1, mutation.Name)
		require.Equal(t, "input", mutation.Arguments[0].Name, mutation.Name)
		require.Equal(t, name+"Input!", mutation.Arguments[0].Type.String())
		// Nullable, so that one that is refused does not take down those beside it.
		require.Equal(t, name+"Payload", mutation.Type.String())
	}
}

func TestSchema_PayloadsSayWhyTheyWereRefused(t *testing.T) {
	t.Parallel()

	payloads := of(setup(t), ast.Object, "Payload")
	require.NotEmpty(t, payloads)

	for _, payload := range payloads {
		require.Equal(t, "[UserError!]!", typeOf(payload, "userErrors"), payload.Name)
	}
}

func TestSchema_InputsSayWhatTheyAreFor(t *testing.T) {
	t.Parallel()

	// What goes into a mutation is an Input, or an Item of one. The others say which part of a list is wanted.
	suffixes := []string{"Filter", "Input", "Item", "Order", "Range"}

	for _, input := range of(setup(t), ast.InputObject, "") {
		require.True(t, slices.ContainsFunc(suffixes, func(suffix string) bool {
			return strings.HasSuffix(input.Name, suffix)
		}), "%s does not end in one of %s", input.Name, suffixes)
	}
}

func TestSchema_EveryOperationSaysWhoMayUseIt(t *testing.T) {
	t.Parallel()

	doc := setup(t)

	for _, root := range []string{"Query", "Mutation", "Subscription"} {
		for _, field := range doc.Definitions.ForName(root).Fields {
			guarded := field.Directives.ForName("hasRole") != nil
			open := field.Directives.ForName("anyRole") != nil
			require.NotEqual(t, guarded, open, "%s.%s needs either @hasRole or @anyRole", root, field.Name)
		}
	}
}

func TestSchema_ListsHoldNoNulls(t *testing.T) {
	t.Parallel()

	check := func(where string, one *ast.Type) {
		if one.Elem != nil {
			require.True(t, one.Elem.NonNull, "%s is %s", where, one)
		}
	}

	for _, def := range setup(t).Definitions {
		for _, field := range def.Fields {
			check(def.Name+"."+field.Name, field.Type)

			for _, argument := range field.Arguments {
				check(def.Name+"."+field.Name+"."+argument.Name, argument.Type)
			}
		}
	}
}
