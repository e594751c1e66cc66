package receiver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"time"
)

// Options says where the receiver listens.
type Options struct {
	// Logger receives one line per request. Nil means slog.Default.
	Logger *slog.Logger

	// Port is the HTTP port on 127.0.0.1; 0 picks a free one.
	Port int
}

// Server is a receiver that listens. Its methods may be called from any
// goroutine.
type Server struct {
	*Receiver

	done chan struct{}
	err  error // valid once done is closed
	http *http.Server
	url  string
}

// Start listens and returns; requests are accepted from then on.
func Start(ctx context.Context, opts Options) (*Server, error) {
	r := New(opts.Logger)
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(opts.Port)))
	if err != nil {
		return nil, fmt.Errorf("start sample receiver: %w", err)
	}
	s := &Server{
		Receiver: r,
		done:     make(chan struct{}),
		http: &http.Server{
			Handler:           r,
			IdleTimeout:       time.Minute,
			ReadHeaderTimeout: 10 * time.Second,
		},
		url: "http://" + listener.Addr().String(),
	}
	go func() {
		defer close(s.done)
		if err := s.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			s.err = fmt.Errorf("serve sample receiver: %w", err)
		}
	}()
	r.log.InfoContext(ctx, "sample receiver started", slog.String("url", s.url))
	return s, nil
}

// URL is the receiver's address, without a path.
func (s *Server) URL() string { return s.url }

// Done is closed when the receiver has ended.
func (s *Server) Done() <-chan struct{} { return s.done }

// Err says why the receiver ended: nil after Stop. Call it only after Done is
// closed.
func (s *Server) Err() error { return s.err }

// Stop answers the requests that are under way, then closes. When ctx ends
// first, connections are cut.
func (s *Server) Stop(ctx context.Context) error {
	if err := s.http.Shutdown(ctx); err != nil {
		return errors.Join(fmt.Errorf("stop sample receiver: %w", err), s.http.Close())
	}
	<-s.done
	return s.err
}
