package workflows_test

import (
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	temporal_log "go.temporal.io/sdk/log"
	temporal_worker "go.temporal.io/sdk/worker"

	"github.com/surehook/surehook/workflows"
)

// The histories were saved from a real Temporal server by e2e/history_test.go. Workflows that were started by an older
// version go on with this one, so it has to take the same decisions.
func TestReplay_SavedHistoriesTakeTheSameDecisions(t *testing.T) {
	t.Parallel()

	histories, err := filepath.Glob("testdata/*.json")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(histories), 5)

	for _, path := range histories {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()

			replayer := temporal_worker.NewWorkflowReplayer()
			replayer.RegisterWorkflow(workflows.BulkOperation)
			replayer.RegisterWorkflow(workflows.Delivery)
			replayer.RegisterWorkflow(workflows.DeliveryBatch)

			logger := temporal_log.NewStructuredLogger(slog.New(slog.DiscardHandler))
			require.NoError(t, replayer.ReplayWorkflowHistoryFromJSONFile(logger, path))
		})
	}
}
