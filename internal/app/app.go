// Package app puts the parts of Surehook together and runs them.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	temporal_client "go.temporal.io/sdk/client"

	"github.com/surehook/surehook/activities"
	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/internal/apikey"
	"github.com/surehook/surehook/internal/attempt"
	"github.com/surehook/surehook/internal/config"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/dispatch"
	"github.com/surehook/surehook/internal/egress"
	"github.com/surehook/surehook/internal/event"
	"github.com/surehook/surehook/internal/eventtype"
	"github.com/surehook/surehook/internal/organization"
	"github.com/surehook/surehook/internal/pubsub"
	"github.com/surehook/surehook/internal/secretbox"
	"github.com/surehook/surehook/internal/webhook"
	"github.com/surehook/surehook/workflows"
)

// userAgent is what receivers see.
const userAgent = "Surehook/1.0"

// App is a process of Surehook.
type App struct {
	config config.Config
	log    *slog.Logger

	pool     *db.Pool
	temporal temporal_client.Client
	listener net.Listener

	hub        *pubsub.Hub
	dispatcher *dispatch.Dispatcher // Nil without the worker role.
	egress     *egress.Client
	recorder   *delivery.Recorder
	runner     *attempt.Runner
	activities *activities.Activities

	keys          *apikey.Service
	organizations *organization.Service
	types         *eventtype.Service
	webhooks      *webhook.Service
	events        *event.Service
	deliveries    *delivery.Service
}

// New opens what the process needs: the database, which has to be there, and the address to listen on. Temporal may
// come later.
func New(ctx context.Context, c config.Config, log *slog.Logger) (_ *App, err error) {
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}

	a := &App{config: c, log: log}

	defer func() {
		if err != nil {
			a.close()
		}
	}()

	if c.AutoMigrate {
		if err := db.MigrateUp(ctx, c.DatabaseURL); err != nil {
			return nil, err
		}
	}

	if a.pool, err = db.Open(ctx, c.DatabaseURL, c.DatabaseMaxConns, nil); err != nil {
		return nil, err
	}

	if err := a.checkSchema(ctx); err != nil {
		return nil, err
	}

	if a.temporal, err = a.newTemporal(); err != nil {
		return nil, err
	}

	if err := a.wire(); err != nil {
		return nil, err
	}

	if c.OperatorKey != "" {
		if _, err := a.keys.EnsureOperator(ctx, c.OperatorKey); err != nil {
			return nil, fmt.Errorf("SUREHOOK_OPERATOR_KEY: %w", err)
		}
	}

	if a.listener, err = new(net.ListenConfig).Listen(ctx, "tcp", c.HTTPAddress); err != nil {
		return nil, fmt.Errorf("SUREHOOK_HTTP_ADDRESS: %w", err)
	}

	return a, nil
}

// Address is where the process listens.
func (a *App) Address() string { return a.listener.Addr().String() }

func (a *App) wire() error {
	keyset, err := a.config.ReadKeyset()
	if err != nil {
		return err
	}

	box, err := secretbox.New(keyset)
	if err != nil {
		return fmt.Errorf("keyset: %w", err)
	}

	starter := workflows.NewClient(a.temporal, a.config.TemporalTaskQueue)

	var dispatcher delivery.Dispatcher = dispatch.Elsewhere{}

	wake := func() {}

	if a.config.Has(config.RoleWorker) {
		a.dispatcher = dispatch.New(a.pool, starter, a.log, dispatch.Options{
			Starters: a.config.DispatchStarters, MaxBatch: a.config.DispatchMaxBatch,
		}, time.Now)
		dispatcher, wake = a.dispatcher, a.dispatcher.Wake
	}

	a.hub = pubsub.NewHub(a.pool, a.log, wake)
	a.keys = apikey.NewService(a.pool, time.Now)
	a.organizations = organization.NewService(a.pool, time.Now)
	a.types = eventtype.NewService(a.pool, time.Now)
	a.deliveries = delivery.NewService(a.pool, dispatcher, a.log, time.Now)
	a.webhooks = webhook.NewService(a.pool, box, a.deliveries, a.log, time.Now)
	a.events = event.NewService(a.pool, a.types, a.webhooks, dispatcher, a.log, time.Now)
	a.recorder = delivery.NewRecorder(a.pool)
	a.egress = egress.New(egress.Config{
		AllowedPrefixes: a.config.EgressAllowedPrefixes,
		AllowedPorts:    a.config.EgressAllowedPorts,
		AnyPort:         a.config.EgressAnyPort,
		UserAgent:       userAgent,
	})
	a.runner = attempt.NewRunner(a.pool, a.deliveries, a.recorder, a.egress, box, a.log, time.Now)
	a.activities = activities.New(a.runner, starter, a.recorder)

	return nil
}

// checkSchema refuses to work on a schema that is not this program's.
func (a *App) checkSchema(ctx context.Context) error {
	status, err := db.MigrationStatus(ctx, a.config.DatabaseURL)

	switch {
	case err != nil:
		return err
	case status.Dirty:
		return fmt.Errorf("migration %d failed half-way: look at the schema, then mend it by hand", status.Version)
	case status.Version < status.Latest:
		return errors.New("migrations are missing: run surehook migrate up, or set SUREHOOK_AUTO_MIGRATE=true")
	default:
		return nil
	}
}

// close ends all parts in the order in which they need each other. Those that New did not get to are nil.
func (a *App) close() {
	if a.listener != nil {
		// The server has closed it already, unless it never ran.
		_ = a.listener.Close()
	}

	if a.events != nil {
		a.events.Close()
		a.runner.Close()
		a.recorder.Close()
		a.egress.Close()
	}

	if a.temporal != nil {
		a.temporal.Close()
	}

	if a.pool != nil {
		a.pool.Close()
	}
}
