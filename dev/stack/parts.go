package stack

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/surehook/surehook/dev/postgres"
	"github.com/surehook/surehook/dev/receiver"
	"github.com/surehook/surehook/dev/temporal"
	"github.com/surehook/surehook/dev/webui"
)

// surehookDatabase is the database of the product itself.
const surehookDatabase = "surehook"

// builder makes the parts of a configuration.
type builder struct {
	addresses *addresses
	cfg       Config
	console   *slog.Logger            // what a developer watches: events, attempts, requests
	file      *slog.Logger            // what one looks up when something is wrong
	receiver  *receiver.Server        // set while the receiver is a part of this process
	say       func(part, what string) // prints a line of progress
}

// build returns the parts in starting order.
func (b *builder) build() ([]Part, error) {
	if err := b.adopt(); err != nil {
		return nil, err
	}
	start := map[string]func(context.Context) (running, error){
		partPostgres: b.startPostgres,
		partReceiver: b.startReceiver,
		partSurehook: b.startSurehook,
		partTemporal: b.startTemporal,
		partUI:       b.startUI,
	}
	parts := make([]Part, len(b.cfg.Parts))
	for i, name := range b.cfg.Parts {
		parts[i] = service{name: name, start: start[name]}
	}
	return parts, nil
}

// adopt takes over the addresses of parts that run elsewhere.
func (b *builder) adopt() error {
	b.addresses.temporalAddress = b.cfg.TemporalAddress
	if b.cfg.PostgresURL == "" {
		return nil
	}
	databaseURL, err := postgres.DatabaseURL(b.cfg.PostgresURL, surehookDatabase)
	if err != nil {
		return fmt.Errorf("--postgres-url: %w", err)
	}
	b.addresses.postgresURL, b.addresses.databaseURL = b.cfg.PostgresURL, databaseURL
	return nil
}

// startPostgres runs the cluster in the data directory. All databases are made
// here, so that a process with the other parts can use any of them at once.
func (b *builder) startPostgres(ctx context.Context) (running, error) {
	server, err := postgres.Start(ctx, postgres.Options{
		Dir:         b.cfg.DataDir,
		Downloading: func(release string) { b.say(partPostgres, "downloading release "+release) },
		Logger:      b.file,
		Port:        b.cfg.Ports[partPostgres],
	})
	if err != nil {
		return nil, err
	}
	b.addresses.postgresURL = server.URL("postgres")
	b.addresses.databaseURL = server.URL(surehookDatabase)
	if err := postgres.EnsureDatabases(ctx, b.addresses.postgresURL, surehookDatabase); err != nil {
		_ = server.Stop(context.WithoutCancel(ctx))
		return nil, err
	}
	return server, nil
}

// startTemporal runs the Temporal server on that Postgres.
func (b *builder) startTemporal(ctx context.Context) (running, error) {
	server, err := temporal.Start(ctx, temporal.Options{
		Logger:      b.file,
		Port:        b.cfg.Ports[partTemporal],
		PostgresURL: b.addresses.postgresURL,
	})
	if err != nil {
		return nil, err
	}
	b.addresses.temporalAddress = server.Address()
	return server, nil
}

// startUI serves the Temporal Web UI.
func (b *builder) startUI(ctx context.Context) (running, error) {
	server, err := webui.Start(ctx, webui.Options{
		Logger:          b.file,
		Namespace:       temporal.DefaultNamespace,
		Port:            b.cfg.Ports[partUI],
		TemporalAddress: b.addresses.temporalAddress,
	})
	if err != nil {
		return nil, err
	}
	b.addresses.temporalUIURL = server.URL()
	return server, nil
}

// startReceiver runs the sample receiver. Its requests are what a developer
// wants to see, so they go to the console.
func (b *builder) startReceiver(ctx context.Context) (running, error) {
	server, err := receiver.Start(ctx, receiver.Options{Logger: b.console, Port: b.cfg.Ports[partReceiver]})
	if err != nil {
		return nil, err
	}
	b.addresses.receiverURL, b.receiver = server.URL(), server
	return server, nil
}
