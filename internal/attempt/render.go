package attempt

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
)

// render writes the body of an event as the Standard Webhooks specification has it: type, timestamp, data. It depends
// on nothing but the event, which never changes, so it gives the same bytes every time.
func render(eventType string, occurredAt time.Time, payload []byte) ([]byte, error) {
	var out bytes.Buffer

	encoder := json.NewEncoder(&out)
	// Receivers compare bytes with what was published, and HTML has no part in it.
	encoder.SetEscapeHTML(false)

	err := encoder.Encode(struct {
		Type      string          `json:"type"`
		Timestamp time.Time       `json:"timestamp"`
		Data      json.RawMessage `json:"data"`
	}{eventType, occurredAt.UTC(), payload})
	if err != nil {
		return nil, fmt.Errorf("render event: %w", err)
	}

	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}
