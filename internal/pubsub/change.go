package pubsub

import (
	"encoding/json"
	"fmt"

	"github.com/surehook/surehook/internal/id"
)

// Wake is the notification that says: there are deliveries that no process has taken.
const Wake = "wake"

// Tend is the notification that says: there is something that no workflow looks after yet, see package keeper.
const Tend = "tend"

// maxPayload is what Postgres takes in one notification, with room to spare; its limit is 8,000 bytes.
const maxPayload = 7_900

// Change says that a delivery was created or changed. Attempt is the attempt that changed it, if one did. With an
// operation and no delivery, it says that a bulk operation was.
type Change struct {
	Organization, Webhook, Event, Delivery, Attempt id.ID

	Operation id.ID
}

// Encode writes changes as notifications, as few as hold them.
func Encode(changes []Change) []string {
	var (
		out  []string
		text []byte
	)

	for _, one := range changes {
		// Ids have text forms that always marshal.
		item, _ := json.Marshal([6]id.ID{
			one.Organization, one.Webhook, one.Event, one.Delivery, one.Attempt, one.Operation,
		})

		if len(text)+len(item)+2 > maxPayload {
			out = append(out, string(append(text, ']')))
			text = nil
		}

		if text == nil {
			text = append(text, '[')
		} else {
			text = append(text, ',')
		}

		text = append(text, item...)
	}

	if text != nil {
		out = append(out, string(append(text, ']')))
	}

	return out
}

func decode(payload string) ([]Change, error) {
	var items [][6]id.ID

	if err := json.Unmarshal([]byte(payload), &items); err != nil {
		return nil, fmt.Errorf("read notification: %w", err)
	}

	changes := make([]Change, len(items))
	for n, item := range items {
		changes[n] = Change{
			Organization: item[0], Webhook: item[1], Event: item[2], Delivery: item[3], Attempt: item[4], Operation: item[5],
		}
	}

	return changes, nil
}
