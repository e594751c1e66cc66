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
	gqlast "github.com/vektah/gqlparser/v2/ast"

	"github.com/surehook/surehook/internal/endpointauth"
)

// gqlgen takes a text of the domain for an enum without a look at its values, so this does.
func TestSchema_EnumsHaveTheValuesOfTheDomain(t *testing.T) {
	t.Parallel()

	known := map[string][][2]string{
		"AttemptErrorCode":         {{"delivery", "ErrorCode"}, {"egress", "ErrorCode"}},
		"AttemptStatus":            {{"delivery", "AttemptStatus"}},
		"AttemptTrigger":           {{"delivery", "Trigger"}},
		"AuditAction":              {{"audit", "Action"}},
		"BulkOperationFailureCode": {{"bulk", "FailureCode"}},
		"BulkOperationKind":        {{"bulk", "Kind"}},
		"BulkOperationStatus":      {{"bulk", "Status"}},
		"DeliveryHeldReason":       {{"delivery", "HeldReason"}},
		"DeliveryOrigin":           {{"delivery", "Origin"}},
		"DeliveryStage":            {{"delivery", "Stage"}, {"delivery", "Status"}},
		"DeliveryStatus":           {{"delivery", "Status"}},
		"Granularity":              {{"stats", "Granularity"}},
		"HttpMethod":               {{"settings", "Method"}},
		"MatchReason":              {{"matching", "Reason"}},
		"RetryClass":               {{"settings", "RetryClass"}},
		"Role":                     {{"apikey", "Role"}},
		"SchemaValidation":         {{"eventtype", "SchemaValidation"}},
		"SecretSource":             {{"settings", "SecretSource"}},
		"SignatureEncoding":        {{"signing", "Encoding"}},
		"SignatureScheme":          {{"signing", "Scheme"}},
		"TimestampFormat":          {{"signing", "TimestampFormat"}},
		"UserErrorCode":            {{"problem", "Code"}},
		"WebhookAuthType":          {{"endpointauth", "Type"}},
		"WebhookDisabledReason":    {{"webhook", "DisabledReason"}},
		"WebhookSecretKind":        {{"webhook", "SecretKind"}},
		"WebhookFormKind":          {{"profile", "FormKind"}},
		"WebhookFormField":         {{"profile", "FormField"}},
		"WebhookField":             {{"profile", "WebhookField"}},
		"DeliveryLogField":         {{"profile", "LogField"}},
		"DeliveryCount":            {{"profile", "Count"}},
		"WebhookStatus":            {{"webhook", "Status"}},
	}

	// OAuth2Style is a text there. The others are made by gqlgen from the schema.
	generated := []string{
		"BodyEncoding", "DeliveryAttemptOrderField", "DeliveryOrderField", "EventOrderField", "OAuth2Style", "OrderDirection",
		"WebhookPermission",
	}

	require.Equal(t, []string{endpointauth.StyleBody, endpointauth.StyleHeader}, values("OAuth2Style"))

	for _, of := range ours() {
		if of.Kind == gqlast.Enum && !slices.Contains(generated, of.Name) {
			require.Contains(t, known, of.Name)
		}
	}

	for enum, from := range known {
		var want []string

		for _, one := range from {
			want = append(want, constants(t, one[0], one[1])...)
		}

		// Of an attempt that was cut short there is no record.
		want = slices.DeleteFunc(want, func(value string) bool { return enum == "AttemptErrorCode" && value == "CANCELED" })

		slices.Sort(want)
		require.Equal(t, slices.Compact(want), values(enum), enum)
	}
}

// values returns the values of an enum in the schema, sorted.
func values(enum string) []string {
	var out []string
	for _, value := range schema().Types[enum].EnumValues {
		out = append(out, value.Name)
	}

	slices.Sort(out)

	return out
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
