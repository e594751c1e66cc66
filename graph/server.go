// Package graph serves the GraphQL API that schema.graphql describes. Resolvers only translate: what may be done and what
// comes of it is decided by the services.
package graph

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/surehook/surehook/internal/apikey"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/event"
	"github.com/surehook/surehook/internal/eventtype"
	"github.com/surehook/surehook/internal/organization"
	"github.com/surehook/surehook/internal/pubsub"
	"github.com/surehook/surehook/internal/webhook"
)

// Deps is what the API needs.
type Deps struct {
	APIKeys       *apikey.Service
	Deliveries    *delivery.Service
	EventTypes    *eventtype.Service
	Events        *event.Service
	Organizations *organization.Service
	Webhooks      *webhook.Service

	// Hub tells subscriptions what changed.
	Hub *pubsub.Hub
	// AllowedOrigins are origins besides the server's own that browsers may open websockets from, such as
	// https://console.example.com.
	AllowedOrigins []string
	// TemporalNamespace and TemporalUIURL make the links to workflows. Without the URL there are none.
	TemporalNamespace, TemporalUIURL string

	Logger *slog.Logger
	Now    func() time.Time
}

// NewHandler returns the handler of /graphql. It has to be wrapped into [auth.Middleware], which says who is asking.
// Requests that stream end when their context does.
func NewHandler(deps Deps) http.Handler {
	panic("under construction")
}
