package stack

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/surehook/surehook/dev/atomicfile"
	"github.com/surehook/surehook/dev/demo"
	"github.com/surehook/surehook/dev/postgres"
	"github.com/surehook/surehook/internal/apikey"
	"github.com/surehook/surehook/internal/app"
	"github.com/surehook/surehook/internal/config"
	"github.com/surehook/surehook/internal/secretbox"
)

const (
	// surehookShutdown is how long attempts under way may take at a stop. A
	// developer who presses Ctrl-C does not wait for the slowest receiver.
	surehookShutdown = 20 * time.Second

	surehookReadyInterval = 25 * time.Millisecond
	surehookReadyTimeout  = 60 * time.Second
)

// loopback are the networks webhooks may reach here and nowhere else.
var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}

// surehook is the product, running in this process.
type surehook struct {
	cancel context.CancelFunc
	done   chan struct{}
	err    error // valid once done is closed
	url    string
}

var _ running = (*surehook)(nil)

// Done implements running.
func (s *surehook) Done() <-chan struct{} { return s.done }

// Err implements running.
func (s *surehook) Err() error { return s.err }

// Stop implements running.
func (s *surehook) Stop(ctx context.Context) error {
	s.cancel()
	select {
	case <-s.done:
		return s.err
	case <-ctx.Done():
		return fmt.Errorf("stop Surehook: %w", ctx.Err())
	}
}

// startSurehook runs the product itself on the Postgres and Temporal of this
// stack, and makes the demonstration organization.
func (b *builder) startSurehook(ctx context.Context) (running, error) {
	if err := postgres.EnsureDatabases(ctx, b.addresses.postgresURL, surehookDatabase); err != nil {
		return nil, err
	}
	cfg, err := b.surehookConfig()
	if err != nil {
		return nil, err
	}
	product, err := app.New(ctx, cfg, b.console)
	if err != nil {
		return nil, err
	}

	runCtx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s := &surehook{cancel: cancel, done: make(chan struct{}), url: "http://" + product.Address()}
	go func() {
		defer close(s.done)
		s.err = product.Run(runCtx)
	}()
	if err := errors.Join(s.waitReady(ctx), ctx.Err()); err != nil {
		return nil, errors.Join(err, s.Stop(context.WithoutCancel(ctx)))
	}
	b.addresses.surehookURL, b.addresses.operatorKey = s.url, cfg.OperatorKey
	if err := b.bootstrap(ctx); err != nil {
		return nil, errors.Join(err, s.Stop(context.WithoutCancel(ctx)))
	}
	if cfg.Console {
		// Browsers keep to themselves what follows the #, so the key reaches no log
		// and no other server. The console takes it out of the address at once.
		b.addresses.consoleURL = s.url + "/#token=" + b.addresses.apiKey
	}
	return s, nil
}

// surehookConfig is what the environment says, so that SUREHOOK_* variables
// can be tried out here, with everything replaced that this stack decides.
func (b *builder) surehookConfig() (config.Config, error) {
	cfg, err := config.Load()
	if err != nil {
		return config.Config{}, err
	}
	cfg.AutoMigrate = true
	cfg.DatabaseURL = b.addresses.databaseURL
	cfg.EgressAllowedPrefixes = append(cfg.EgressAllowedPrefixes, loopback...)
	cfg.EgressAnyPort = true
	cfg.HTTPAddress = net.JoinHostPort("127.0.0.1", strconv.Itoa(b.cfg.Ports[partSurehook]))
	cfg.ShutdownTimeout = surehookShutdown
	cfg.TemporalAddress = b.addresses.temporalAddress
	cfg.TemporalUIURL = b.addresses.temporalUIURL

	cfg.KeysetFile = ""
	if cfg.Keyset, err = persisted(filepath.Join(b.cfg.DataDir, "keyset"), secretbox.Generate); err != nil {
		return config.Config{}, err
	}
	cfg.OperatorKey, err = persisted(filepath.Join(b.cfg.DataDir, "operator-key"),
		func() (string, error) { return apikey.NewOperatorToken(), nil })
	return cfg, err
}

// waitReady asks Surehook until Postgres and Temporal can be used through it.
func (s *surehook) waitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, surehookReadyTimeout)
	defer cancel()
	tick := time.NewTicker(surehookReadyInterval)
	defer tick.Stop()
	for {
		err := s.checkReady(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-s.done:
			return errors.New("it ended while starting")
		case <-ctx.Done():
			return fmt.Errorf("wait for Surehook to be ready: %w (last answer: %w)", ctx.Err(), err)
		}
	}
}

// checkReady makes one request to the readiness page.
func (s *surehook) checkReady(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+"/readyz", http.NoBody)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("readiness page answered %s", resp.Status)
	}
	return nil
}

// bootstrap makes the demonstration organization and has the sample receiver
// check the signatures of its webhook.
func (b *builder) bootstrap(ctx context.Context) error {
	result, err := demo.Bootstrap(ctx, demo.Options{
		Logger:      b.file,
		OperatorKey: b.addresses.operatorKey,
		ReceiverURL: b.addresses.receiverURL,
		StateFile:   filepath.Join(b.cfg.DataDir, "demo.json"),
		URL:         b.addresses.surehookURL,
	})
	if err != nil {
		return err
	}
	b.addresses.apiKey = result.APIKey
	if b.receiver == nil || result.SigningSecret == "" {
		return nil
	}
	return b.receiver.SetSecret(result.SigningSecret)
}

// persisted returns the content of a file, which is made with the first start
// and stays the same from then on.
func persisted(path string, generate func() (string, error)) (string, error) {
	content, err := os.ReadFile(path)
	if err == nil {
		return strings.TrimSpace(string(content)), nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("read %s: %w", path, err)
	}
	value, err := generate()
	if err != nil {
		return "", fmt.Errorf("make %s: %w", filepath.Base(path), err)
	}
	return value, atomicfile.Write(path, []byte(value+"\n"))
}
