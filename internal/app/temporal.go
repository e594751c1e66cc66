package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	temporal_enums "go.temporal.io/api/enums/v1"
	temporal_operator "go.temporal.io/api/operatorservice/v1"
	temporal_service "go.temporal.io/api/serviceerror"
	temporal_client "go.temporal.io/sdk/client"
	temporal_log "go.temporal.io/sdk/log"
	temporal_worker "go.temporal.io/sdk/worker"

	"github.com/surehook/surehook/activities"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/tenant"
	"github.com/surehook/surehook/workflows"
)

// prepareEvery is how long to wait between attempts to prepare Temporal while it is away.
const prepareEvery = 2 * time.Second

// newTemporal makes a client that connects when it is first used, because publishing has to work while Temporal is
// away.
func (a *App) newTemporal() (temporal_client.Client, error) {
	client, err := temporal_client.NewLazyClient(temporal_client.Options{
		HostPort:  a.config.TemporalAddress,
		Namespace: a.config.TemporalNamespace,
		Logger:    temporal_log.NewStructuredLogger(a.log.With("component", "temporal")),
	})
	if err != nil {
		return nil, fmt.Errorf("make temporal client: %w", err)
	}

	return client, nil
}

// newWorker makes the worker that runs workflows and activities.
func (a *App) newWorker(client temporal_client.Client, acts *activities.Activities) temporal_worker.Worker {
	worker := temporal_worker.New(client, a.config.TemporalTaskQueue, temporal_worker.Options{
		WorkerStopTimeout: a.config.ShutdownTimeout,
	})
	worker.RegisterWorkflow(workflows.BulkOperation)
	worker.RegisterWorkflow(workflows.Delivery)
	worker.RegisterWorkflow(workflows.DeliveryBatch)
	worker.RegisterWorkflow(workflows.Drain)
	worker.RegisterWorkflow(workflows.Retention)
	worker.RegisterWorkflow(workflows.Upkeep)
	worker.RegisterActivity(acts)

	return worker
}

// prepareTemporal adds what Temporal lacks: search attributes, and the schedules of upkeep and retention. It keeps
// trying while Temporal is away.
func (a *App) prepareTemporal(ctx context.Context) error {
	for {
		err := addSearchAttributes(ctx, a.temporal, a.config.TemporalNamespace)
		if err == nil {
			err = errors.Join(a.starter.EnsureUpkeep(ctx), a.starter.EnsureRetention(ctx))
		}

		if err == nil {
			return nil
		}

		if _, unavailable := errors.AsType[*temporal_service.InvalidArgument](err); unavailable {
			return err
		}

		a.log.WarnContext(ctx, "temporal not prepared, trying again", "error", err)

		select {
		case <-time.After(prepareEvery):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func addSearchAttributes(ctx context.Context, client temporal_client.Client, namespace string) error {
	operator := client.OperatorService()

	known, err := operator.ListSearchAttributes(ctx, &temporal_operator.ListSearchAttributesRequest{Namespace: namespace})
	if err != nil {
		return fmt.Errorf("list search attributes: %w", err)
	}

	missing := make(map[string]temporal_enums.IndexedValueType)

	for name, kind := range workflows.SearchAttributes() {
		switch have, ok := known.GetCustomAttributes()[name]; {
		case !ok:
			missing[name] = kind
		case have != kind:
			return fmt.Errorf("search attribute %s of namespace %s is %s, it has to be %s: %w",
				name, namespace, have, kind, temporal_service.NewInvalidArgument("search attribute of another type"))
		}
	}

	if len(missing) == 0 {
		return nil
	}

	_, err = operator.AddSearchAttributes(ctx, &temporal_operator.AddSearchAttributesRequest{
		Namespace: namespace, SearchAttributes: missing,
	})
	// Another process that starts at the same time may have been quicker.
	if _, exists := errors.AsType[*temporal_service.AlreadyExists](err); err != nil && !exists {
		return fmt.Errorf("add search attributes: %w", err)
	}

	return nil
}

// startBulkOperation starts the workflow of a bulk operation, unless it is running.
func (a *App) startBulkOperation(ctx context.Context, operation id.ID) error {
	one, err := a.bulk.Get(ctx, tenant.All(), operation)
	if err != nil {
		return err
	}

	return a.starter.StartBulkOperation(ctx, one.ID, one.OrganizationID, one.WebhookID)
}
