package graph_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// gqlgen takes a text of the domain for an enum without a look at its values, so this does.
func TestSchema_EnumsHaveTheValuesOfTheDomain(t *testing.T) {
	t.Parallel()

	for enum, from := range map[string][][2]string{
		"AttemptErrorCode":   {{"delivery", "ErrorCode"}, {"egress", "ErrorCode"}},
		"AttemptStatus":      {{"delivery", "AttemptStatus"}},
		"AttemptTrigger":     {{"delivery", "Trigger"}},
		"DeliveryHeldReason": {{"delivery", "HeldReason"}},
		"DeliveryOrigin":     {{"delivery", "Origin"}},
		"DeliveryStatus":     {{"delivery", "Status"}},
		"Role":               {{"apikey", "Role"}},
		"UserErrorCode":      {{"problem", "Code"}},
		"WebhookStatus":      {{"webhook", "Status"}},
	} {
		var want, got []string

		for _, one := range from {
			want = append(want, constants(t, one[0], one[1])...)
		}

		// Of an attempt that was cut short there is no record.
		want = slices.DeleteFunc(want, func(value string) bool { return enum == "AttemptErrorCode" && value == "CANCELED" })

		for _, value := range schema().Types[enum].EnumValues {
			got = append(got, value.Name)
		}

		slices.Sort(want)
		slices.Sort(got)
		require.Equal(t, slices.Compact(want), got, enum)
	}
}

// constants returns the values of a package's constants of a type.
func constants(t *testing.T, pkg, kind string) []string {
	t.Helper()

	files, err := filepath.Glob("../internal/" + pkg + "/*.go")
	require.NoError(t, err)
	require.NotEmpty(t, files)

	var out []string

	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		require.NoError(t, err)

		ast.Inspect(file, func(node ast.Node) bool {
			spec, ok := node.(*ast.ValueSpec)
			if !ok || len(spec.Values) == 0 {
				return true
			}

			if of, ok := spec.Type.(*ast.Ident); ok && of.Name == kind {
				value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
				require.NoError(t, err)

				out = append(out, value)
			}

			return true
		})
	}

	require.NotEmpty(t, out, "%s.%s", pkg, kind)

	return out
}
