package pubsub

import (
	"fmt"
	"strings"

	"github.com/surehook/surehook/internal/id"
)

// Wake is the notification that says: there are deliveries that no process has taken.
const Wake = "wake"

// Tend is the notification that says: there is something that no workflow looks after yet, see package keeper.
const Tend = "tend"

// maxPayload is what Postgres takes in one notification, with room to spare; its limit is 8,000 bytes.
const maxPayload = 7_900

// How changes are written: the ids that they have, in any order, since each says what it is of. The organization's
// is left out where it is that of the change before. It has to be short: what is written is what a commit costs more.
const (
	betweenChanges = ";"
	betweenIDs     = ","
	published      = "+"
)

// Change says what was created or changed: the delivery if there is one, the job if there is one, or else the event or
// the webhook itself. What it does not say is zero.
type Change struct {
	Organization, Webhook, Event, Delivery id.ID
	// Attempt is the attempt that changed the delivery, if one did.
	Attempt id.ID
	// Operation is the job that was changed.
	Operation id.ID
	// Published says that the event is new. Of an event one change says so, whoever gets it.
	Published bool
}

// Encode writes changes as notifications, as few as hold them.
func Encode(changes []Change) []string {
	var (
		out  []string
		text strings.Builder
		last id.ID
	)

	for _, one := range changes {
		item := one.encode(last)

		if text.Len()+len(betweenChanges)+len(item) > maxPayload {
			out = append(out, text.String())
			text.Reset()

			item = one.encode(id.ID{})
		}

		if text.Len() > 0 {
			text.WriteString(betweenChanges)
		}

		text.WriteString(item)

		last = one.Organization
	}

	if text.Len() > 0 {
		out = append(out, text.String())
	}

	return out
}

// encode leaves the organization out if it is the one given.
func (c Change) encode(known id.ID) string {
	var parts []string

	for _, one := range []id.ID{c.Organization, c.Webhook, c.Event, c.Delivery, c.Attempt, c.Operation} {
		if !one.IsZero() && one != known {
			parts = append(parts, one.String())
		}
	}

	if c.Published {
		parts = append(parts, published)
	}

	return strings.Join(parts, betweenIDs)
}

func decode(payload string) ([]Change, error) {
	var (
		out  []Change
		last id.ID
	)

	for item := range strings.SplitSeq(payload, betweenChanges) {
		one := Change{Organization: last}

		for part := range strings.SplitSeq(item, betweenIDs) {
			if err := read(part, &one); err != nil {
				return nil, fmt.Errorf("read notification: %w", err)
			}
		}

		if one.Organization.IsZero() {
			return nil, fmt.Errorf("read notification: %w: no organization", id.ErrMalformed)
		}

		out = append(out, one)
		last = one.Organization
	}

	return out, nil
}

func read(part string, c *Change) error {
	switch part {
	case "": // Of the organization that is known.
		return nil
	case published:
		c.Published = true

		return nil
	}

	one, err := id.Parse(part)
	if err != nil {
		return err
	}

	switch one.Kind() {
	case id.Organization:
		c.Organization = one
	case id.Webhook:
		c.Webhook = one
	case id.Event:
		c.Event = one
	case id.Delivery:
		c.Delivery = one
	case id.Attempt:
		c.Attempt = one
	case id.BulkOperation:
		c.Operation = one
	default:
		return fmt.Errorf("%w: nobody is told of %s", id.ErrMalformed, one)
	}

	return nil
}
