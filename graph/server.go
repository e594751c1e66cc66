// Package graph serves the GraphQL API that schema.graphql describes. Resolvers only translate: what may be done and
// what comes of it is decided by the services.
package graph

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/99designs/gqlgen/graphql"
	gqlgen "github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"github.com/99designs/gqlgen/graphql/handler/transport"
	"github.com/coder/websocket"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/surehook/surehook/internal/apikey"
	"github.com/surehook/surehook/internal/audit"
	"github.com/surehook/surehook/internal/bulk"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/event"
	"github.com/surehook/surehook/internal/eventtype"
	"github.com/surehook/surehook/internal/explain"
	"github.com/surehook/surehook/internal/flow"
	"github.com/surehook/surehook/internal/organization"
	"github.com/surehook/surehook/internal/preview"
	"github.com/surehook/surehook/internal/pubsub"
	"github.com/surehook/surehook/internal/retention"
	"github.com/surehook/surehook/internal/stats"
	"github.com/surehook/surehook/internal/system"
	"github.com/surehook/surehook/internal/webhook"
)

// Deps is what the API needs.
type Deps struct {
	APIKeys        *apikey.Service
	Audit          *audit.Service
	BulkOperations *bulk.Service
	Deliveries     *delivery.Service
	EventTypes     *eventtype.Service
	Events         *event.Service
	Explanations   *explain.Service
	Flow           *flow.Service
	Organizations  *organization.Service
	Previews       *preview.Service
	Stats          *stats.Service
	System         *system.Service
	Webhooks       *webhook.Service

	// Hub tells subscriptions what changed.
	Hub *pubsub.Hub
	// AllowedOrigins are origins besides the server's own that browsers may open websockets from, such as
	// https://console.example.com.
	AllowedOrigins []string
	// Retention is how long things are kept.
	Retention retention.Policy
	// SourceRanges are the networks that requests to webhooks come from, as the operator has it.
	SourceRanges []string
	// TemporalNamespace and TemporalUIURL make the links to workflows. Without the URL there are none.
	TemporalNamespace, TemporalUIURL string

	Logger *slog.Logger
	Now    func() time.Time
}

// NewHandler returns the handler of /graphql. It has to be wrapped into auth.Middleware, which says who is asking.
// Requests that stream end when their context does.
func NewHandler(deps Deps) http.Handler { return newHandler(deps, defaults()) }

func newHandler(deps Deps, limits bounds) http.Handler {
	root := newResolver(deps)
	shown := presenter{log: deps.Logger}
	origins := websocket.AcceptOptions{OriginPatterns: deps.AllowedOrigins}

	server := gqlgen.New(NewExecutableSchema(Config{
		Resolvers:  root,
		Directives: DirectiveRoot{AnyRole: anyRole, HasRole: hasRole, WebhookRole: root.webhookRole},
		Complexity: complexity(),
	}))

	out := &handler{
		server:  server,
		sockets: transport.CoderWebsocketImplementation{AcceptOptions: origins},
		keys:    deps.APIKeys,
		log:     deps.Logger,
		bounds:  limits,
	}

	// The first that fits is taken.
	server.AddTransport(transport.Websocket{
		Implementation:   out,
		InitFunc:         out.initSocket,
		InitTimeout:      limits.initTimeout,
		PingPongInterval: limits.pingEvery,
		PayloadReadLimit: &limits.messageBytes,
	})
	server.AddTransport(transport.SSE{KeepAlivePingInterval: limits.pingEvery})
	server.AddTransport(transport.Options{AllowedMethods: []string{http.MethodOptions, http.MethodPost}})
	server.AddTransport(transport.POST{})

	server.SetErrorPresenter(shown.present)
	server.SetRecoverFunc(shown.recovered)
	server.SetParserTokenLimit(limits.tokens)
	server.SetDisableSuggestion(true)
	server.SetValidationRulesFn(validationRules)
	server.SetQueryCache(newDocumentCache(limits,
		func(document string, _ *ast.QueryDocument) int { return len(document) }))

	// The order matters: who is asking, then what it costs to answer.
	server.Use(knownCallers{})
	server.Use(extension.AutomaticPersistedQuery{
		Cache: newDocumentCache(limits, func(_, document string) int { return len(document) }),
	})
	server.Use(extension.Introspection{})
	server.Use(&exactEnums{})
	server.Use(documentLimits{limits})
	server.Use(extension.FixedComplexityLimit(limits.complexity))
	server.AroundOperations(limits.aroundOperation)
	server.AroundOperations(withMarks)
	server.AroundResponses(showMarks)
	server.AroundResponses(root.freshLoaders(limits.loaderWait))
	server.AroundRootFields(root.freshLoadersPerMutation(limits.loaderWait))

	return out
}

// knownCallers refuses callers that are not known before it even looks at what they ask for. So the schema, and the
// caches, are there for those with a key only.
type knownCallers struct{}

var (
	_ graphql.HandlerExtension          = knownCallers{}
	_ graphql.OperationParameterMutator = knownCallers{}
)

// ExtensionName is for gqlgen.
func (knownCallers) ExtensionName() string { return "KnownCallers" }

// Validate is for gqlgen.
func (knownCallers) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationParameters changes nothing.
func (knownCallers) MutateOperationParameters(ctx context.Context, _ *graphql.RawParams) *gqlerror.Error {
	_, err := principal(ctx)

	return gqlerror.Wrap(err)
}
