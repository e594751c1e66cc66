package e2e

import (
	"encoding/base64"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	temporal_enums "go.temporal.io/api/enums/v1"
	temporal_history "go.temporal.io/api/history/v1"
	temporal_client "go.temporal.io/sdk/client"
	temporal_log "go.temporal.io/sdk/log"
	temporal_worker "go.temporal.io/sdk/worker"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/surehook/surehook/e2e/stack"
	"github.com/surehook/surehook/workflows"
)

// saveHistories names a directory of the repository to save histories to. Do so before a workflow changes:
//
//	SUREHOOK_SAVE_HISTORIES=workflows/testdata make test
const saveHistories = "SUREHOOK_SAVE_HISTORIES"

func TestHistories_OfAllKindsReplayAndHoldNeitherPayloadsNorSecrets(t *testing.T) {
	t.Parallel()

	b := setup(t, "order.paid")
	client := temporal(t)

	deliver := func(name string, respond responder, delays []int, manual bool, status string) {
		tenant := setup(t, "order.paid")
		to := receiver(t, respond)
		hook := tenant.webhook(t, to.URL, retries(delays...))
		tenant.publish(t, "order.paid", map[string]any{"text": secretText})

		if manual {
			next(t, to)
			require.Empty(t, tenant.retry(t, tenant.eventually(t, nil, allHave("RETRYING", 1))[0].ID))
		}

		done := tenant.eventually(t, nil, allHave(status, 1))[0]
		check(t, client, name, done.ID, secretText, hook.Secret)
	}

	deliver("delivery_succeeded", nil, []int{1}, false, "SUCCEEDED")
	deliver("delivery_retried", answers(500, 500, 200), []int{1, 1}, false, "SUCCEEDED")
	deliver("delivery_failed", answers(500), []int{1}, false, "FAILED")
	deliver("delivery_retried_by_hand", answers(500, 200), []int{3600}, true, "SUCCEEDED")

	to := receiver(t, nil)
	hook := b.webhook(t, to.URL, nil)
	b.publishMany(t, 100)

	one := b.eventually(t, nil, allHave("SUCCEEDED", 25))[0]
	check(t, client, "delivery_batch", list(t, client, "DeliveryId = '"+one.ID+"'", 1)[0], secretText, hook.Secret)

	job := b.start(t, "replayEvent", "ReplayEventInput", map[string]any{"eventId": one.Event.ID})
	b.until(t, job.ID, 0, done)
	check(t, client, "bulk_operation", job.ID, secretText, hook.Secret)
}

// data is how payloads stand in a history.
var data = regexp.MustCompile(`"data":\s*"([^"]*)"`)

// decoded returns what the payloads of a history say.
func decoded(t *testing.T, history []byte) string {
	t.Helper()

	var out strings.Builder

	for _, one := range data.FindAllSubmatch(history, -1) {
		text, err := base64.StdEncoding.DecodeString(string(one[1]))
		require.NoError(t, err)
		out.Write(text)
	}

	return out.String()
}

// check replays the history of a workflow that has ended, looks for what must not be in it, and saves it if asked to.
func check(t *testing.T, client temporal_client.Client, name, workflow string, forbidden ...string) {
	t.Helper()

	// The log is written before the workflow ends; its result comes when it has.
	_ = client.GetWorkflow(t.Context(), workflow, "").Get(t.Context(), nil)

	var history temporal_history.History

	for events := client.GetWorkflowHistory(t.Context(), workflow, "", false,
		temporal_enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); events.HasNext(); {
		one, err := events.Next()
		require.NoError(t, err)

		history.Events = append(history.Events, one)
	}

	text, err := protojson.MarshalOptions{Indent: "  "}.Marshal(&history)
	require.NoError(t, err)

	readable := string(text) + decoded(t, text)
	require.Contains(t, readable, workflow, "what is looked through is readable")

	for _, one := range forbidden {
		require.NotContains(t, readable, one)
	}

	replayer := temporal_worker.NewWorkflowReplayer()
	replayer.RegisterWorkflow(workflows.BulkOperation)
	replayer.RegisterWorkflow(workflows.Delivery)
	replayer.RegisterWorkflow(workflows.DeliveryBatch)

	logger := temporal_log.NewStructuredLogger(slog.New(slog.DiscardHandler))
	require.NoError(t, replayer.ReplayWorkflowHistory(logger, &history))

	if dir := os.Getenv(saveHistories); dir != "" {
		require.NoError(t, os.WriteFile(filepath.Join(stack.Root(), dir, name+".json"), append(text, '\n'), 0o644))
	}
}
