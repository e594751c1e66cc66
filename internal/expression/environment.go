package expression

import (
	"math"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/functions"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/ext"
	"cel.dev/cel-go/interpreter"
)

const (
	// maxDepth is how deep the parts of an expression may be nested.
	maxDepth = 50
	// maxRange is how long a list lists.range makes.
	maxRange = 10_000
)

// environment is what expressions of one kind may use.
type environment struct {
	cel *cel.Env
	// bindings are the functions.
	bindings map[string]*functions.Overload
	// attributes finds members and items.
	attributes interpreter.AttributeFactory
}

// They take some milliseconds to make.
var (
	conditions = sync.OnceValues(func() (*environment, error) { return newEnvironment(eventVariables()) })
	shapes     = sync.OnceValues(func() (*environment, error) {
		return newEnvironment(append(eventVariables(), contextVariables()...))
	})
	// explanations parse conditions so that macros can be written as they were.
	explanations = sync.OnceValues(func() (*environment, error) {
		return newEnvironment(append(eventVariables(), cel.EnableMacroCallTracking()))
	})
)

// eventVariables are declared one by one with the dots in their names, so that it shows when one does not exist.
func eventVariables() []cel.EnvOption {
	return []cel.EnvOption{
		cel.Variable("event.id", cel.StringType),
		cel.Variable("event.type", cel.StringType),
		cel.Variable("event.timestamp", cel.TimestampType),
		cel.Variable("event.createdAt", cel.TimestampType),
		cel.Variable("event.test", cel.BoolType),
		cel.Variable("event.resourceIds", cel.ListType(cel.StringType)),
		cel.Variable("event.data", cel.DynType),
	}
}

func contextVariables() []cel.EnvOption {
	return []cel.EnvOption{
		cel.Variable("webhook.id", cel.StringType),
		cel.Variable("webhook.name", cel.StringType),
		cel.Variable("organization.id", cel.StringType),
		cel.Variable("organization.name", cel.StringType),
		cel.Variable("organization.slug", cel.StringType),
		cel.Variable("delivery.id", cel.StringType),
	}
}

// labelErrors gives the two errors that all programs of CEL share a label. Otherwise those that meet one first would
// write theirs into it, at the same time.
var labelErrors = sync.OnceFunc(func() {
	types.LabelErrNode(-1, types.NoSuchOverloadErr())
	types.LabelErrNode(-1, types.Int(math.MaxInt64).ConvertToType(types.TimestampType))
})

// newEnvironment pins the versions of the libraries, so that no function comes along unseen: see guards.
func newEnvironment(variables []cel.EnvOption) (*environment, error) {
	labelErrors()

	env, err := cel.NewEnv(append(variables,
		cel.CrossTypeNumericComparisons(true),
		cel.DefaultUTCTimeZone(true),
		cel.ParserErrorRecoveryLimit(1),
		cel.ParserExpressionSizeLimit(MaxLength),
		cel.ParserRecursionLimit(maxDepth),

		cel.OptionalTypes(cel.OptionalTypesVersion(2)),
		ext.Encoders(ext.EncodersVersion(0)),
		ext.Lists(ext.ListsVersion(2), ext.ListsMaxRangeSize(maxRange)),
		ext.Math(ext.MathVersion(2)),
		ext.Strings(ext.StringsVersion(4), ext.StringsMaxPrecision(100)),

		cel.Function("json.encode", cel.Overload("json_encode_dyn", []*cel.Type{cel.DynType}, cel.StringType,
			cel.UnaryBinding(encode))),
	)...)
	if err != nil {
		return nil, err
	}

	all, err := bindings(env)
	if err != nil {
		return nil, err
	}

	attributes := interpreter.NewAttributeFactory(env.Container, env.CELTypeAdapter(), env.CELTypeProvider())

	return &environment{cel: env, bindings: all, attributes: attributes}, nil
}

// meterName is where an evaluation has its meter. The text of an expression cannot name it.
const meterName = "@meter"

// variables are those of one evaluation.
type variables struct {
	*Context

	meter meter
}

// ResolveName implements [cel.Activation].
func (v *variables) ResolveName(name string) (any, bool) {
	switch name {
	case meterName:
		return &v.meter, true
	case "event.id":
		return types.String(v.Event.ID), true
	case "event.type":
		return types.String(v.Event.Type), true
	case "event.timestamp":
		return types.Timestamp{Time: v.Event.OccurredAt}, true
	case "event.createdAt":
		return types.Timestamp{Time: v.Event.CreatedAt}, true
	case "event.test":
		return types.Bool(v.Event.Test), true
	case "event.resourceIds":
		return types.NewStringList(types.DefaultTypeAdapter, v.Event.ResourceIDs), true
	case "event.data":
		if v.Event.Data == nil {
			return types.NewErr("no such key: data"), true
		}

		return v.Event.Data.value(), true
	case "webhook.id":
		return types.String(v.WebhookID), true
	case "webhook.name":
		return types.String(v.WebhookName), true
	case "organization.id":
		return types.String(v.OrganizationID), true
	case "organization.name":
		return types.String(v.OrganizationName), true
	case "organization.slug":
		return types.String(v.OrganizationSlug), true
	case "delivery.id":
		return types.String(v.DeliveryID), true
	default:
		return nil, false
	}
}

// Parent implements [cel.Activation].
func (v *variables) Parent() cel.Activation { return nil }
