package e2e

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	temporal_enums "go.temporal.io/api/enums/v1"
	temporal_workflowservice "go.temporal.io/api/workflowservice/v1"
	temporal_client "go.temporal.io/sdk/client"

	"github.com/surehook/surehook/e2e/stack"
	"github.com/surehook/surehook/workflows"
)

func temporal(t *testing.T) temporal_client.Client {
	t.Helper()

	client, err := temporal_client.Dial(temporal_client.Options{HostPort: shared.stack.TemporalAddress})
	require.NoError(t, err)
	t.Cleanup(client.Close)

	return client
}

// list waits until Temporal's visibility store knows n workflows that match a query, and returns their ids.
func list(t *testing.T, client temporal_client.Client, query string, n int) []string {
	t.Helper()

	var ids []string

	require.Eventually(t, func() bool {
		found, err := client.ListWorkflow(t.Context(), &temporal_workflowservice.ListWorkflowExecutionsRequest{Query: query})
		require.NoError(t, err)

		ids = nil
		for _, one := range found.GetExecutions() {
			ids = append(ids, one.GetExecution().GetWorkflowId())
		}

		return len(ids) == n
	}, patience, 50*time.Millisecond, query)

	return ids
}

func TestOperations_FailingDeliveryIsFoundInTemporalByWhatAnOperatorKnows(t *testing.T) {
	t.Parallel()

	b := setup(t, "order.paid")
	to := receiver(t, answers(500))
	hook := b.webhook(t, to.URL, retries(1))
	b.publish(t, "order.paid", map[string]any{"n": 1})

	failed := b.eventually(t, nil, allHave("FAILED", 1))[0]
	require.Equal(t, "http://127.0.0.1:8233/namespaces/default/workflows/"+failed.ID, *failed.TemporalURL)

	client := temporal(t)

	for _, query := range []string{
		"WebhookId = '" + hook.ID + "'",
		"DeliveryId = '" + failed.ID + "'",
		"OrganizationId = '" + b.OrganizationID + "' AND EventType = 'order.paid' AND DeliveryStatus = 'FAILED'",
		"OrganizationId = '" + b.OrganizationID + "' AND ExecutionStatus = 'Failed'",
	} {
		require.Equal(t, []string{failed.ID}, list(t, client, query, 1))
	}

	err := client.GetWorkflow(t.Context(), failed.ID, "").Get(context.Background(), nil)
	require.ErrorContains(t, err, "POST "+strings.TrimPrefix(to.URL, "http://"))
	require.ErrorContains(t, err, "answered 500 Internal Server Error (HTTP_STATUS) on attempt 2 of 2")
}

func TestOperations_RetryingDeliveryShowsItsLastFailureInTemporal(t *testing.T) {
	t.Parallel()

	b := setup(t, "order.paid")
	to := receiver(t, answers(502))
	b.webhook(t, to.URL, nil)
	b.publish(t, "order.paid", map[string]any{"n": 1})

	delivery := b.eventually(t, nil, allHave("RETRYING", 1))[0]
	client := temporal(t)

	require.Eventually(t, func() bool {
		found, err := client.DescribeWorkflowExecution(t.Context(), delivery.ID, "")
		require.NoError(t, err)
		require.Equal(t, temporal_enums.WORKFLOW_EXECUTION_STATUS_RUNNING, found.GetWorkflowExecutionInfo().GetStatus())

		pending := found.GetPendingActivities()

		return len(pending) == 1 && strings.Contains(pending[0].GetLastFailure().GetMessage(), "answered 502")
	}, patience, 50*time.Millisecond)
}

func TestOperations_BatchIsFoundByEachOfItsDeliveries(t *testing.T) {
	t.Parallel()

	b := setup(t, "order.paid")
	to := receiver(t, nil)
	b.webhook(t, to.URL, nil)

	const events = 100

	b.publishMany(t, events)

	for range events {
		next(t, to)
	}

	client := temporal(t)

	for _, one := range b.eventually(t, nil, allHave("SUCCEEDED", 25)) {
		carrier := list(t, client, "DeliveryId = '"+one.ID+"'", 1)[0]
		address, err := url.Parse(*one.TemporalURL)
		require.NoError(t, err)
		require.True(t, strings.HasSuffix(address.Path, "/"+carrier), "the link leads to the workflow that carried it")
		require.True(t, strings.HasPrefix(carrier, "bat_"))
	}
}

func TestOperations_APIAndWorkerCanBeProcessesOfTheirOwn(t *testing.T) {
	t.Parallel()

	surehook := own(t, stack.Options{Env: []string{"SUREHOOK_ROLES=api"}})
	b := in(t, surehook, "order.paid")
	to := receiver(t, answers(500, 200))
	b.webhook(t, to.URL, retries())
	b.publish(t, "order.paid", map[string]any{"n": 1})

	waiting := b.eventually(t, nil, allHave("PENDING", 1))
	require.Empty(t, to.All(), "nobody is there to send it")

	worker, err := surehook.Another(t.Context(), stack.Options{
		Env: []string{"SUREHOOK_ROLES=worker"},
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, worker.Stop()) })

	next(t, to)
	b.eventually(t, nil, allHave("FAILED", 1))
	require.Empty(t, b.retry(t, waiting[0].ID))
	next(t, to)
	b.eventually(t, nil, allHave("SUCCEEDED", 1))
}

func TestOperations_InstallationsThatShareANamespaceEachLookAfterTheirWebhooks(t *testing.T) {
	t.Parallel()

	surehook := own(t, stack.Options{})
	client := temporal(t)

	for _, queue := range []string{surehook.TaskQueue, shared.surehook.TaskQueue} {
		schedule := client.ScheduleClient().GetHandle(t.Context(), workflows.UpkeepSchedule(queue))

		require.Eventually(t, func() bool {
			found, err := schedule.Describe(t.Context())
			if err != nil {
				return false // It is made once the process can reach Temporal.
			}

			action, ok := found.Schedule.Action.(*temporal_client.ScheduleWorkflowAction)

			return ok && action.TaskQueue == queue
		}, patience, 50*time.Millisecond)
	}
}

func TestOperations_UnsafeDestinationsAreNotReached(t *testing.T) {
	t.Parallel()

	b := setup(t, "order.paid")

	for _, address := range []string{
		"http://169.254.169.254/latest/meta-data", "http://10.0.0.1/", "http://[::ffff:169.254.169.254]/", "http://0x7f.1:1/",
	} {
		b.webhook(t, address, retries())
	}

	b.publish(t, "order.paid", map[string]any{"n": 1})

	blocked := 0

	for _, one := range b.eventually(t, nil, allHave("FAILED", 4)) {
		require.NotNil(t, one.Attempts.Nodes[0].Error)

		if one.Attempts.Nodes[0].Error.Code == "ADDRESS_BLOCKED" {
			blocked++
		}

		require.NotContains(t, one.Attempts.Nodes[0].Error.Message, "169.254")
	}

	require.GreaterOrEqual(t, blocked, 3)
}

func TestOperations_HealthAndReadiness(t *testing.T) {
	t.Parallel()

	for _, path := range []string{"/healthz", "/readyz"} {
		response, err := http.Get(shared.surehook.URL + path)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Equal(t, http.StatusOK, response.StatusCode)
	}
}
