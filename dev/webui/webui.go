// Package webui serves the Temporal Web UI inside this process. Its assets are
// compiled into the ui-server module, so nothing is downloaded or built.
package webui

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/temporalio/ui-server/v2/server"
	"github.com/temporalio/ui-server/v2/server/config"
	"github.com/temporalio/ui-server/v2/server/server_options"

	"github.com/surehook/surehook/dev/freeport"
)

const (
	loopback          = "127.0.0.1"
	readyPollInterval = 10 * time.Millisecond
	readyTimeout      = 10 * time.Second
)

// Options says where the UI listens and what it shows.
type Options struct {
	// Logger receives one line when the UI is up. Nil means slog.Default.
	Logger *slog.Logger

	// Namespace is shown first. Empty means "default".
	Namespace string

	// Port is the HTTP port on 127.0.0.1; 0 picks a free one.
	Port int

	// TemporalAddress is the frontend's host:port. It is dialled when a page
	// needs it, so the frontend may come up later.
	TemporalAddress string
}

// Server is a running Web UI. Its methods may be called from any goroutine.
type Server struct {
	done   chan struct{}
	err    error // valid once done is closed
	log    *slog.Logger
	server *server.Server
	url    string
}

// Start serves the UI and returns when it answers.
//
// The library calls os.Exit when it cannot listen. Start therefore makes sure
// first that the port is free, which leaves only a race nobody loses in
// practice.
func Start(ctx context.Context, opts Options) (*Server, error) {
	if opts.Logger == nil {
		opts.Logger = slog.Default()
	}
	if opts.Namespace == "" {
		opts.Namespace = "default"
	}
	port, err := probePort(ctx, opts.Port)
	if err != nil {
		return nil, fmt.Errorf("start Temporal Web UI: %w", err)
	}

	s := &Server{
		done: make(chan struct{}),
		log:  opts.Logger,
		server: server.NewServer(server_options.WithConfigProvider(&config.Config{
			// The cookie that guards against cross-site requests has to travel
			// over plain HTTP.
			CORS:                config.CORS{CookieInsecure: true},
			DefaultNamespace:    opts.Namespace,
			DisableNewsFetch:    true,
			EnableUI:            true,
			HideLogs:            true,
			Host:                loopback,
			Port:                port,
			TemporalGRPCAddress: opts.TemporalAddress,
		})),
		url: "http://" + net.JoinHostPort(loopback, strconv.Itoa(port)),
	}
	go func() {
		defer close(s.done)
		s.err = s.server.Start()
	}()
	if err := s.waitReady(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("start Temporal Web UI on %s: %w", s.url, err), s.Stop(ctx))
	}
	opts.Logger.InfoContext(ctx, "temporal web ui started", slog.String("url", s.url))
	return s, nil
}

// probePort proves that a port can be listened on, or picks one for 0.
func probePort(ctx context.Context, port int) (int, error) {
	if port == 0 {
		ports, err := freeport.Pick(ctx, 1)
		if err != nil {
			return 0, err
		}
		return ports[0], nil
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort(loopback, strconv.Itoa(port)))
	if err != nil {
		return 0, err
	}
	return port, l.Close()
}

// waitReady asks the UI's health page until it answers.
func (s *Server) waitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	tick := time.NewTicker(readyPollInterval)
	defer tick.Stop()
	for {
		err := s.checkHealth(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-s.done:
			return errors.New("it ended while starting")
		case <-ctx.Done():
			return fmt.Errorf("%w (last answer: %w)", ctx.Err(), err)
		}
	}
}

// checkHealth makes one request to the health page.
func (s *Server) checkHealth(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+"/healthz", http.NoBody)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("health page answered %s", resp.Status)
	}
	return nil
}

// URL is the address to open in a browser.
func (s *Server) URL() string { return s.url }

// Done is closed when the UI has ended.
func (s *Server) Done() <-chan struct{} { return s.done }

// Err says why the UI ended: nil after Stop. Call it only after Done is closed.
func (s *Server) Err() error { return s.err }

// Stop closes the UI with its open connections and returns when it has ended
// or ctx has.
func (s *Server) Stop(ctx context.Context) error {
	s.server.Stop()
	select {
	case <-s.done:
		s.log.InfoContext(ctx, "temporal web ui stopped")
		return s.err
	case <-ctx.Done():
		return fmt.Errorf("stop Temporal Web UI: %w", ctx.Err())
	}
}
