package stack

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/surehook/surehook/dev/postgres"
)

// Exit codes of Main.
const (
	exitOK     = 0
	exitFailed = 1 // a part failed, or did not stop cleanly
	exitUsage  = 2 // the command line or the environment makes no sense
	exitKilled = 130
)

// Main is the whole program: it parses, runs until SIGINT, SIGTERM or SIGHUP,
// and returns the exit code. A second signal ends the process at once; the
// kernel or a watchdog then shuts Postgres down.
func Main(args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	cfg, err := ParseConfig(args, getenv, stdout)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitOK
	case err != nil:
		fmt.Fprintf(stderr, "surehook-dev: %v\n", err)
		return exitUsage
	}

	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer signal.Stop(signals)
	go func() {
		<-signals
		fmt.Fprintln(stdout, "stopping; once more to kill")
		cancel()
		<-signals
		os.Exit(exitKilled)
	}()

	if cfg.Reset {
		err = reset(ctx, cfg)
	} else {
		err = Run(ctx, cfg, stdout, stderr)
	}
	if err != nil {
		fmt.Fprintf(stderr, "surehook-dev: %v\n", err)
		return exitFailed
	}
	return exitOK
}

// Run starts the parts of cfg, says so on stdout, and goes on until ctx ends
// or a part does. The error is nil when it was ctx that ended and everything
// stopped cleanly. What Surehook and the sample receiver do is logged to
// stderr; what the others have to say goes to dev.log in the data directory.
func Run(ctx context.Context, cfg Config, stdout, stderr io.Writer) (err error) {
	if err := checkPorts(ctx, cfg); err != nil {
		return err
	}
	if err := cfg.makeDataDir(); err != nil {
		return err
	}
	if err := removeEnv(cfg.EnvFile); err != nil {
		return err
	}
	logFile, err := openLog(filepath.Join(cfg.DataDir, "dev.log"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, logFile.Close()) }()

	lines := &progress{began: time.Now(), out: stdout}
	b := &builder{
		addresses: &addresses{},
		cfg:       cfg,
		console:   slog.New(slog.NewTextHandler(stderr, nil)),
		file:      slog.New(slog.NewTextHandler(logFile, nil)),
		say:       lines.line,
	}
	parts, err := b.build()
	if err != nil {
		return err
	}
	err = supervise(ctx, parts, lines, func() error {
		return errors.Join(b.addresses.print(stdout, cfg.EnvFile), b.addresses.writeEnv(cfg.EnvFile))
	})
	return errors.Join(err, removeEnv(cfg.EnvFile))
}

// reset removes what the stack keeps in the data directory. Only files of
// ours are touched, so that a mistaken --data-dir does no harm.
func reset(ctx context.Context, cfg Config) error {
	if err := postgres.Remove(ctx, cfg.DataDir); err != nil {
		return err
	}
	errs := []error{removeEnv(cfg.EnvFile)}
	for _, name := range []string{
		"demo.json", "dev.log", "keyset", "operator-key", "postgres.log", "postgres.log.1",
	} {
		errs = append(errs, os.RemoveAll(filepath.Join(cfg.DataDir, name)))
	}
	_ = os.Remove(cfg.DataDir) // stays when something else is in it
	return errors.Join(errs...)
}

// maxLogBytes is the size above which the log is begun anew.
const maxLogBytes = 10 << 20

// openLog opens the log for appending.
func openLog(path string) (*os.File, error) {
	flags := os.O_CREATE | os.O_WRONLY | os.O_APPEND
	if st, err := os.Stat(path); err == nil && st.Size() > maxLogBytes {
		flags |= os.O_TRUNC
	}
	f, err := os.OpenFile(path, flags, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open log: %w", err)
	}
	return f, nil
}

// progress prints one line per step with the time since the start.
type progress struct {
	began time.Time
	out   io.Writer
}

var _ observer = (*progress)(nil)

func (p *progress) ready(part Part)    { p.line(part.Name(), "ready") }
func (p *progress) starting(part Part) { p.line(part.Name(), "starting") }
func (p *progress) stopping(part Part) { p.line(part.Name(), "stopping") }

// line prints one line.
func (p *progress) line(part, what string) {
	fmt.Fprintf(p.out, "%6.1fs  %-9s %s\n", time.Since(p.began).Seconds(), part, what)
}
