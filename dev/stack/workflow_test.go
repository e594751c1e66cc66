package stack_test

import (
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

const taskQueue = "stack-test"

// echo is the smallest workflow there is.
func echo(_ workflow.Context, word string) (string, error) { return word, nil }

func dial(t *testing.T, address string) client.Client {
	t.Helper()
	c, err := client.Dial(client.Options{
		HostPort: address,
		Logger:   sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)),
	})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

// startWorker runs a worker until the returned function is called.
func startWorker(t *testing.T, address string) func() {
	t.Helper()
	w := worker.New(dial(t, address), taskQueue, worker.Options{})
	w.RegisterWorkflow(echo)
	require.NoError(t, w.Start())
	return w.Stop
}

// runWorkflow runs a workflow of the given id to its end.
func runWorkflow(t *testing.T, address, id string) {
	t.Helper()
	defer startWorker(t, address)()
	run, err := dial(t, address).ExecuteWorkflow(t.Context(),
		client.StartWorkflowOptions{ID: id, TaskQueue: taskQueue}, echo, id)
	require.NoError(t, err)
	require.NoError(t, run.Get(t.Context(), nil))
}

// requireWorkflow finds the result of a workflow that ran earlier.
func requireWorkflow(t *testing.T, address, id string) {
	t.Helper()
	var word string
	require.NoError(t, dial(t, address).GetWorkflow(t.Context(), id, "").Get(t.Context(), &word))
	require.Equal(t, id, word)
}
