// Package attempt makes one attempt of a delivery: it loads what it needs, renders the body, signs it, sends it, judges
// the answer and has it recorded.
//
// Postgres decides what is to be done: whoever runs an attempt, and however often, it is only made when the row says
// that one is due, and its number follows from the row. So a crash, a retry by Temporal and a sweep that was too eager
// all come down to looking again.
package attempt

import (
	"time"

	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/flow"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/job"
	"github.com/surehook/surehook/internal/webhook"
)

// State is where a delivery stands after its attempt was run.
type State string

// The states.
const (
	// Canceled: it was given up, nothing was sent.
	Canceled State = "CANCELED"
	// Failed: it came to a bad end, now or earlier.
	Failed State = "FAILED"
	// Held: it waits until its webhook takes deliveries again.
	Held State = "HELD"
	// Succeeded: the receiver accepted it, now or earlier.
	Succeeded State = "SUCCEEDED"
	// Unrecorded: an attempt was made, but the log cannot be reached. Nothing may be sent before it is recorded.
	Unrecorded State = "UNRECORDED"
	// Waiting: another attempt is due later.
	Waiting State = "WAITING"
)

// Outcome is what came of running an attempt.
type Outcome struct {
	State State
	// Job names the delivery.
	Job job.Job
	// Wait is how long to wait for the next attempt, when Waiting.
	Wait time.Duration
	// Failure says what the last attempt ran into: method, host, status and attempt. Empty when it ran into nothing.
	Failure string
	// Again says that it was retried after it had come to an end, which its workflow has shown.
	Again bool
	// Record is what has to be recorded, when Unrecorded. It has neither bodies nor headers, so that it may travel through
	// Temporal.
	Record *delivery.Record
}

// work is all that is needed for an attempt.
type work struct {
	delivery delivery.Delivery
	event    dbsqlc.Event
	// payload is nil when it is gone.
	payload []byte
	webhook webhook.Webhook
	// version of the webhook's settings.
	version            int32
	organization, slug string
	payloadQuery       *string
	content            *delivery.Content // Nil until an attempt was recorded.
	// gate is why deliveries of the webhook are held, besides its status.
	gate          flow.Gate
	sealedHeaders []byte
	sealedAuth    []byte
	secrets       []dbsqlc.WebhookSecret
}

func (w work) webhookID() id.ID { return w.delivery.WebhookID }
