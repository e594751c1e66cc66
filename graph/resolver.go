package graph

import (
	"log/slog"
	"net/url"
	"strings"
	"time"

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

// resolver is the root of all resolvers. Each type of the schema that needs code has a type here that embeds it.
type resolver struct {
	audit         *audit.Service
	bulk          *bulk.Service
	deliveries    *delivery.Service
	events        *event.Service
	explanations  *explain.Service
	flow          *flow.Service
	hub           *pubsub.Hub
	keys          *apikey.Service
	log           *slog.Logger
	now           func() time.Time
	organizations *organization.Service
	previews      *preview.Service
	retention     retention.Policy
	sourceRanges  []string
	stats         *stats.Service
	system        *system.Service
	types         *eventtype.Service
	webhooks      *webhook.Service
	// workflows is the address below which the Temporal Web UI shows workflows. Empty when it is not known.
	workflows string
}

type (
	apiKeyResolver              struct{ *resolver }
	bulkOperationResolver       struct{ *resolver }
	deliveryAttemptResolver     struct{ *resolver }
	deliveryResolver            struct{ *resolver }
	deliveryStatsResolver       struct{ *resolver }
	eventResolver               struct{ *resolver }
	eventTypeResolver           struct{ *resolver }
	httpRequestRecordResolver   struct{ *resolver }
	httpResponseRecordResolver  struct{ *resolver }
	matchDecisionResolver       struct{ *resolver }
	mutationResolver            struct{ *resolver }
	organizationLimitsResolver  struct{ *resolver }
	organizationResolver        struct{ *resolver }
	previewRequestResolver      struct{ *resolver }
	profileResolver             struct{ *resolver }
	profilePresentationResolver struct{ *resolver }
	profileRulesResolver        struct{ *resolver }
	queryResolver               struct{ *resolver }
	signatureProfileResolver    struct{ *resolver }
	subscriptionResolver        struct{ *resolver }
	userErrorResolver           struct{ *resolver }
	viewerResolver              struct{ *resolver }
	webhookAuthResolver         struct{ *resolver }
	webhookResolver             struct{ *resolver }
	webhookSubscriptionResolver struct{ *resolver }
)

// The compiler names here what the schema has and no resolver provides.
var _ ResolverRoot = (*resolver)(nil)

func newResolver(deps Deps) *resolver {
	out := &resolver{
		audit:         deps.Audit,
		bulk:          deps.BulkOperations,
		deliveries:    deps.Deliveries,
		events:        deps.Events,
		explanations:  deps.Explanations,
		flow:          deps.Flow,
		hub:           deps.Hub,
		keys:          deps.APIKeys,
		log:           deps.Logger,
		now:           deps.Now,
		organizations: deps.Organizations,
		previews:      deps.Previews,
		retention:     deps.Retention,
		sourceRanges:  deps.SourceRanges,
		stats:         deps.Stats,
		system:        deps.System,
		types:         deps.EventTypes,
		webhooks:      deps.Webhooks,
	}

	if deps.TemporalUIURL != "" {
		out.workflows = strings.TrimRight(deps.TemporalUIURL, "/") +
			"/namespaces/" + url.PathEscape(deps.TemporalNamespace) + "/workflows/"
	}

	return out
}

func (r *resolver) ApiKey() ApiKeyResolver { return apiKeyResolver{r} }

func (r *resolver) BulkOperation() BulkOperationResolver { return bulkOperationResolver{r} }

func (r *resolver) Delivery() DeliveryResolver { return deliveryResolver{r} }

func (r *resolver) DeliveryAttempt() DeliveryAttemptResolver { return deliveryAttemptResolver{r} }

func (r *resolver) DeliveryStats() DeliveryStatsResolver { return deliveryStatsResolver{r} }

func (r *resolver) Event() EventResolver { return eventResolver{r} }

func (r *resolver) EventType() EventTypeResolver { return eventTypeResolver{r} }

func (r *resolver) HttpRequestRecord() HttpRequestRecordResolver { return httpRequestRecordResolver{r} }

func (r *resolver) HttpResponseRecord() HttpResponseRecordResolver {
	return httpResponseRecordResolver{r}
}

func (r *resolver) MatchDecision() MatchDecisionResolver { return matchDecisionResolver{r} }

func (r *resolver) Mutation() MutationResolver { return mutationResolver{r} }

func (r *resolver) Organization() OrganizationResolver { return organizationResolver{r} }

func (r *resolver) OrganizationLimits() OrganizationLimitsResolver {
	return organizationLimitsResolver{r}
}

func (r *resolver) PreviewRequest() PreviewRequestResolver { return previewRequestResolver{r} }

func (r *resolver) Profile() ProfileResolver { return profileResolver{r} }

func (r *resolver) ProfilePresentation() ProfilePresentationResolver {
	return profilePresentationResolver{r}
}

func (r *resolver) ProfileRules() ProfileRulesResolver { return profileRulesResolver{r} }

func (r *resolver) Query() QueryResolver { return queryResolver{r} }

func (r *resolver) SignatureProfile() SignatureProfileResolver { return signatureProfileResolver{r} }

func (r *resolver) Subscription() SubscriptionResolver { return subscriptionResolver{r} }

func (r *resolver) UserError() UserErrorResolver { return userErrorResolver{r} }

func (r *resolver) Viewer() ViewerResolver { return viewerResolver{r} }

func (r *resolver) Webhook() WebhookResolver { return webhookResolver{r} }

func (r *resolver) WebhookAuth() WebhookAuthResolver { return webhookAuthResolver{r} }

func (r *resolver) WebhookSubscription() WebhookSubscriptionResolver {
	return webhookSubscriptionResolver{r}
}
