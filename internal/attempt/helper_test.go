package attempt_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/db/dbtest"
	"github.com/surehook/surehook/internal/attempt"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/dispatch"
	"github.com/surehook/surehook/internal/egress"
	"github.com/surehook/surehook/internal/endpointauth"
	"github.com/surehook/surehook/internal/expression"
	"github.com/surehook/surehook/internal/flow"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/outgoing"
	"github.com/surehook/surehook/internal/profile"
	"github.com/surehook/surehook/internal/secretbox"
	"github.com/surehook/surehook/internal/settings"
	"github.com/surehook/surehook/internal/signing"
	"github.com/surehook/surehook/profiles"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("internal/poll.runtime_pollWait"))
}

// recorder is the real one, unless it is told to be away.
type recorder struct {
	*delivery.Recorder

	mu   sync.Mutex
	away bool
}

func (r *recorder) Record(ctx context.Context, record delivery.Record) error {
	r.mu.Lock()
	defer r.mu.Unlock()

	if r.away {
		<-ctx.Done()

		return errors.New("database is away")
	}

	return r.Recorder.Record(ctx, record)
}

// sender is the real one, unless it is told what comes back.
type sender struct {
	attempt.Sender

	result *egress.Result
	// meanwhile is what somebody does while a request is under way.
	meanwhile func()
}

func (s *sender) Do(ctx context.Context, key string, auth *endpointauth.Auth, request egress.Request) egress.Result {
	if s.meanwhile != nil {
		s.meanwhile()
	}

	if s.result != nil {
		return *s.result
	}

	return s.Sender.Do(ctx, key, auth, request)
}

// watch notes which webhooks deliveries have failed to for good.
type watch struct {
	mu     sync.Mutex
	failed []id.ID
}

func (w *watch) Failed(_ context.Context, webhook, _ id.ID) {
	w.mu.Lock()
	defer w.mu.Unlock()

	w.failed = append(w.failed, webhook)
}

// logs is where the runner writes its log.
type logs struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logs) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()

	return l.text.Write(line)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()

	return l.text.String()
}

type testBundle struct {
	pool     *db.Pool
	log      *delivery.Service
	flow     *flow.Service
	recorder *recorder
	runner   *attempt.Runner
	sender   *sender
	watch    *watch
	logs     *logs
	box      *secretbox.Box
	now      func() time.Time

	organization, webhook, delivery id.ID
	secrets                         []signing.Secret

	mu       sync.Mutex
	requests []*http.Request
	bodies   [][]byte
}

// setup makes a webhook whose receiver answers as told, and a delivery to it that is due. Its settings are those of the
// default profile, with a schedule of two retries.
func setup(t *testing.T, respond http.HandlerFunc) *testBundle {
	t.Helper()

	b := &testBundle{
		pool: dbtest.Pool(t), now: time.Now, watch: &watch{}, logs: &logs{},
		organization: id.New(id.Organization), webhook: id.New(id.Webhook),
	}
	silent := slog.New(slog.DiscardHandler)

	keyset, err := secretbox.Generate()
	require.NoError(t, err)

	b.box, err = secretbox.New([]byte(keyset))
	require.NoError(t, err)

	client := egress.New(egress.Config{
		AllowedPrefixes: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, AnyPort: true, UserAgent: "test",
	})
	authenticator := endpointauth.New(client, b.clock)
	b.sender = &sender{Sender: authenticator}
	b.log = delivery.NewService(b.pool, dispatch.Elsewhere{}, silent, b.clock)
	b.flow = flow.NewService(b.pool, dispatch.Elsewhere{}, silent, b.clock)
	b.recorder = &recorder{Recorder: delivery.NewRecorder(b.pool)}
	b.runner = attempt.NewRunner(b.pool, attempt.Parts{
		Log: b.log, Flow: b.flow, Recorder: b.recorder, Sender: b.sender,
		Renderer: outgoing.NewRenderer(expression.NewCache()), Sealer: b.box, Watch: b.watch,
		Logger: slog.New(slog.NewJSONHandler(b.logs, nil)),
		Now:    b.clock,
	})

	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}

		b.mu.Lock()
		b.requests, b.bodies = append(b.requests, r), append(b.bodies, body)
		b.mu.Unlock()

		if respond != nil {
			respond(w, r)
		}
	}))

	t.Cleanup(func() {
		b.runner.Close()
		b.flow.Close()
		authenticator.Close()
		b.recorder.Close()
		client.Close()
		server.Close()
	})

	b.insert(t, server.URL)

	return b
}

func (b *testBundle) clock() time.Time { return b.now() }

func (b *testBundle) insert(t *testing.T, url string) {
	t.Helper()

	b.exec(t, "INSERT INTO organizations (id, name, slug, created_at, updated_at) VALUES ($1, 'Acme', 'acme', now(), now())",
		b.organization.UUID())
	b.exec(t, `INSERT INTO webhooks (id, organization_id, name, url, status, settings, max_attempts, created_at, updated_at)
		VALUES ($1, $2, 'a', $3, 'ENABLED', '{}', 3, now(), now())`, b.webhook.UUID(), b.organization.UUID(), url)
	b.edit(t, func(s *settings.Settings) {
		*s = shipped(t, profile.Default).Settings
		s.TimeoutSeconds = 5
		s.RetryPolicy.DelaysSeconds, s.RetryPolicy.JitterPercent = []int{10, 20}, 0
	})
	b.addSecret(t)
	b.publish(t, `{"b":"<é>","a":1.10}`)
}

// publish makes another delivery, which all that follows is about.
func (b *testBundle) publish(t *testing.T, payload string) {
	t.Helper()

	b.delivery = id.New(id.Delivery)
	dbtest.Publish(t, b.pool, b.organization.UUID(), "a.b", payload, nil,
		dbtest.Delivery{ID: b.delivery.UUID(), WebhookID: b.webhook.UUID()})
}

// edit changes the settings of the webhook.
func (b *testBundle) edit(t *testing.T, change func(s *settings.Settings)) {
	t.Helper()

	var (
		text []byte
		now  settings.Settings
	)

	require.NoError(t, b.pool.QueryRow(t.Context(), "SELECT settings FROM webhooks").Scan(&text))
	require.NoError(t, json.Unmarshal(text, &now))
	change(&now)

	text, err := json.Marshal(now)
	require.NoError(t, err)
	b.exec(t, "UPDATE webhooks SET settings = $1, max_attempts = $2, version = version + 1", text, now.RetryPolicy.MaxAttempts())
}

var registry = sync.OnceValues(func() (*profile.Registry, error) { return profile.Load(profiles.Files, "") })

// shipped returns a profile that comes with Surehook.
func shipped(t *testing.T, name string) profile.Profile {
	t.Helper()

	all, err := registry()
	require.NoError(t, err)

	found, ok := all.Get(name)
	require.True(t, ok, name)

	return found
}

func (b *testBundle) addSecret(t *testing.T) {
	t.Helper()

	secret := signing.NewSecret()
	b.exec(t, `INSERT INTO webhook_secrets (id, webhook_id, kind, sealed, hint, created_at)
		VALUES ($1, $2, 'SYMMETRIC', $3, 'hint', now())`,
		id.New(id.Secret).UUID(), b.webhook.UUID(), b.seal(t, secret.Reveal(), "signing-secret"))

	b.secrets = append([]signing.Secret{secret}, b.secrets...)
}

// seal seals something of the webhook, for the purpose that it is read with.
func (b *testBundle) seal(t *testing.T, text, purpose string) []byte {
	t.Helper()

	sealed, err := b.box.Seal([]byte(text), []byte(b.organization.String()+"/"+b.webhook.String()+"/"+purpose))
	require.NoError(t, err)

	return sealed
}

func (b *testBundle) exec(t *testing.T, sql string, args ...any) {
	t.Helper()

	_, err := b.pool.Exec(t.Context(), sql, args...)
	require.NoError(t, err)
}

func (b *testBundle) run(t *testing.T) attempt.Outcome {
	t.Helper()

	outcome, err := b.runner.Run(t.Context(), b.delivery)
	require.NoError(t, err)

	return outcome
}

func (b *testBundle) sent() int {
	b.mu.Lock()
	defer b.mu.Unlock()

	return len(b.requests)
}

func (b *testBundle) state(t *testing.T) delivery.Delivery {
	t.Helper()

	found, err := b.log.ByIDs(t.Context(), []id.ID{b.delivery})
	require.NoError(t, err)

	return found[b.delivery]
}

func (b *testBundle) last(t *testing.T) delivery.Attempt {
	t.Helper()

	found, err := b.log.LastAttempts(t.Context(), []id.ID{b.delivery})
	require.NoError(t, err)

	return found[b.delivery]
}

// later moves the clock to when the next attempt is due.
func (b *testBundle) later(t *testing.T) {
	t.Helper()

	at := *b.state(t).DueAt
	b.now = func() time.Time { return at }
}

func status(code int, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for n := 0; n < len(headers); n += 2 {
			w.Header().Set(headers[n], headers[n+1])
		}

		w.WriteHeader(code)
	}
}
