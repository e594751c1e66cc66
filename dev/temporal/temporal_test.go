package temporal_test

import (
	"context"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	schema "go.temporal.io/server/schema/postgresql/v12"

	"github.com/surehook/surehook/dev/postgres"
	devtemporal "github.com/surehook/surehook/dev/temporal"
)

const taskQueue = "greetings"

// greet is a trivial workflow with one activity.
func greet(ctx workflow.Context, name string) (string, error) {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		RetryPolicy:         &temporal.RetryPolicy{MaximumAttempts: 3},
		StartToCloseTimeout: 10 * time.Second,
	})
	var greeting string
	err := workflow.ExecuteActivity(ctx, compose, name).Get(ctx, &greeting)
	return greeting, err
}

func compose(_ context.Context, name string) (string, error) { return "Hello, " + name, nil }

// startPostgres runs a cluster of its own for the test.
func startPostgres(t *testing.T) *postgres.Server {
	t.Helper()
	dir, err := os.MkdirTemp("", "surehook-dev-test-")
	require.NoError(t, err)
	require.NoError(t, os.Chmod(dir, 0o755)) // the Postgres account has to reach it
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	server, err := postgres.Start(t.Context(), postgres.Options{Dir: dir})
	require.NoError(t, err)
	t.Cleanup(func() { _ = server.Stop(context.WithoutCancel(t.Context())) })
	return server
}

// start runs a Temporal server that is stopped when the test ends.
func start(t *testing.T, postgresURL string) *devtemporal.Server {
	t.Helper()
	server, err := devtemporal.Start(t.Context(), devtemporal.Options{PostgresURL: postgresURL})
	require.NoError(t, err)
	t.Cleanup(func() { _ = server.Stop(context.WithoutCancel(t.Context())) })
	return server
}

// dial connects an SDK client to the server.
func dial(t *testing.T, server *devtemporal.Server) client.Client {
	t.Helper()
	c, err := client.Dial(client.Options{
		HostPort: server.Address(),
		Logger:   sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)),
	})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

// work runs a worker until the returned function is called.
func work(t *testing.T, c client.Client) func() {
	t.Helper()
	w := worker.New(c, taskQueue, worker.Options{})
	w.RegisterWorkflow(greet)
	w.RegisterActivity(compose)
	require.NoError(t, w.Start())
	return w.Stop
}

func TestServer_RunsWorkflowsAndFindsThemAgain(t *testing.T) {
	t.Parallel()
	pg := startPostgres(t)

	first := start(t, pg.URL("postgres"))
	c := dial(t, first)
	stopWorker := work(t, c)
	run, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
		EnableEagerStart: true,
		ID:               "greet-1",
		TaskQueue:        taskQueue,
	}, greet, "world")
	require.NoError(t, err)
	var greeting string
	require.NoError(t, run.Get(t.Context(), &greeting))
	require.Equal(t, "Hello, world", greeting)
	stopWorker()
	require.NoError(t, first.Stop(t.Context()))
	require.NoError(t, first.Err(), "a stop on request is no failure")

	second := start(t, pg.URL("postgres"))
	require.NotEqual(t, first.Address(), second.Address(), "a new port each time")
	c = dial(t, second)

	t.Run("a closed workflow is found again", func(t *testing.T) {
		var greeting string
		require.NoError(t, c.GetWorkflow(t.Context(), "greet-1", "").Get(t.Context(), &greeting))
		require.Equal(t, "Hello, world", greeting)
	})

	t.Run("visibility finds it by its type", func(t *testing.T) {
		require.Eventually(t, func() bool {
			resp, err := c.ListWorkflow(t.Context(), &workflowservice.ListWorkflowExecutionsRequest{
				Query: "WorkflowType = 'greet' AND ExecutionStatus = 'Completed'",
			})
			return err == nil && len(resp.GetExecutions()) == 1
		}, 10*time.Second, 20*time.Millisecond)
	})

	t.Run("new workflows run", func(t *testing.T) {
		defer work(t, c)()
		run, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{TaskQueue: taskQueue}, greet, "again")
		require.NoError(t, err)
		require.NoError(t, run.Get(t.Context(), nil))
	})
}

func TestServer_PreparesWhatClientsNeed(t *testing.T) {
	t.Parallel()
	pg := startPostgres(t)
	server := start(t, pg.URL("postgres"))
	c := dial(t, server)

	t.Run("both schemas are at the version of this server", func(t *testing.T) {
		for database, want := range map[string]string{
			"temporal":            schema.Version,
			"temporal_visibility": schema.VisibilityVersion,
		} {
			conn, err := pgx.Connect(t.Context(), pg.URL(database))
			require.NoError(t, err)
			var got string
			require.NoError(t, conn.QueryRow(t.Context(), `SELECT curr_version FROM schema_version`).Scan(&got))
			require.NoError(t, conn.Close(t.Context()))
			require.Equal(t, want, got, database)
		}
	})

	t.Run("the default namespace keeps history for three days", func(t *testing.T) {
		resp, err := c.WorkflowService().DescribeNamespace(t.Context(),
			&workflowservice.DescribeNamespaceRequest{Namespace: devtemporal.DefaultNamespace})
		require.NoError(t, err)
		require.Equal(t, 72*time.Hour, resp.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration())
	})

	t.Run("the first workflow task comes with the start", func(t *testing.T) {
		resp, err := c.WorkflowService().GetSystemInfo(t.Context(), &workflowservice.GetSystemInfoRequest{})
		require.NoError(t, err)
		require.True(t, resp.GetCapabilities().GetEagerWorkflowStart())
	})

	t.Run("schedules run", func(t *testing.T) {
		defer work(t, c)()
		handle, err := c.ScheduleClient().Create(t.Context(), client.ScheduleOptions{
			Action:             &client.ScheduleWorkflowAction{Args: []any{"schedule"}, TaskQueue: taskQueue, Workflow: greet},
			ID:                 "every-now-and-then",
			Overlap:            enumspb.SCHEDULE_OVERLAP_POLICY_SKIP,
			TriggerImmediately: true,
		})
		require.NoError(t, err)
		require.Eventually(t, func() bool {
			description, err := handle.Describe(t.Context())
			return err == nil && description.Info.NumActions == 1
		}, 20*time.Second, 50*time.Millisecond)
		require.NoError(t, handle.Delete(t.Context()))
	})
}

func TestServer_NamesTheDatabaseThatIsMissing(t *testing.T) {
	t.Parallel()
	_, err := devtemporal.Start(t.Context(), devtemporal.Options{
		PostgresURL: "postgres://nobody:s3cret@127.0.0.1:1/postgres?sslmode=disable",
	})
	require.ErrorContains(t, err, "127.0.0.1:1")
	require.NotContains(t, err.Error(), "s3cret")
}

func TestServer_GivesUpWhenAskedTo(t *testing.T) {
	t.Parallel()
	pg := startPostgres(t)

	// Whatever the start is at, it ends, and the next one is none the worse.
	for _, after := range []time.Duration{0, 100 * time.Millisecond, 300 * time.Millisecond, 600 * time.Millisecond} {
		ctx, cancel := context.WithTimeout(t.Context(), after)
		server, err := devtemporal.Start(ctx, devtemporal.Options{PostgresURL: pg.URL("postgres")})
		cancel()
		if err == nil {
			require.NoError(t, server.Stop(t.Context()), "a fast machine")
			break
		}
		require.ErrorIs(t, err, context.DeadlineExceeded)
	}

	start(t, pg.URL("postgres"))
}
