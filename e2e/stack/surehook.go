package stack

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"

	"github.com/google/uuid"
)

// Surehook is one installation: a database, a task queue, keys, and the processes that serve it.
type Surehook struct {
	*Process

	URL         string
	OperatorKey string
	DatabaseURL string
	TaskQueue   string

	stack   *Stack
	address string
	env     []string
}

// Options are what a test may want otherwise.
type Options struct {
	// Server is the Postgres server to use instead of the stack's.
	Server string
	// Env are further settings, NAME=value.
	Env []string
	// NotReady returns as soon as the process listens, ready or not.
	NotReady bool
}

// SourceRanges are the networks that installations say they send from.
func SourceRanges() []string { return []string{"192.0.2.0/24", "2001:db8::/48"} }

// StartSurehook makes an installation and starts a process with both roles.
func (s *Stack) StartSurehook(ctx context.Context, options Options) (*Surehook, error) {
	keyset, err := s.output("keyset")
	if err != nil {
		return nil, err
	}

	operatorKey, err := s.output("operator-key")
	if err != nil {
		return nil, err
	}

	server := options.Server
	if server == "" {
		server = s.PostgresURL
	}

	name := "surehook_" + strings.ReplaceAll(uuid.NewString(), "-", "")

	databaseURL, err := CreateDatabase(ctx, server, name)
	if err != nil {
		return nil, err
	}

	out := &Surehook{stack: s, OperatorKey: operatorKey, DatabaseURL: databaseURL, TaskQueue: name}
	out.env = append([]string{
		"SUREHOOK_AUTO_MIGRATE=true",
		"SUREHOOK_DATABASE_URL=" + databaseURL,
		"SUREHOOK_EGRESS_ALLOWED_PREFIXES=127.0.0.0/8,::1/128",
		"SUREHOOK_EGRESS_ANY_PORT=true",
		"SUREHOOK_EGRESS_CA_FILE=" + s.authorityFile(),
		"SUREHOOK_EGRESS_SOURCE_RANGES=" + strings.Join(SourceRanges(), ","),
		"SUREHOOK_KEYSET=" + keyset,
		"SUREHOOK_OPERATOR_KEY=" + operatorKey,
		"SUREHOOK_TEMPORAL_ADDRESS=" + s.TemporalAddress,
		"SUREHOOK_TEMPORAL_TASK_QUEUE=" + name,
		"SUREHOOK_TEMPORAL_UI_URL=http://127.0.0.1:8233",
	}, options.Env...)

	return out, out.Restart(ctx, options)
}

// Restart starts the process again, at the same address.
func (s *Surehook) Restart(ctx context.Context, options Options) (err error) {
	if s.address == "" {
		if s.address, err = freeAddress(); err != nil {
			return err
		}
	}

	s.URL = "http://" + s.address
	s.Process, err = s.serve(ctx, s.address, options)

	return err
}

// Another starts a further process of the installation, at an address of its own.
func (s *Surehook) Another(ctx context.Context, options Options) (*Process, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}

	return s.serve(ctx, address, options)
}

func (s *Surehook) serve(ctx context.Context, address string, options Options) (*Process, error) {
	process, err := Start("surehook", s.stack.surehookBinary,
		append(append(s.env, "SUREHOOK_HTTP_ADDRESS="+address), options.Env...), "serve")
	if err != nil {
		return nil, err
	}

	err = until(ctx, process, func() (bool, error) {
		if options.NotReady {
			conn, err := net.Dial("tcp", address)
			if err != nil {
				return false, nil //nolint:nilerr // Not listening yet is not ready yet.
			}

			return true, conn.Close()
		}

		return readyz("http://" + address)
	})
	if err != nil {
		return nil, errors.Join(err, process.Kill())
	}

	return process, nil
}

// Command runs a command of the surehook binary to its end and returns all that it wrote.
func (s *Stack) Command(ctx context.Context, env []string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, s.surehookBinary, args...)
	cmd.Env = append(os.Environ(), env...)

	text, err := cmd.CombinedOutput()

	return string(text), err
}

func (s *Stack) output(args ...string) (string, error) {
	text, err := exec.Command(s.surehookBinary, args...).Output()
	if err != nil {
		return "", fmt.Errorf("surehook %s: %w", strings.Join(args, " "), err)
	}

	return strings.TrimSpace(string(text)), nil
}

func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}

	return listener.Addr().String(), listener.Close()
}
