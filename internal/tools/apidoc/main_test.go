package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const root = "../../.."

func TestApidoc_WhatIsCheckedInIsFresh(t *testing.T) {
	t.Parallel()

	want, err := generate(root)
	require.NoError(t, err)

	got, err := os.ReadFile(filepath.Join(root, outputFile))
	require.NoError(t, err)
	require.Equal(t, string(want), string(got), "out of date: run go generate ./internal/tools/apidoc")
}

func TestApidoc_Render(t *testing.T) {
	t.Parallel()

	const schema = `
"Guards a field."
directive @hasRole("Which." anyOf: [Role!]!) on FIELD_DEFINITION
"Any key will do."
directive @anyRole on FIELD_DEFINITION
"What a key may do."
enum Role {
  "All."
  ADMIN
  "Read."
  VIEWER
}
"A moment."
scalar DateTime @specifiedBy(url: "https://www.rfc-editor.org/rfc/rfc3339")
"Has an id."
interface Node {
  "The id."
  id: ID!
}
"""
A thing,
on two lines.
"""
type Thing implements Node {
  "The id."
  id: ID!
  "Others."
  others(
    "How many."
    first: Int! = 25
  ): [Thing!]! @hasRole(anyOf: [ADMIN, VIEWER])
  "Old."
  old: String @deprecated(reason: "Use others.")
}
"Where it begins."
type Query {
  "Finds a thing."
  thing("Which." id: ID!): Thing @anyRole
}
"How."
input ThingInput {
  "When."
  at: DateTime
  "Whether."
  enabled: Boolean! = true
}
`

	got, err := render(schema)
	require.NoError(t, err)

	for _, want := range []string{
		"\n## Queries\n\nWhere it begins.\n",
		"\n### Query.thing\n\nFinds a thing.\n\nReturns [`Thing`](#thing). **Roles:** any.\n\n- `id` `ID!`: Which.\n",
		"\n### Thing\n\nA thing, on two lines.\n\nImplements [`Node`](#node).\n\n- **`id`** `ID!`: The id.\n",
		"- **`others`** [`[Thing!]!`](#thing): Others. **Roles:** ADMIN, VIEWER.\n  - `first` `Int!` = `25`: How many.\n",
		"- **`old`** `String`: Old. **Deprecated.** Use others.\n",
		"\n### ThingInput\n\nHow.\n\n- **`at`** [`DateTime`](#datetime): When.\n- **`enabled`** ",
		"- **`enabled`** `Boolean!` = `true`: Whether.\n",
		"\n### Role\n\nWhat a key may do.\n\n- **`ADMIN`**: All.\n- **`VIEWER`**: Read.\n",
		"\n### DateTime\n\nA moment.\n\nSpecified by <https://www.rfc-editor.org/rfc/rfc3339>.\n",
		"\n### `@hasRole`\n\nGuards a field.\n\n- `anyOf` [`[Role!]!`](#role): Which.\n",
	} {
		require.Contains(t, string(got), want)
	}
}

func TestApidoc_NoTwoHeadingsHaveTheSameAnchor(t *testing.T) {
	t.Parallel()

	text, err := generate(root)
	require.NoError(t, err)

	seen := make(map[string]bool)

	for one := range strings.Lines(string(text)) {
		heading, ok := strings.CutPrefix(strings.TrimLeft(one, "#"), " ")
		if !ok || !strings.HasPrefix(one, "#") {
			continue
		}

		anchor := strings.ToLower(strings.NewReplacer(".", "", "`", "", "@", "").Replace(strings.TrimSpace(heading)))
		require.False(t, seen[anchor], "two headings are #%s", anchor)

		seen[anchor] = true
	}
}

func TestApidoc_RefusesASchemaThatIsNotValid(t *testing.T) {
	t.Parallel()

	_, err := render(`type Query { thing: Nothing }`)
	require.ErrorContains(t, err, "Nothing")
}
