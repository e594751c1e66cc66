package app

import (
	"context"
	"time"

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
		Pool: a.pool, Policy: a.retentionPolicy(), Room: a.retention.Room, CheckTemporal: a.checkTemporal, Temporal: temporal,
		Version: version.Version, Log: a.log, Now: time.Now,
	})
}

// checkTemporal fails when Temporal cannot be reached.
func (a *App) checkTemporal(ctx context.Context) error {
	_, err := a.temporal.CheckHealth(ctx, &temporal_client.CheckHealthRequest{})

	return err
}
