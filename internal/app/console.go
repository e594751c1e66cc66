package app

import (
	"context"
	"fmt"
	"time"

	temporal_enums "go.temporal.io/api/enums/v1"
	temporal_taskqueue "go.temporal.io/api/taskqueue/v1"
	temporal_workflowservice "go.temporal.io/api/workflowservice/v1"
	temporal_client "go.temporal.io/sdk/client"

	"github.com/surehook/surehook/console"
	"github.com/surehook/surehook/internal/config"
	"github.com/surehook/surehook/internal/consoleweb"
	"github.com/surehook/surehook/internal/secretbox"
	"github.com/surehook/surehook/internal/session"
	"github.com/surehook/surehook/internal/system"
	"github.com/surehook/surehook/internal/version"
)

// wireConsole makes the console and its sessions, unless this process has none.
func (a *App) wireConsole(box *secretbox.Box) (err error) {
	if !a.config.Has(config.RoleAPI) || !a.config.Console {
		return nil
	}

	folder, built := console.Files()
	if !built {
		a.log.Warn("the console is not built, a page that says so is served in its place: run make console")
	}

	a.sessions = session.NewService(a.keys, box, a.config.SessionLifetime, time.Now)
	a.console, err = consoleweb.New(folder, consoleweb.Info{Version: version.Version})

	return err
}

// newSystem makes what says how the platform fares.
func (a *App) newSystem() *system.Service {
	temporal := system.Temporal{Namespace: a.config.TemporalNamespace, TaskQueue: a.config.TemporalTaskQueue}
	if a.config.TemporalUIURL != "" {
		temporal.UIURL = &a.config.TemporalUIURL
	}

	return system.NewService(system.Parts{
		Pool: a.pool, Policy: a.retentionPolicy(), Room: a.retention.Room, CheckTemporal: a.checkTemporal,
		Backlog: a.backlog, Temporal: temporal, Egress: a.egressPolicy(),
		Version: version.Version, Log: a.log, Now: time.Now,
	})
}

// egressPolicy says where requests to webhooks may go.
func (a *App) egressPolicy() system.Egress {
	out := system.Egress{
		AllowedNetworks: make([]string, len(a.config.EgressAllowedPrefixes)),
		AllowedPorts:    make([]int, len(a.config.EgressAllowedPorts)),
		AnyPort:         a.config.EgressAnyPort,
	}

	for n, one := range a.config.EgressAllowedPrefixes {
		out.AllowedNetworks[n] = one.String()
	}

	for n, one := range a.config.EgressAllowedPorts {
		out.AllowedPorts[n] = int(one)
	}

	return out
}

// backlog asks Temporal what waits for a worker: steps of workflows and activities together.
func (a *App) backlog(ctx context.Context) (system.Backlog, error) {
	var out system.Backlog

	for _, kind := range []temporal_enums.TaskQueueType{
		temporal_enums.TASK_QUEUE_TYPE_WORKFLOW, temporal_enums.TASK_QUEUE_TYPE_ACTIVITY,
	} {
		found, err := a.temporal.WorkflowService().DescribeTaskQueue(ctx, &temporal_workflowservice.DescribeTaskQueueRequest{
			Namespace:     a.config.TemporalNamespace,
			TaskQueue:     &temporal_taskqueue.TaskQueue{Name: a.config.TemporalTaskQueue},
			TaskQueueType: kind,
			ReportStats:   true,
		})
		if err != nil {
			return system.Backlog{}, fmt.Errorf("describe task queue: %w", err)
		}

		stats := found.GetStats()
		out.Tasks += int(stats.GetApproximateBacklogCount())
		out.Age = max(out.Age, stats.GetApproximateBacklogAge().AsDuration())
	}

	return out, nil
}

// checkTemporal fails when Temporal cannot be reached.
func (a *App) checkTemporal(ctx context.Context) error {
	_, err := a.temporal.CheckHealth(ctx, &temporal_client.CheckHealthRequest{})

	return err
}
