package graph

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator/core"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// validationRules are GraphQL's and one more.
func validationRules() *rules.Rules {
	all := rules.NewDefaultRules()
	all.AddRule("ExactNumbers", exactNumbers)

	return all
}

// exactNumbers refuses numbers in a document that would not be kept as they are: gqlparser makes machine numbers of
// them, also inside JSON, and panics on those that do not fit. Numbers in variables are not affected.
func exactNumbers(observers *core.Events, addError core.AddErrFunc) {
	observers.OnValue(func(_ *core.Walker, value *ast.Value) {
		if (value.Kind == ast.IntValue || value.Kind == ast.FloatValue) && !exact(value.Raw, value.Kind) {
			addError(core.Message("The number %s is too long to be written here; put it into a variable.", value.Raw),
				core.At(value.Position))
		}
	})
}

func exact(raw string, kind ast.ValueKind) bool {
	if kind == ast.IntValue {
		_, err := strconv.ParseInt(raw, 10, 64)

		return err == nil
	}

	number, err := strconv.ParseFloat(raw, 64)

	return err == nil && decimalOf(raw) == decimalOf(strconv.FormatFloat(number, 'e', -1, 64))
}

// decimal is a number as its digits, without zeros at either end, and the power of ten of the last of them.
type decimal struct {
	digits   string
	exponent int
}

func decimalOf(number string) decimal {
	number = strings.ToLower(strings.TrimPrefix(number, "-"))
	mantissa, power, _ := strings.Cut(number, "e")
	whole, fraction, _ := strings.Cut(mantissa, ".")

	// A power that is no machine number is not that of a float either, so the two differ in any case.
	exponent, _ := strconv.Atoi(power)
	digits := strings.TrimLeft(whole+fraction, "0")
	short := strings.TrimRight(digits, "0")

	if short == "" {
		return decimal{}
	}

	return decimal{digits: short, exponent: exponent - len(fraction) + len(digits) - len(short)}
}

// exactEnums refuses enum values in variables that are not written as in the schema, which gqlparser lets pass in any
// case, so that a filter would match nothing without a word.
type exactEnums struct{ schema *ast.Schema }

var (
	_ graphql.HandlerExtension        = (*exactEnums)(nil)
	_ graphql.OperationContextMutator = (*exactEnums)(nil)
)

// ExtensionName is for gqlgen.
func (*exactEnums) ExtensionName() string { return "ExactEnums" }

// Validate is for gqlgen.
func (e *exactEnums) Validate(schema graphql.ExecutableSchema) error {
	e.schema = schema.Schema()

	return nil
}

// MutateOperationContext looks at variables that have the right shape.
func (e *exactEnums) MutateOperationContext(
	ctx context.Context, operation *graphql.OperationContext,
) *gqlerror.Error {
	for _, variable := range operation.Operation.VariableDefinitions {
		path := ast.Path{ast.PathName("variable"), ast.PathName(variable.Variable)}

		if wrong := e.check(ctx, path, variable.Type, operation.Variables[variable.Variable]); wrong != nil {
			return wrong
		}
	}

	return nil
}

func (e *exactEnums) check(ctx context.Context, path ast.Path, kind *ast.Type, value any) *gqlerror.Error {
	if value == nil {
		return nil
	}

	if kind.Elem != nil {
		for n, item := range graphql.CoerceList(value) {
			if wrong := e.check(ctx, append(slices.Clip(path), ast.PathIndex(n)), kind.Elem, item); wrong != nil {
				return wrong
			}
		}

		return nil
	}

	definition := e.schema.Types[kind.NamedType]

	switch members, isObject := value.(map[string]any); {
	case definition.Kind == ast.Enum && definition.EnumValues.ForName(fmt.Sprint(value)) == nil:
		wrong := requestError{codeBadRequest, fmt.Sprintf("%v is not a valid %s", value, kind.NamedType)}.graphQL(ctx)
		wrong.Path = path

		return wrong
	case definition.Kind == ast.InputObject && isObject:
		for _, field := range definition.Fields {
			if wrong := e.check(ctx, append(slices.Clip(path), ast.PathName(field.Name)), field.Type,
				members[field.Name]); wrong != nil {
				return wrong
			}
		}
	}

	return nil
}
