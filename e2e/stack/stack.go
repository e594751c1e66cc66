package stack

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	readyFor   = 3 * time.Minute
	pollsEvery = 50 * time.Millisecond
)

// Stack is Postgres and Temporal, on which any number of Surehook processes can run.
type Stack struct {
	Dir      string
	Postgres *Process
	Temporal *Process

	// PostgresURL is a database of the server; others are made beside it.
	PostgresURL     string
	TemporalAddress string

	// Authority is one that Surehook trusts besides those of the system.
	Authority *Authority

	devBinary      string
	surehookBinary string
	temporalPort   string
}

// New builds the programs and starts Postgres and Temporal with data in dir.
func New(ctx context.Context, dir string) (_ *Stack, err error) {
	s := &Stack{Dir: dir, temporalPort: "0"}

	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()

	if s.Authority, err = NewAuthority("Surehook end-to-end tests"); err != nil {
		return nil, err
	}

	if err := os.WriteFile(s.authorityFile(), []byte(s.Authority.PEM()), 0o600); err != nil {
		return nil, fmt.Errorf("write authority: %w", err)
	}

	if s.devBinary, err = Build(ctx, dir, "./dev/cmd/surehook-dev"); err != nil {
		return nil, err
	}

	if s.surehookBinary, err = Build(ctx, dir, "./cmd/surehook"); err != nil {
		return nil, err
	}

	var env map[string]string

	if s.Postgres, env, err = s.StartPostgres(ctx, "postgres"); err != nil {
		return nil, err
	}

	s.PostgresURL = env["SUREHOOK_DATABASE_URL"]

	return s, s.StartTemporal(ctx)
}

// NewPostgres starts nothing but a Postgres server with data in dir, and returns its URL.
func NewPostgres(ctx context.Context, dir string) (*Process, string, error) {
	binary, err := Build(ctx, dir, "./dev/cmd/surehook-dev")
	if err != nil {
		return nil, "", err
	}

	s := &Stack{Dir: dir, devBinary: binary}

	process, env, err := s.StartPostgres(ctx, "postgres")

	return process, env["SUREHOOK_DATABASE_URL"], err
}

// StartPostgres starts a server of its own, with data in a directory of that name.
func (s *Stack) StartPostgres(ctx context.Context, name string) (*Process, map[string]string, error) {
	return s.startPart(ctx, name, "--parts", "postgres", "--postgres-port", "0")
}

// RestartPostgres starts a server again that was stopped, with its data and at its address.
func (s *Stack) RestartPostgres(ctx context.Context, name, databaseURL string) (*Process, error) {
	u, err := url.Parse(databaseURL)
	if err != nil {
		return nil, fmt.Errorf("read database url: %w", err)
	}

	process, _, err := s.startPart(ctx, name, "--parts", "postgres", "--postgres-port", u.Port())

	return process, err
}

// StartTemporal starts Temporal, at the same address as before if it ran before.
func (s *Stack) StartTemporal(ctx context.Context) error {
	process, env, err := s.startPart(ctx, "temporal",
		"--parts", "temporal", "--postgres-url", s.PostgresURL, "--temporal-port", s.temporalPort)
	if err != nil {
		return err
	}

	s.Temporal, s.TemporalAddress = process, env["TEMPORAL_ADDRESS"]

	if _, s.temporalPort, err = net.SplitHostPort(s.TemporalAddress); err != nil {
		return fmt.Errorf("read temporal address: %w", err)
	}

	return nil
}

// Close stops everything.
func (s *Stack) Close() error {
	var errs []error

	for _, one := range []*Process{s.Temporal, s.Postgres} {
		if one != nil {
			errs = append(errs, one.Stop())
		}
	}

	return errors.Join(errs...)
}

// CreateDatabase makes an empty database on a server and returns its URL.
func CreateDatabase(ctx context.Context, server, name string) (string, error) {
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		return "", fmt.Errorf("connect to make database: %w", err)
	}

	_, err = conn.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize())
	if err = errors.Join(err, conn.Close(ctx)); err != nil {
		return "", fmt.Errorf("make database: %w", err)
	}

	u, err := url.Parse(server)
	if err != nil {
		return "", fmt.Errorf("read server url: %w", err)
	}

	u.Path = "/" + name

	return u.String(), nil
}

func (s *Stack) authorityFile() string { return filepath.Join(s.Dir, "authority.pem") }

func (s *Stack) startPart(ctx context.Context, name string, args ...string) (*Process, map[string]string, error) {
	dir := filepath.Join(s.Dir, name)
	args = append(args, "--data-dir", dir)

	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, nil, fmt.Errorf("make data directory: %w", err)
	}

	process, err := Start(name, s.devBinary, nil, args...)
	if err != nil {
		return nil, nil, err
	}

	var env map[string]string

	err = until(ctx, process, func() (bool, error) {
		env, err = readEnv(filepath.Join(dir, "env"))
		if errors.Is(err, fs.ErrNotExist) {
			return false, nil
		}

		return err == nil, err
	})

	return process, env, err
}

// until polls a program that has no other way to say that it is ready.
func until(ctx context.Context, process *Process, ready func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, readyFor)
	defer cancel()

	for {
		ok, err := ready()
		if ok || err != nil {
			return err
		}

		select {
		case <-time.After(pollsEvery):
		case <-process.Done():
			return fmt.Errorf("%s ended before it was ready:\n%s", process.name, process.tail())
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready: %w\n%s", process.name, context.Cause(ctx), process.tail())
		}
	}
}

func readEnv(path string) (map[string]string, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()

	env := make(map[string]string)

	lines := bufio.NewScanner(file)
	for lines.Scan() {
		name, value, ok := strings.Cut(strings.TrimPrefix(lines.Text(), "export "), "=")
		if ok {
			env[name] = strings.Trim(value, "'")
		}
	}

	return env, lines.Err()
}

// readyz asks a Surehook process whether everything is there that it needs.
func readyz(base string) (bool, error) {
	response, err := http.Get(base + "/readyz")
	if err != nil {
		return false, nil //nolint:nilerr // Not listening yet is not ready yet.
	}
	defer response.Body.Close()

	var parts map[string]string

	if err := json.NewDecoder(response.Body).Decode(&parts); err != nil {
		return false, fmt.Errorf("read readiness: %w", err)
	}

	for _, state := range parts {
		if state != "ok" {
			return false, nil
		}
	}

	return true, nil
}
