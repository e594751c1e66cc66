package graph

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// bounds limit what a request may cost.
type bounds struct {
	// Of a document.
	aliases, complexity, depth, fields, rootFields, tokens int
	// Of a request's body, and of a message on a websocket.
	bodyBytes, messageBytes int64
	// Of the caches: how many documents, and how long one may be to be kept.
	cachedDocuments, cachedBytes int
	// operationTimeout bounds queries and mutations, but not subscriptions.
	operationTimeout time.Duration
	// socketOperations is how many operations a websocket may have at the same time.
	socketOperations int32

	initTimeout, pingEvery, writeTimeout time.Duration
	// watchEvery is how often the key of a connection that stays open is looked at.
	watchEvery time.Duration
	// loaderWait is how long a loader waits for more ids.
	loaderWait time.Duration
}

func defaults() bounds {
	return bounds{
		aliases:          30,
		complexity:       5_000,
		depth:            12,
		fields:           1_000,
		rootFields:       10,
		tokens:           5_000,
		bodyBytes:        1 << 20,
		messageBytes:     64 << 10,
		cachedDocuments:  1_000,
		cachedBytes:      16 << 10,
		operationTimeout: 10 * time.Second,
		socketOperations: 32,
		initTimeout:      10 * time.Second,
		pingEvery:        15 * time.Second,
		writeTimeout:     10 * time.Second,
		watchEvery:       2 * time.Second,
		loaderWait:       time.Millisecond,
	}
}

// documentLimits refuses documents that ask for too much before anything is worked out from them. It comes before
// gqlgen's limit on complexity, which follows fragments wherever they are spread and so can be kept busy for ever.
type documentLimits struct{ bounds }

var (
	_ graphql.HandlerExtension        = documentLimits{}
	_ graphql.OperationContextMutator = documentLimits{}
)

// ExtensionName is for gqlgen.
func (documentLimits) ExtensionName() string { return "DocumentLimits" }

// Validate is for gqlgen.
func (documentLimits) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationContext looks at a document that was found to be valid.
func (l documentLimits) MutateOperationContext(
	ctx context.Context, operation *graphql.OperationContext,
) *gqlerror.Error {
	size := (&measure{fragments: map[string]extent{}}).of(operation.Operation.SelectionSet)

	for _, limit := range []struct {
		what      string
		have, max int
		code      string
	}{
		{"is nested %d deep, at most %d are allowed", size.depth, l.depth, codeDepthLimit},
		{"has %d aliases, at most %d are allowed", size.aliases, l.aliases, codeBadRequest},
		{"has %d fields at its root, at most %d are allowed", size.roots, l.rootFields, codeBadRequest},
		{"has %d fields, at most %d are allowed", size.fields, l.fields, codeBadRequest},
	} {
		if limit.have > limit.max {
			return requestError{limit.code, "the operation " + fmt.Sprintf(limit.what, limit.have, limit.max)}.graphQL(ctx)
		}
	}

	return nil
}

// extent is how far a selection reaches, with its fragments put in their places.
type extent struct{ aliases, depth, fields, roots int }

// measure remembers fragments, so that a document is measured in a time by its length, however often it spreads them.
type measure struct{ fragments map[string]extent }

// of has no cycles to fear: the document is valid.
func (m *measure) of(selections ast.SelectionSet) extent {
	var out extent

	for _, selection := range selections {
		switch selection := selection.(type) {
		case *ast.Field:
			out.add(m.ofField(selection))
		case *ast.InlineFragment:
			out.add(m.of(selection.SelectionSet))
		case *ast.FragmentSpread:
			out.add(m.ofFragment(selection))
		}
	}

	return out
}

func (m *measure) ofField(field *ast.Field) extent {
	inner := m.of(field.SelectionSet)
	out := extent{aliases: inner.aliases, depth: inner.depth + 1, fields: sum(inner.fields, 1), roots: 1}

	if field.Alias != field.Name {
		out.aliases = sum(out.aliases, 1)
	}

	// The usual query for the schema is deep by nature. gqlparser has a rule of its own for it.
	if field.Name == "__schema" || field.Name == "__type" {
		out.depth = 1
	}

	return out
}

func (m *measure) ofFragment(spread *ast.FragmentSpread) extent {
	known, ok := m.fragments[spread.Name]
	if !ok {
		known = m.of(spread.Definition.SelectionSet)
		m.fragments[spread.Name] = known
	}

	return known
}

func (e *extent) add(other extent) {
	e.aliases = sum(e.aliases, other.aliases)
	e.depth = max(e.depth, other.depth)
	e.fields = sum(e.fields, other.fields)
	e.roots = sum(e.roots, other.roots)
}

// sum stops at the top: fragments in fragments double a count again and again.
func sum(a, b int) int {
	if a > math.MaxInt-b {
		return math.MaxInt
	}

	return a + b
}

// timeoutOf returns how long an operation may take. One that sends tests may wait for what comes of them, and to drop
// what is held may be to change very many deliveries.
func (l bounds) timeoutOf(operation *ast.OperationDefinition) time.Duration {
	if takesLong(operation.SelectionSet) {
		return l.operationTimeout + maxWait*time.Second
	}

	return l.operationTimeout
}

// takesLong has little to look through: a document with many fields at its root was refused.
func takesLong(selections ast.SelectionSet) bool {
	return slices.ContainsFunc(selections, func(selection ast.Selection) bool {
		switch selection := selection.(type) {
		case *ast.Field:
			return selection.Name == "dropHeldDeliveries" || selection.Name == "sendTestEvent"
		case *ast.InlineFragment:
			return takesLong(selection.SelectionSet)
		case *ast.FragmentSpread:
			return takesLong(selection.Definition.SelectionSet)
		default:
			return false
		}
	})
}

// aroundOperation bounds operations in time and, on a websocket, in number.
func (l bounds) aroundOperation(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
	known := requestOf(ctx)
	subscribes := graphql.GetOperationContext(ctx).Operation.Operation == ast.Subscription

	if subscribes && !known.streaming {
		return refused(ctx, codeBadRequest, "a subscription needs a websocket, or Accept: text/event-stream")
	}

	if s := known.socket; s != nil {
		if s.operations.Add(1) > l.socketOperations {
			s.operations.Add(-1)

			return refused(ctx, codeRateLimited,
				fmt.Sprintf("a websocket can have %d operations at the same time", l.socketOperations))
		}

		// The context is the operation's own.
		context.AfterFunc(ctx, func() { s.operations.Add(-1) })
	}

	if subscribes {
		return next(ctx)
	}

	ctx, cancel := context.WithTimeout(ctx, l.timeoutOf(graphql.GetOperationContext(ctx).Operation))
	respond := next(ctx)

	return func(ctx context.Context) *graphql.Response {
		defer cancel()

		return respond(ctx)
	}
}

// refused answers an operation once. Transports that stream would ask for ever.
func refused(ctx context.Context, code, message string) graphql.ResponseHandler {
	return graphql.OneShot(&graphql.Response{Errors: gqlerror.List{requestError{code, message}.graphQL(ctx)}})
}
