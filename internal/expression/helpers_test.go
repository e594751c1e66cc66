package expression_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/expression"
)

const invoice = `{"id": "in_1", "amount": 10.5, "currency": "eur", "paid": true, "note": null,
	"customer": {"name": "Zoë", "email": "z@example.com"},
	"lines": [{"sku": "a", "qty": 1}, {"sku": "b", "qty": 2}]}`

// about returns what expressions see of an event with a payload.
func about(payload string) expression.Context {
	return expression.Context{
		Event: expression.Event{
			ID:          "evt_1",
			Type:        "invoice.paid",
			OccurredAt:  time.Date(2026, 3, 1, 12, 30, 45, 120_000_000, time.FixedZone("", 3600)),
			CreatedAt:   time.Date(2026, 3, 1, 11, 30, 46, 0, time.UTC),
			Test:        true,
			ResourceIDs: []string{"in_1", "cus_1"},
			Data:        expression.NewData([]byte(payload)),
		},
		WebhookID:        "whk_1",
		WebhookName:      "Orders",
		OrganizationID:   "org_1",
		OrganizationName: "Acme",
		OrganizationSlug: "acme",
		DeliveryID:       "dlv_1",
	}
}

func render(t *testing.T, text, payload string) (string, error) {
	t.Helper()

	shape, err := expression.CompileShape(text)
	require.NoError(t, err, text)

	out, err := shape.Render(about(payload))

	return string(out), err
}

// requireKind checks what kind of [expression.EvalError] an error is, and returns its message.
func requireKind(t *testing.T, want expression.Kind, err error, about ...any) string {
	t.Helper()

	var failure *expression.EvalError

	require.ErrorAs(t, err, &failure, about...)
	require.Equal(t, want, failure.Kind, fmt.Sprint(append(about, failure.Message)...))
	require.NotEmpty(t, failure.Message)
	require.LessOrEqual(t, len(failure.Message), 200)

	return failure.Message
}
