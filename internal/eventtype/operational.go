package eventtype

// The operational event types, which Surehook publishes itself to tell an organization how its webhooks fare.
const (
	BulkOperationCompleted = "bulk_operation.completed"
	DeliveryExhausted      = "delivery.exhausted"
	WebhookDisabled        = "webhook.disabled"
	WebhookRecovered       = "webhook.recovered"
	WebhookSecretExpiring  = "webhook.secret_expiring"
	WebhookSecretRotated   = "webhook.secret_rotated"
)

// Operational is an event type that is in no catalog, because it is the same for all organizations.
type Operational struct {
	Name, Description string
}

// Operationals returns the operational event types. A webhook hears of one when it is subscribed to it by its name: the
// patterns are for what the organization itself publishes.
func Operationals() []Operational {
	return []Operational{
		{
			Name:        BulkOperationCompleted,
			Description: "A bulk operation has dealt with all of its items.",
		},
		{
			Name:        DeliveryExhausted,
			Description: "A delivery failed for good. Deliveries of tests and of operational events are left out.",
		},
		{
			Name:        WebhookDisabled,
			Description: "A webhook was taken out of use because it kept failing or its receiver is gone.",
		},
		{
			Name:        WebhookRecovered,
			Description: "A webhook's receiver answers again, after it was given a rest because it kept failing.",
		},
		{
			Name:        WebhookSecretExpiring,
			Description: "A signing secret that was replaced stops signing within a day.",
		},
		{
			Name:        WebhookSecretRotated,
			Description: "A webhook's signing secret was replaced because of its age.",
		},
	}
}

// IsOperational tells whether an event type is one of Surehook's own.
func IsOperational(name string) bool {
	for _, one := range Operationals() {
		if one.Name == name {
			return true
		}
	}

	return false
}
