package postgres

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/surehook/surehook/dev/freeport"
)

const (
	// fastShutdownTimeout is how long a fast shutdown (SIGINT: roll back, write
	// a checkpoint, leave) may take before the server is told to drop everything.
	fastShutdownTimeout = 20 * time.Second

	// readyPollInterval is the pause between two attempts to connect while the
	// server starts or recovers. It bounds how late readiness is noticed.
	readyPollInterval = 25 * time.Millisecond

	// startTimeout bounds the wait for the first accepted connection. Crash
	// recovery of a development database is far below it.
	startTimeout = 60 * time.Second

	// superuser is the role initdb creates and everybody connects as.
	superuser = "surehook"
)

// Options says where the cluster lives and how it is reached.
type Options struct {
	// BinaryRepository is the Maven repository binaries are downloaded from
	// when the machine has none. Empty means Maven Central.
	BinaryRepository string

	// Dir is the data directory of the development stack. The cluster is kept
	// in its subdirectory "postgres", the server's log in "postgres.log".
	Dir string

	// Downloading, when not nil, is called before binaries are downloaded,
	// which may take a minute, with the release that will be.
	Downloading func(release string)

	// Logger receives one line when the server is up and one when it is gone.
	// Nil means slog.Default.
	Logger *slog.Logger

	// Port is the TCP port on 127.0.0.1; 0 picks a free one.
	Port int
}

// Server is a running Postgres server. Its methods may be called from any
// goroutine.
type Server struct {
	home     home
	log      *slog.Logger
	lock     *os.File
	logPath  string
	password string
	port     int
	process  *process
}

// Start brings the cluster up, creating it first if it does not exist, and
// returns once it accepts connections. A server that a killed process left
// behind on the same data is stopped first. Cancelling ctx gives up the start;
// it has no effect on a server that has been returned: stop that with Stop.
//
// The error names the data directory and, where the server itself failed,
// carries the end of its log.
func Start(ctx context.Context, opts Options) (*Server, error) {
	began := time.Now()
	log := opts.Logger
	if log == nil {
		log = slog.Default()
	}

	dir, err := filepath.Abs(opts.Dir)
	if err != nil {
		return nil, fmt.Errorf("resolve data directory %q: %w", opts.Dir, err)
	}
	home, err := openHome(ctx, dir)
	if err != nil {
		return nil, fmt.Errorf("prepare Postgres directory in %s: %w", dir, err)
	}
	lock, err := lockHome(home)
	if err != nil {
		return nil, err
	}

	s := &Server{home: home, lock: lock, log: log, logPath: filepath.Join(dir, "postgres.log"), port: opts.Port}
	if err := s.start(ctx, opts); err != nil {
		_ = s.lock.Close()
		return nil, fmt.Errorf("start Postgres on %s: %w", home.path, err)
	}
	log.InfoContext(ctx, "postgres started", slog.String("home", home.path), slog.Int("port", s.port),
		slog.Int("pid", s.process.pid), slog.Duration("took", time.Since(began)))
	return s, nil
}

// start does the work of Start once the home is locked.
func (s *Server) start(ctx context.Context, opts Options) error {
	bin, err := findOrDownload(ctx, s.home, opts)
	if err != nil {
		return err
	}
	if err := stopOrphan(ctx, s.home); err != nil {
		return err
	}
	if s.password, err = ensureCluster(ctx, s.home, bin); err != nil {
		return err
	}
	if s.port == 0 {
		ports, err := freeport.Pick(ctx, 1)
		if err != nil {
			return err
		}
		s.port = ports[0]
	}
	if s.process, err = launch(s.home, bin, s.port, s.logPath); err != nil {
		return err
	}
	if err := s.waitReady(ctx); err != nil {
		return errors.Join(err, s.process.stop(context.WithoutCancel(ctx), fastShutdownTimeout))
	}
	return nil
}

// waitReady connects until the server answers, the process ends, or ctx does.
// The server announces readiness nowhere but on its socket, hence the polling.
func (s *Server) waitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()

	tick := time.NewTicker(readyPollInterval)
	defer tick.Stop()
	var last error
	for {
		conn, err := pgx.Connect(ctx, s.URL("postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		last = err
		select {
		case <-tick.C:
		case <-s.process.done:
			return fmt.Errorf("the server ended while starting (%w); the end of its log:\n%s",
				s.process.err, tail(s.logPath))
		case <-ctx.Done():
			return fmt.Errorf("wait for the server to accept connections: %w (last answer: %w)", ctx.Err(), last)
		}
	}
}

// URL returns the connection string for a database of this cluster. It
// contains the cluster's password.
func (s *Server) URL(database string) string {
	u := url.URL{
		Scheme:   "postgres",
		Host:     net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)),
		Path:     "/" + database,
		RawQuery: "sslmode=disable",
		User:     url.UserPassword(superuser, s.password),
	}
	return u.String()
}

// Home returns the directory that holds the cluster and its password. It is
// outside the data directory when the unprivileged account cannot reach that.
func (s *Server) Home() string { return s.home.path }

// PID returns the process id of the postmaster.
func (s *Server) PID() int { return s.process.pid }

// Port returns the TCP port on 127.0.0.1.
func (s *Server) Port() int { return s.port }

// Done is closed when the server process has ended, for whatever reason.
func (s *Server) Done() <-chan struct{} { return s.process.done }

// Err says how the server process ended. Call it only after Done is closed.
func (s *Server) Err() error {
	if s.process.err == nil {
		return nil
	}
	return fmt.Errorf("postgres ended: %w; the end of its log:\n%s", s.process.err, tail(s.logPath))
}

// Stop shuts the server down: fast at first (transactions roll back, a
// checkpoint is written), then, when that takes too long or ctx ends,
// immediately, which is safe but leaves recovery to the next start. It returns
// when the process is gone and may be called twice.
func (s *Server) Stop(ctx context.Context) error {
	began := time.Now()
	err := s.process.stop(ctx, fastShutdownTimeout)
	if closeErr := s.lock.Close(); closeErr != nil && !errors.Is(closeErr, os.ErrClosed) {
		err = errors.Join(err, fmt.Errorf("release lock on %s: %w", s.home.path, closeErr))
	}
	s.log.InfoContext(ctx, "postgres stopped", slog.Duration("took", time.Since(began)))
	return err
}
