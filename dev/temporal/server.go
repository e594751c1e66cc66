package temporal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"go.temporal.io/server/common/authorization"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/temporal"
)

// DefaultNamespace is the namespace that exists when Start returns.
const DefaultNamespace = "default"

// stopTimeout bounds a graceful stop. The services finish what they are doing
// and close their connections, which takes a second or two.
const stopTimeout = 30 * time.Second

// Options says what the server stores its state in and where it listens.
type Options struct {
	// HistoryShards is the number of shards executions are spread over, fixed
	// when the database is first used; 0 means 4. Each costs some idle work and
	// serializes the writes of its executions.
	HistoryShards int32

	// Logger receives what the server reports at warning level and above. Nil
	// means slog.Default.
	Logger *slog.Logger

	// Port is the frontend's gRPC port on 127.0.0.1; 0 picks a free one. The
	// other services always get free ones.
	Port int

	// PostgresURL leads to any database of the Postgres server, as a role that
	// may create databases. The databases "temporal" and "temporal_visibility"
	// are created when missing.
	PostgresURL string

	// Retention is how long a closed execution of the default namespace is
	// kept; 0 means 72 hours. It is applied when the namespace is created.
	Retention time.Duration
}

// Server is a running Temporal server. Its methods may be called from any
// goroutine.
type Server struct {
	address string
	done    chan struct{}
	err     error // valid once done is closed
	log     *slog.Logger

	fail func(error) // ends the server's life with an error; first call wins
	stop func() error
}

// started is the outcome of assembling and starting the services.
type started struct {
	err  error
	stop func() error // nil when there is nothing to stop
}

// Start creates or upgrades the schema, starts the four services, and returns
// when the frontend reports SERVING and the default namespace accepts work.
// When ctx ends first the start is given up and what was started is stopped.
func Start(ctx context.Context, opts Options) (*Server, error) {
	began := time.Now()
	if opts.Logger == nil {
		opts.Logger = slog.Default()
	}
	if opts.HistoryShards == 0 {
		opts.HistoryShards = 4
	}
	if opts.Retention == 0 {
		opts.Retention = 72 * time.Hour
	}

	s := &Server{done: make(chan struct{}), log: opts.Logger}
	s.fail = func() func(error) {
		var once sync.Once
		return func(err error) { once.Do(func() { s.err = err; close(s.done) }) }
	}()

	stores, err := prepareStores(ctx, opts.PostgresURL, opts.Logger)
	if err != nil {
		return nil, fmt.Errorf("prepare Temporal's databases: %w", err)
	}
	ports, err := pickPorts(ctx, opts.Port)
	if err != nil {
		return nil, fmt.Errorf("pick ports for Temporal: %w", err)
	}
	s.address = ports.address(ports.frontend)

	if err := s.run(ctx, serverConfig(stores, ports, opts.HistoryShards), ports); err != nil {
		return nil, fmt.Errorf("start Temporal on %s: %w", s.address, err)
	}
	if err := s.waitReady(ctx, opts.Retention); err != nil {
		return nil, errors.Join(fmt.Errorf("wait for Temporal on %s: %w", s.address, err),
			s.Stop(context.WithoutCancel(ctx)))
	}
	opts.Logger.InfoContext(ctx, "temporal started", slog.String("address", s.address),
		slog.Duration("took", time.Since(began)))
	return s, nil
}

// run assembles the server and starts its services. Assembling already talks
// to the database, and the library takes no context for either, so both happen
// in a goroutine. When ctx ends or the server reports a fatal condition, what
// has come up by then is stopped.
func (s *Server) run(ctx context.Context, cfg *config.Config, ports ports) error {
	outcome := make(chan started, 1)
	go func() {
		defer close(outcome) // a fatal condition ends this goroutine in the middle
		server, err := temporal.NewServer(
			temporal.ForServices(temporal.DefaultServices),
			temporal.WithAuthorizer(authorization.NewNoopAuthorizer()),
			temporal.WithConfig(cfg),
			temporal.WithDynamicConfigClient(dynamicConfig()),
			temporal.WithLogger(newLogger(s.log, s.fail)),
			temporal.WithStaticHosts(ports.hosts()),
		)
		if err != nil {
			outcome <- started{err: fmt.Errorf("assemble: %w", err)}
			return
		}
		outcome <- started{err: server.Start(), stop: sync.OnceValue(server.Stop)}
	}()

	var cause error
	select {
	case result, ok := <-outcome:
		if ok && result.err == nil {
			s.stop = result.stop
			return nil
		}
		return errors.Join(result.err, s.fatal(), abandon(ctx, result))
	case <-s.done:
		cause = s.err
	case <-ctx.Done():
		cause = ctx.Err()
	}
	select {
	case result := <-outcome:
		return errors.Join(cause, abandon(ctx, result))
	case <-time.After(stopTimeout):
		return errors.Join(cause, errors.New("the start could not be interrupted"))
	}
}

// fatal is the condition the server has reported, if any.
func (s *Server) fatal() error {
	select {
	case <-s.done:
		return s.err
	default:
		return nil
	}
}

// abandon stops what a failed start has left running, within limits.
func abandon(ctx context.Context, result started) error {
	if result.stop == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	return await(ctx, result.stop)
}

// await runs stop, which cannot be interrupted, and returns when it has ended
// or ctx has.
func await(ctx context.Context, stop func() error) error {
	stopped := make(chan error, 1)
	go func() { stopped <- stop() }()
	select {
	case err := <-stopped:
		if err != nil {
			return fmt.Errorf("stop Temporal: %w", err)
		}
		return nil
	case <-ctx.Done():
		return fmt.Errorf("stop Temporal: %w", ctx.Err())
	}
}

// Address returns the frontend's host:port for gRPC clients.
func (s *Server) Address() string { return s.address }

// Done is closed when the server has met a condition it cannot go on from, or
// has been stopped.
func (s *Server) Done() <-chan struct{} { return s.done }

// Err says why the server ended: nil after Stop. Call it only after Done is
// closed.
func (s *Server) Err() error { return s.err }

// Stop ends the services in the reverse order of their start and returns when
// they have ended, when ctx ends, or after 30 seconds. It may be called twice.
func (s *Server) Stop(ctx context.Context) error {
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, stopTimeout)
	defer cancel()

	if err := await(ctx, s.stop); err != nil {
		return err
	}
	s.fail(nil)
	s.log.InfoContext(ctx, "temporal stopped", slog.Duration("took", time.Since(began)))
	return nil
}
