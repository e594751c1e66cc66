package workflows_test

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	temporal_log "go.temporal.io/sdk/log"
	temporal_testsuite "go.temporal.io/sdk/testsuite"

	"github.com/surehook/surehook/activities"
	"github.com/surehook/surehook/db/dbtest"
	"github.com/surehook/surehook/internal/attempt"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/dispatch"
	"github.com/surehook/surehook/internal/egress"
	"github.com/surehook/surehook/internal/endpointauth"
	"github.com/surehook/surehook/internal/event"
	"github.com/surehook/surehook/internal/eventtype"
	"github.com/surehook/surehook/internal/expression"
	"github.com/surehook/surehook/internal/flow"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/optional"
	"github.com/surehook/surehook/internal/organization"
	"github.com/surehook/surehook/internal/outgoing"
	"github.com/surehook/surehook/internal/page"
	"github.com/surehook/surehook/internal/profile"
	"github.com/surehook/surehook/internal/secretbox"
	"github.com/surehook/surehook/internal/settings"
	"github.com/surehook/surehook/internal/tenant"
	"github.com/surehook/surehook/internal/webhook"
	"github.com/surehook/surehook/profiles"
	"github.com/surehook/surehook/workflows"
)

// The schedules of the seed systems, to the second: a webhook with the settings of the profile, the real workflow, the
// real activity with the real runner and database, and a receiver that never accepts anything. Only the clock is not
// real: Temporal's test environment skips the waits, and everybody reads the time from it.

var registry = sync.OnceValues(func() (*profile.Registry, error) { return profile.Load(profiles.Files, "") })

// realTime is for what is done before the workflow starts.
var realTime = time.Now //nolint:forbidigo // Nothing of it is part of a workflow.

// unwatched is nobody who looks after webhooks that fail.
type unwatched struct{}

func (unwatched) Failed(context.Context, id.ID, id.ID) {}

// receiver notes when requests come, by the clock of the workflow, and refuses all.
type receiver struct {
	*httptest.Server

	mu     sync.Mutex
	at     []time.Time
	bodies []string
}

func newReceiver(t *testing.T, now func() time.Time) *receiver {
	t.Helper()

	out := &receiver{}
	out.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}

		out.mu.Lock()
		out.at, out.bodies = append(out.at, now()), append(out.bodies, string(body))
		out.mu.Unlock()

		w.WriteHeader(http.StatusInternalServerError)
	}))
	t.Cleanup(out.Close)

	return out
}

func (r *receiver) roots() *x509.CertPool {
	out := x509.NewCertPool()
	out.AddCert(r.Certificate())

	return out
}

// seed is what came of an event of a profile's catalog.
type seed struct {
	// offsets are when attempts were made, from the first on.
	offsets  []time.Duration
	bodies   []string
	delivery delivery.Delivery
	// failure is the error by which the workflow ended.
	failure error
}

// follow publishes a sample of the profile's first event type to a webhook that has the profile's settings with
// changes, and follows the delivery to its end.
func follow(t *testing.T, profileName string, secret *string, changes settings.Changes) seed {
	t.Helper()

	var suite temporal_testsuite.WorkflowTestSuite

	silent := slog.New(slog.DiscardHandler)
	suite.SetLogger(temporal_log.NewStructuredLogger(silent))

	env := suite.NewTestWorkflowEnvironment()
	env.SetTestTimeout(time.Minute)

	// A whole second, for exact comparisons, and after the event, which Postgres and its id date by the real clock.
	start := realTime().Truncate(time.Second).Add(time.Minute)
	env.SetStartTime(start)

	receiver := newReceiver(t, env.Now)
	pool := dbtest.Pool(t)

	known, err := registry()
	require.NoError(t, err)

	keyset, err := secretbox.Generate()
	require.NoError(t, err)

	box, err := secretbox.New([]byte(keyset))
	require.NoError(t, err)

	types := eventtype.NewService(pool, realTime)
	organizations := organization.NewService(pool, types, known, realTime)
	deliveries := delivery.NewService(pool, dispatch.Elsewhere{}, silent, env.Now)
	gates := flow.NewService(pool, dispatch.Elsewhere{}, silent, env.Now)
	t.Cleanup(gates.Close)

	webhooks := webhook.NewService(pool, box, organizations, flow.Steering{Service: gates, Deliveries: deliveries}, silent,
		realTime)
	expressions := expression.NewCache()

	events := event.NewService(pool, event.Parts{
		Types: types, Organizations: organizations, Webhooks: webhooks, Dispatcher: dispatch.Elsewhere{},
		Expressions: expressions, Log: silent, Now: realTime,
	})
	t.Cleanup(events.Close)

	recorder := delivery.NewRecorder(pool)
	t.Cleanup(recorder.Close)

	client := egress.New(egress.Config{
		AllowedPrefixes: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, AnyPort: true, RootCAs: receiver.roots(),
	})
	t.Cleanup(client.Close)

	sender := endpointauth.New(client, env.Now)
	t.Cleanup(sender.Close)

	runner := attempt.NewRunner(pool, attempt.Parts{
		Log: deliveries, Flow: gates, Recorder: recorder, Sender: sender, Renderer: outgoing.NewRenderer(expressions),
		Sealer: box, Watch: unwatched{}, Logger: silent, Now: env.Now,
	})
	t.Cleanup(runner.Close)

	owner, err := organizations.Create(t.Context(), organization.CreateInput{Name: "Acme", Profile: &profileName})
	require.NoError(t, err)

	eventType, payload := firstSample(t, known, profileName)
	scope := tenant.Of(owner.ID)

	_, err = webhooks.Create(t.Context(), scope, webhook.CreateInput{
		OrganizationID: owner.ID, Name: "w", URL: receiver.URL, Settings: changes, SigningSecret: secret, Enabled: true,
		EventTypes: []string{eventType},
	})
	require.NoError(t, err)

	published, err := events.Publish(t.Context(), scope, owner.ID, event.Input{EventType: eventType, Payload: payload})
	require.NoError(t, err)

	log := func() delivery.Delivery {
		found, err := deliveries.List(t.Context(), scope, owner.ID,
			delivery.Filter{EventIDs: []id.ID{published.Event.ID}}, page.Query{Size: 2})
		require.NoError(t, err)
		require.Len(t, found.Items, 1)

		return found.Items[0]
	}

	env.RegisterWorkflow(workflows.Delivery)
	env.RegisterActivity(activities.New(activities.Parts{Runner: runner, Recorder: recorder}))
	env.OnUpsertTypedSearchAttributes(mock.Anything).Return(nil)
	env.ExecuteWorkflow(workflows.Delivery, workflows.DeliveryInput{DeliveryID: log().ID})
	require.True(t, env.IsWorkflowCompleted())

	out := seed{bodies: receiver.bodies, delivery: log(), failure: env.GetWorkflowError()}
	for _, at := range receiver.at {
		out.offsets = append(out.offsets, at.Sub(start).Round(time.Millisecond))
	}

	return out
}

// firstSample returns a payload of the first event type in a profile's catalog.
func firstSample(t *testing.T, known *profile.Registry, name string) (string, json.RawMessage) {
	t.Helper()

	of, ok := known.Get(name)
	require.True(t, ok, name)

	return of.EventTypes[0].Name, of.EventTypes[0].Samples[0].Payload
}

// requireSchedule checks that attempts were made after these waits, and no others, and that the delivery failed then.
func requireSchedule(t *testing.T, got seed, waits ...time.Duration) {
	t.Helper()

	want := []time.Duration{0}
	for _, wait := range waits {
		want = append(want, want[len(want)-1]+wait)
	}

	require.Equal(t, want, got.offsets)
	requireFailed(t, got, len(want))
}

func requireFailed(t *testing.T, got seed, attempts int) {
	t.Helper()

	require.Equal(t, delivery.Failed, got.delivery.Status)
	require.Equal(t, attempts, got.delivery.AttemptCount)
	require.Equal(t, attempts, got.delivery.MaxAttempts)
	require.Nil(t, got.delivery.DueAt)
	require.ErrorContains(t, got.failure, "answered 500 Internal Server Error (HTTP_STATUS) on attempt")

	for _, body := range got.bodies {
		require.Equal(t, got.bodies[0], body, "the same bytes each time")
	}
}

func TestSeeds_KU9_SixAttemptsOverFiveHoursThenFailed(t *testing.T) {
	t.Parallel()

	requireSchedule(t, follow(t, "kuviq", nil, settings.Changes{}),
		time.Minute, 5*time.Minute, 15*time.Minute, time.Hour, 4*time.Hour)
}

func TestSeeds_KX8_ThreeRetriesAfterOneTwoAndFourSeconds(t *testing.T) {
	t.Parallel()

	requireSchedule(t, follow(t, "knoxcall", nil, settings.Changes{}), time.Second, 2*time.Second, 4*time.Second)
}

func TestSeeds_KX8_RetriesFromNoneToFive(t *testing.T) {
	t.Parallel()

	waits := []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second}

	for retries := range 6 {
		requireSchedule(t, follow(t, "knoxcall", nil, settings.Changes{
			RetryPolicy: optional.Of(settings.RetryChanges{Backoff: &settings.BackoffChanges{Retries: &retries}}),
		}), waits[:retries]...)
	}
}

func TestSeeds_KX7_NoRetryWhenItIsTurnedOff(t *testing.T) {
	t.Parallel()

	requireSchedule(t, follow(t, "knoxcall", nil, settings.Changes{
		RetryPolicy: optional.Of(settings.RetryChanges{Enabled: new(false)}),
	}))
}

func TestSeeds_KZ8_NoAutomaticRetry(t *testing.T) {
	t.Parallel()

	requireSchedule(t, follow(t, "kazinex", new("a secret of mine"), settings.Changes{}))
}

func TestSeeds_KI5_OneCallAndNoMore(t *testing.T) {
	t.Parallel()

	got := follow(t, "kianda", nil, settings.Changes{})
	requireSchedule(t, got)
	require.Empty(t, got.bodies[0])
}

func TestSeeds_KR6_ScheduleOfStandardWebhooksWithinItsJitter(t *testing.T) {
	t.Parallel()

	waits := []time.Duration{
		5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour,
		20 * time.Hour, 24 * time.Hour,
	}

	got := follow(t, "krebit", nil, settings.Changes{})
	requireFailed(t, got, 1+len(waits))
	require.Len(t, got.offsets, 1+len(waits))
	require.Zero(t, got.offsets[0])

	for n, wait := range waits {
		require.InDelta(t, wait.Seconds(), (got.offsets[n+1] - got.offsets[n]).Seconds(), wait.Seconds()/10, "wait %d", n+1)
	}

	exact := follow(t, "krebit", nil, settings.Changes{
		RetryPolicy: optional.Of(settings.RetryChanges{JitterPercent: new(0)}),
	})
	requireSchedule(t, exact, waits...)
}
