package workflows

import (
	"fmt"

	temporal_enums "go.temporal.io/api/enums/v1"
	temporal_sdk "go.temporal.io/sdk/temporal"
	temporal_workflow "go.temporal.io/sdk/workflow"

	"github.com/surehook/surehook/internal/job"
)

// The search attributes by which operators find workflows, as in WebhookId = 'wh_...'. A batch has several deliveries,
// so three of them are lists; Temporal on SQL has room for just three lists in a namespace.
var (
	attributeDeliveryID     = temporal_sdk.NewSearchAttributeKeyKeywordList("DeliveryId")
	attributeDeliveryStatus = temporal_sdk.NewSearchAttributeKeyKeyword("DeliveryStatus")
	attributeEventType      = temporal_sdk.NewSearchAttributeKeyKeywordList("EventType")
	attributeOrganizationID = temporal_sdk.NewSearchAttributeKeyKeyword("OrganizationId")
	attributeWebhookID      = temporal_sdk.NewSearchAttributeKeyKeywordList("WebhookId")
)

// SearchAttributes are the names and types to be registered with Temporal.
func SearchAttributes() map[string]temporal_enums.IndexedValueType {
	out := make(map[string]temporal_enums.IndexedValueType)

	for _, key := range []temporal_sdk.SearchAttributeKey{
		attributeDeliveryID, attributeDeliveryStatus, attributeEventType, attributeOrganizationID, attributeWebhookID,
	} {
		out[key.GetName()] = key.GetValueType()
	}

	return out
}

// attributesOf describes the deliveries of one workflow.
func attributesOf(status string, jobs ...job.Job) temporal_sdk.SearchAttributes {
	var deliveries, types, webhooks []string

	seen := make(map[string]bool)
	add := func(list *[]string, value string) {
		if !seen[value] {
			seen[value] = true
			*list = append(*list, value)
		}
	}

	for _, one := range jobs {
		add(&deliveries, one.DeliveryID.String())
		add(&types, one.EventType)
		add(&webhooks, one.WebhookID.String())
	}

	updates := []temporal_sdk.SearchAttributeUpdate{
		attributeDeliveryID.ValueSet(deliveries),
		attributeEventType.ValueSet(fitting(types)),
		attributeOrganizationID.ValueSet(jobs[0].OrganizationID.String()),
		attributeWebhookID.ValueSet(webhooks),
	}

	if status != "" {
		updates = append(updates, attributeDeliveryStatus.ValueSet(status))
	}

	return temporal_sdk.NewSearchAttributes(updates...)
}

// attributeSize is what Temporal takes of one search attribute by default, in bytes of JSON. 64 ids fit.
const attributeSize = 2_048

// fitting leaves out what would make a list too long: event types may have names of 128 characters, and a workflow that
// lacks a search attribute is better than none.
func fitting(values []string) []string {
	size := 2

	for n, one := range values {
		if size += len(one) + 3; size > attributeSize {
			return values[:n]
		}
	}

	return values
}

func setStatus(ctx temporal_workflow.Context, status string) error {
	if err := temporal_workflow.UpsertTypedSearchAttributes(ctx, attributeDeliveryStatus.ValueSet(status)); err != nil {
		return fmt.Errorf("set delivery status: %w", err)
	}

	return nil
}
