package attempt

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/surehook/surehook/internal/egress"
	"github.com/surehook/surehook/internal/signing"
	"github.com/surehook/surehook/internal/webhook"
)

// The headers that Surehook adds for people who look at requests. What a receiver needs is in the standard's own.
const (
	headerAttempt   = "surehook-attempt"
	headerEventID   = "surehook-event-id"
	headerEventType = "surehook-event-type"
)

// request builds the signed request. The body is that of the first attempt, if there was one.
func (r *Runner) request(w work) (egress.Request, error) {
	body := w.body
	if body == nil {
		var err error

		if body, err = render(w.delivery.EventType, w.occurredAt, w.payload); err != nil {
			return egress.Request{}, err
		}
	}

	header := http.Header{}

	custom, err := webhook.OpenHeaders(r.sealer, w.delivery.OrganizationID, w.webhookID(), w.sealed)
	if err != nil {
		return egress.Request{}, fmt.Errorf("open custom headers of %s: %w", w.webhookID(), err)
	}

	for _, one := range custom {
		header.Add(one.Name, one.Value)
	}

	header.Set("Content-Type", "application/json")
	header.Set(headerAttempt, strconv.Itoa(w.delivery.AttemptCount+1))
	header.Set(headerEventID, w.delivery.EventID.String())
	header.Set(headerEventType, w.delivery.EventType)

	signed, err := r.sign(w, body)
	if err != nil {
		return egress.Request{}, err
	}

	signed.Apply(header)

	return egress.Request{Method: http.MethodPost, URL: w.url, Header: header, Body: body, Timeout: w.timeout}, nil
}

func (r *Runner) sign(w work, body []byte) (signing.Headers, error) {
	secrets := make([]signing.Secret, len(w.secrets))

	for n, sealed := range w.secrets {
		var err error

		if secrets[n], err = webhook.OpenSecret(r.sealer, w.delivery.OrganizationID, w.webhookID(), sealed); err != nil {
			return signing.Headers{}, fmt.Errorf("open signing secret of %s: %w", w.webhookID(), err)
		}
	}

	signed, err := signing.Sign(w.delivery.ID.String(), r.now(), body, secrets...)
	if err != nil {
		return signing.Headers{}, fmt.Errorf("sign delivery %s: %w", w.delivery.ID, err)
	}

	return signed, nil
}
