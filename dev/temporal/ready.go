package temporal

import (
	"context"
	"errors"
	"fmt"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
)

const (
	// frontendHealth is the name the frontend's health is reported under.
	frontendHealth = "temporal.api.workflowservice.v1.WorkflowService"

	// probe names a workflow and a task queue nobody uses.
	probe = "surehook-dev-readiness"

	readyPollInterval = 25 * time.Millisecond
	readyTimeout      = 60 * time.Second
)

// waitReady returns when the frontend serves and the default namespace, which
// it registers if missing, can be used with every service behind it. The server
// offers nothing to subscribe to, hence the polling.
func (s *Server) waitReady(ctx context.Context, retention time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()

	conn, err := grpc.NewClient(s.address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return fmt.Errorf("make gRPC client: %w", err)
	}
	defer conn.Close()
	client := workflowservice.NewWorkflowServiceClient(conn)

	for _, step := range []struct {
		what string
		try  func(context.Context) error
	}{
		{"frontend to serve", func(ctx context.Context) error { return checkServing(ctx, conn) }},
		{"namespace to be registered", func(ctx context.Context) error { return register(ctx, client, retention) }},
		{"namespace to be usable", func(ctx context.Context) error { return checkUsable(ctx, client) }},
	} {
		if err := s.poll(ctx, step.try); err != nil {
			return fmt.Errorf("wait for the %s: %w", step.what, err)
		}
	}
	return nil
}

// poll repeats try until it succeeds, the server gives up, or ctx ends.
func (s *Server) poll(ctx context.Context, try func(context.Context) error) error {
	tick := time.NewTicker(readyPollInterval)
	defer tick.Stop()
	for {
		err := try(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-s.done:
			return s.err
		case <-ctx.Done():
			return fmt.Errorf("%w (last answer: %w)", ctx.Err(), err)
		}
	}
}

// checkServing asks the frontend for its health.
func checkServing(ctx context.Context, conn *grpc.ClientConn) error {
	resp, err := healthpb.NewHealthClient(conn).Check(ctx, &healthpb.HealthCheckRequest{Service: frontendHealth})
	if err != nil {
		return err
	}
	if resp.GetStatus() != healthpb.HealthCheckResponse_SERVING {
		return fmt.Errorf("frontend is %s", resp.GetStatus())
	}
	return nil
}

// register creates the default namespace unless it exists.
func register(ctx context.Context, client workflowservice.WorkflowServiceClient, retention time.Duration) error {
	_, err := client.RegisterNamespace(ctx, &workflowservice.RegisterNamespaceRequest{
		Description:                      "Created by Surehook's development stack.",
		Namespace:                        DefaultNamespace,
		WorkflowExecutionRetentionPeriod: durationpb.New(retention),
	})
	if errors.As(typed(err), new(*serviceerror.NamespaceAlreadyExists)) {
		return nil
	}
	return err
}

// checkUsable asks a question that each service has to answer for the
// namespace: visibility lists, history looks for a workflow that does not
// exist, matching describes a task queue nobody polls.
func checkUsable(ctx context.Context, client workflowservice.WorkflowServiceClient) error {
	if _, err := client.ListWorkflowExecutions(ctx, &workflowservice.ListWorkflowExecutionsRequest{
		Namespace: DefaultNamespace,
		PageSize:  1,
	}); err != nil {
		return fmt.Errorf("list workflows: %w", err)
	}

	_, err := client.DescribeWorkflowExecution(ctx, &workflowservice.DescribeWorkflowExecutionRequest{
		Execution: &commonpb.WorkflowExecution{WorkflowId: probe},
		Namespace: DefaultNamespace,
	})
	if !errors.As(typed(err), new(*serviceerror.NotFound)) {
		return fmt.Errorf("describe a workflow that does not exist: %w", err)
	}

	if _, err := client.DescribeTaskQueue(ctx, &workflowservice.DescribeTaskQueueRequest{
		Namespace:     DefaultNamespace,
		TaskQueue:     &taskqueuepb.TaskQueue{Kind: enumspb.TASK_QUEUE_KIND_NORMAL, Name: probe},
		TaskQueueType: enumspb.TASK_QUEUE_TYPE_WORKFLOW,
	}); err != nil {
		return fmt.Errorf("describe a task queue: %w", err)
	}
	return nil
}

// typed turns a gRPC error into Temporal's own error type for it.
func typed(err error) error { return serviceerror.FromStatus(status.Convert(err)) }
