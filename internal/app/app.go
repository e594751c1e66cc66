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
	"github.com/surehook/surehook/internal/audit"
	"github.com/surehook/surehook/internal/bulk"
	"github.com/surehook/surehook/internal/config"
	"github.com/surehook/surehook/internal/consoleweb"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/dispatch"
	"github.com/surehook/surehook/internal/egress"
	"github.com/surehook/surehook/internal/endpointauth"
	"github.com/surehook/surehook/internal/event"
	"github.com/surehook/surehook/internal/eventtype"
	"github.com/surehook/surehook/internal/explain"
	"github.com/surehook/surehook/internal/expression"
	"github.com/surehook/surehook/internal/flow"
	"github.com/surehook/surehook/internal/keeper"
	"github.com/surehook/surehook/internal/organization"
	"github.com/surehook/surehook/internal/outgoing"
	"github.com/surehook/surehook/internal/preview"
	"github.com/surehook/surehook/internal/profile"
	"github.com/surehook/surehook/internal/pubsub"
	"github.com/surehook/surehook/internal/retention"
	"github.com/surehook/surehook/internal/secretbox"
	"github.com/surehook/surehook/internal/session"
	"github.com/surehook/surehook/internal/stats"
	"github.com/surehook/surehook/internal/system"
	"github.com/surehook/surehook/internal/upkeep"
	"github.com/surehook/surehook/internal/webhook"
	"github.com/surehook/surehook/profiles"
	"github.com/surehook/surehook/workflows"
)

// keepEvery is how often a worker looks for what no workflow looks after, when nothing wakes it.
const keepEvery = 5 * time.Second

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
	keeper     *keeper.Keeper       // Nil without the worker role.
	starter    *workflows.Client
	egress     *egress.Client
	sender     *endpointauth.Authenticator
	recorder   *delivery.Recorder
	runner     *attempt.Runner
	activities *activities.Activities
	retention  *retention.Keeper

	audit         *audit.Service
	bulk          *bulk.Service
	keys          *apikey.Service
	organizations *organization.Service
	types         *eventtype.Service
	webhooks      *webhook.Service
	events        *event.Service
	deliveries    *delivery.Service
	flow          *flow.Service
	previews      *preview.Service
	stats         *stats.Service
	explanations  *explain.Service
	system        *system.Service

	// Nil without the console.
	console  *consoleweb.Handler
	sessions *session.Service
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

	a.retention = retention.New(a.pool, a.retentionPolicy(), log, time.Now)

	// What goes wrong is in the log, and /readyz says so before there is no room left.
	_, _ = a.retention.Ensure(ctx)

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

	registry, err := profile.Load(profiles.Files, a.config.ProfilesDir)
	if err != nil {
		return fmt.Errorf("profiles: %w", err)
	}

	roots, err := a.config.ReadCAFile()
	if err != nil {
		return err
	}

	a.starter = workflows.NewClient(a.temporal, a.config.TemporalTaskQueue)

	var dispatcher delivery.Dispatcher = dispatch.Elsewhere{}

	wake, tend := func() {}, func() {}

	if a.config.Has(config.RoleWorker) {
		a.dispatcher = dispatch.New(a.pool, a.starter, a.log, dispatch.Options{
			Starters: a.config.DispatchStarters, MaxBatch: a.config.DispatchMaxBatch,
		}, time.Now)
		dispatcher, wake = a.dispatcher, a.dispatcher.Wake
		tend = func() { a.keeper.Wake() }
	}

	a.hub = pubsub.NewHub(a.pool, a.log, wake, tend)
	a.keys = apikey.NewService(a.pool, time.Now)
	expressions := expression.NewCache()
	a.types = eventtype.NewService(a.pool, time.Now)
	a.organizations = organization.NewService(a.pool, a.types, registry, time.Now)
	a.audit = audit.NewService(a.pool)
	a.deliveries = delivery.NewService(a.pool, dispatcher, a.log, time.Now)
	a.flow = flow.NewService(a.pool, dispatcher, a.log, time.Now)
	a.webhooks = webhook.NewService(a.pool, box, a.organizations,
		flow.Steering{Service: a.flow, Deliveries: a.deliveries}, a.log, time.Now)
	a.events = event.NewService(a.pool, event.Parts{
		Types: a.types, Organizations: a.organizations, Webhooks: a.webhooks, Dispatcher: dispatcher,
		Expressions: expressions, Log: a.log, Now: time.Now,
	})
	a.bulk = bulk.NewService(a.pool, bulk.Parts{
		Deliveries: a.deliveries, Events: a.events, Webhooks: a.webhooks, Expressions: expressions,
		Retention: time.Duration(a.config.RetentionDays) * 24 * time.Hour, Log: a.log, Now: time.Now,
	})
	a.stats = stats.NewService(a.pool, time.Now)
	a.recorder = delivery.NewRecorder(a.pool)
	a.egress = egress.New(egress.Config{
		AllowedPrefixes: a.config.EgressAllowedPrefixes,
		AllowedPorts:    a.config.EgressAllowedPorts,
		AnyPort:         a.config.EgressAnyPort,
		RootCAs:         roots,
		UserAgent:       userAgent,
	})
	a.sender = endpointauth.New(a.egress, time.Now)

	tender := upkeep.New(a.webhooks, a.deliveries, a.events, a.log, a.stats.Fold, a.bulk.Announce)
	renderer := outgoing.NewRenderer(expressions)
	a.runner = attempt.NewRunner(a.pool, attempt.Parts{
		Log: a.deliveries, Flow: a.flow, Recorder: a.recorder, Sender: a.sender, Renderer: renderer, Sealer: box,
		Watch: tender, Logger: a.log, Now: time.Now,
	})
	a.activities = activities.New(activities.Parts{
		Runner: a.runner, Continuer: a.starter, Recorder: a.recorder, Tender: tender, Drainer: a.flow,
		Retainer: a.retention, Operations: a.bulk,
	})
	a.keeper = keeper.New(a.log, keepEvery,
		keeper.Source{Name: "gates", Due: a.flow.Due, Start: a.starter.StartDrain},
		keeper.Source{Name: "bulk operations", Due: a.bulk.Due, Start: a.startBulkOperation})
	a.previews = preview.NewService(a.webhooks, a.events, a.organizations, renderer, expressions, a.egress, time.Now)
	a.explanations = explain.NewService(a.pool, a.events, expressions)
	a.system = a.newSystem()

	return a.wireConsole(box)
}

func (a *App) retentionPolicy() retention.Policy {
	return retention.Policy{LogDays: a.config.RetentionDays, PayloadDays: a.config.PayloadDays()}
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
		a.runner.Close()
		a.events.Close()
		a.flow.Close()
		a.sender.Close()
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
