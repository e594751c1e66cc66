package eventtype_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/eventtype"
	"github.com/surehook/surehook/internal/problem"
)

func TestCheck_NeedsNoCatalog(t *testing.T) {
	t.Parallel()

	in := eventtype.CreateInput{
		Name: "a.b", Schema: json.RawMessage(`{"required":["id"]}`),
		Samples: []eventtype.Sample{{Name: "s", Payload: json.RawMessage(`{"id":1}`)}},
	}
	require.NoError(t, eventtype.Check(in, 100))

	requireProblem(t, eventtype.Check(in, 5), problem.PayloadTooLarge, "samples", "0", "payload")

	in.Name = "a-b"
	requireProblem(t, eventtype.Check(in, 100), problem.Invalid, "name")

	in.Name, in.Samples[0].Payload = "a.b", json.RawMessage(`{}`)
	requireProblem(t, eventtype.Check(in, 100), problem.PayloadSchemaMismatch, "samples", "0", "payload")
}
