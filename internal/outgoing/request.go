package outgoing

import (
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/egress"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/signing"
	"github.com/surehook/surehook/internal/webhook"
)

// The headers that Surehook adds for people who look at requests. What a receiver needs is in the signature's own.
const (
	headerAttempt   = "surehook-attempt"
	headerEventID   = "surehook-event-id"
	headerEventType = "surehook-event-type"
)

var errURLTooLong = fmt.Errorf("the URL with its query is longer than %d bytes", egress.MaxRequestURLBytes)

// Attempt is one request to be made.
type Attempt struct {
	Webhook webhook.Webhook
	// Headers are the custom ones, with their values.
	Headers []webhook.Header
	Keys    signing.Keys
	// DeliveryID is what receivers tell repetitions by.
	DeliveryID id.ID
	EventID    id.ID
	EventType  string
	// Number counts attempts from 1.
	Number  int
	At      time.Time
	Content delivery.Content
}

// Request builds the signed request, without authentication. A [RenderError] says that the webhook's settings are at
// fault.
func Request(a Attempt) (egress.Request, error) {
	address := withQuery(a.Webhook.URL, a.Content.Query)
	if len(address) > egress.MaxRequestURLBytes {
		return egress.Request{}, &RenderError{Part: "query", Err: errURLTooLong}
	}

	header := http.Header{}
	for _, one := range a.Headers {
		header.Add(one.Name, one.Value)
	}

	signed, err := signing.SignAll(a.Webhook.Settings.Signatures, signing.Message{
		ID: a.DeliveryID.String(), At: a.At, Content: signedContent(address, a.Content),
	}, a.Keys, a.Webhook.OrganizationID.String())
	if err != nil {
		return egress.Request{}, fmt.Errorf("sign delivery %s: %w", a.DeliveryID, err)
	}

	maps.Copy(header, signed)

	if a.Content.Method != http.MethodGet {
		header.Set("Content-Type", "application/json")
	}

	header.Set(headerAttempt, strconv.Itoa(a.Number))
	header.Set(headerEventID, a.EventID.String())
	header.Set(headerEventType, a.EventType)

	return egress.Request{
		Method: a.Content.Method, URL: address, Header: header, Body: a.Content.Body,
		Timeout: time.Duration(a.Webhook.Settings.TimeoutSeconds) * time.Second,
	}, nil
}

// signedContent is the body, and the query as it is sent where there is no body.
func signedContent(address string, content delivery.Content) []byte {
	if content.Method != http.MethodGet {
		return content.Body
	}

	_, query, _ := strings.Cut(address, "?")

	return []byte(query)
}

// withQuery appends parameters to whatever query the URL has already.
func withQuery(address, query string) string {
	switch {
	case query == "":
		return address
	case !strings.Contains(address, "?"):
		return address + "?" + query
	case strings.HasSuffix(address, "?"), strings.HasSuffix(address, "&"):
		return address + query
	default:
		return address + "&" + query
	}
}
