// Package job names a delivery that has to be carried out, with what is needed to start its workflow and no more.
package job

import "github.com/surehook/surehook/internal/id"

// Job is a delivery to be carried out.
type Job struct {
	DeliveryID     id.ID
	OrganizationID id.ID
	WebhookID      id.ID
	EventType      string
	// Wake says that the delivery may have a workflow already, which has to look at the database again. Otherwise the
	// workflow is new, and may be one that many deliveries share.
	Wake bool
}
