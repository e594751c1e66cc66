package bulk_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/apikey"
	"github.com/surehook/surehook/internal/auth"
	"github.com/surehook/surehook/internal/bulk"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/pubsub"
	"github.com/surehook/surehook/internal/tenant"
)

// wish is any of the four ways to ask for a job.
type wish struct {
	retry  *bulk.RetryInput
	span   *bulk.SpanInput
	replay *bulk.ReplayInput
}

// ask asks for a job, and for a span in both ways, of which the first that is refused counts.
func (b *testBundle) ask(t *testing.T, of *bulk.Service, scope tenant.Scope, in wish) (bulk.Started, error) {
	t.Helper()

	switch {
	case in.retry != nil:
		return of.Retry(t.Context(), scope, *in.retry)
	case in.replay != nil:
		return of.Replay(t.Context(), scope, *in.replay)
	default:
		out, err := of.Missing(t.Context(), scope, *in.span)
		_, again := of.Recover(t.Context(), scope, *in.span)
		require.Equal(t, err, again, "both ways are refused for the same reason")

		return out, err
	}
}

func TestStart_RefusesWhatCannotBeDoneAndDoesNothing(t *testing.T) {
	t.Parallel()

	b := setup(t)
	hook, deleted := b.webhook(t, to("item.created")), b.webhook(t)
	b.put(t, 1, hook, delivery.Failed)

	_, _, err := b.webhooks.Delete(t.Context(), b.scope, deleted)
	require.NoError(t, err)

	event := func(change string) id.ID {
		one := b.publish(t, input("item.created", `{}`)).ID
		b.exec(t, change, one.UUID())

		return one
	}
	good := event("SELECT $1::uuid")
	now := time.Now()
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	limit := func(n int) bulk.Options { return bulk.Options{MaxPerSecond: &n} }
	retry := func(in bulk.RetryInput) wish {
		in.OrganizationID = b.org

		return wish{retry: &in}
	}
	replay := func(of id.ID, webhooks ...id.ID) wish {
		return wish{replay: &bulk.ReplayInput{EventID: of, WebhookIDs: webhooks}}
	}

	kept := b.anotherProcess(bulk.Parts{Retention: 24 * time.Hour})
	before := b.state(t)

	for name, test := range map[string]struct {
		in    wish
		code  problem.Code
		field []string
	}{
		"retry: a status under way": {
			retry(bulk.RetryInput{Filter: delivery.Filter{Statuses: []delivery.Status{delivery.Failed, delivery.Held}}}),
			problem.Invalid,
			[]string{"filter", "statuses"},
		},
		"retry: success": {
			retry(bulk.RetryInput{Filter: delivery.Filter{Statuses: []delivery.Status{delivery.Succeeded}}}),
			problem.Invalid,
			[]string{"filter", "statuses"},
		},
		"retry: no status":      {retry(bulk.RetryInput{Filter: delivery.Filter{Statuses: []delivery.Status{}}}), problem.NothingMatched, nil},
		"retry: none canceled":  {retry(bulk.RetryInput{Filter: delivery.Filter{Statuses: []delivery.Status{delivery.Canceled}}}), problem.NothingMatched, nil},
		"retry: another type":   {retry(bulk.RetryInput{Filter: delivery.Filter{EventTypes: []string{"\x00"}}}), problem.NothingMatched, nil},
		"retry: rate of 0":      {retry(bulk.RetryInput{Options: limit(0)}), problem.Invalid, []string{"maxPerSecond"}},
		"retry: negative rate":  {retry(bulk.RetryInput{Options: limit(-1)}), problem.Invalid, []string{"maxPerSecond"}},
		"retry: rate too high":  {retry(bulk.RetryInput{Options: limit(10_001)}), problem.Invalid, []string{"maxPerSecond"}},
		"retry: rate in dry":    {retry(bulk.RetryInput{Options: bulk.Options{DryRun: true, MaxPerSecond: new(0)}}), problem.Invalid, []string{"maxPerSecond"}},
		"retry: nobody":         {wish{retry: &bulk.RetryInput{}}, problem.NotFound, []string{"organizationId"}},
		"span: rate of 0":       {wish{span: &bulk.SpanInput{WebhookID: hook, Since: ago(time.Hour), Options: limit(0)}}, problem.Invalid, []string{"maxPerSecond"}},
		"span: in the future":   {wish{span: &bulk.SpanInput{WebhookID: hook, Since: ago(-time.Hour)}}, problem.Invalid, []string{"since"}},
		"span: empty":           {wish{span: &bulk.SpanInput{WebhookID: hook, Since: ago(time.Hour), Until: new(ago(time.Hour))}}, problem.Invalid, []string{"until"}},
		"span: backwards":       {wish{span: &bulk.SpanInput{WebhookID: hook, Since: ago(time.Hour), Until: new(ago(2 * time.Hour))}}, problem.Invalid, []string{"until"}},
		"span: before all logs": {wish{span: &bulk.SpanInput{WebhookID: hook, Since: ago(25 * time.Hour)}}, problem.Invalid, []string{"since"}},
		"span: nothing in it":   {wish{span: &bulk.SpanInput{WebhookID: hook, Since: ago(2 * time.Hour), Until: new(ago(time.Hour))}}, problem.NothingMatched, nil},
		"span: no webhook":      {wish{span: &bulk.SpanInput{WebhookID: id.New(id.Webhook), Since: ago(time.Hour)}}, problem.NotFound, []string{"webhookId"}},
		"span: deleted":         {wish{span: &bulk.SpanInput{WebhookID: deleted, Since: ago(time.Hour)}}, problem.NotFound, []string{"webhookId"}},
		"replay: no event":      {replay(id.New(id.Event)), problem.NotFound, []string{"eventId"}},
		"replay: a test":        {replay(event("UPDATE events SET test = true WHERE id = $1")), problem.Invalid, []string{"eventId"}},
		"replay: quarantined":   {replay(event("UPDATE events SET quarantined_at = now() WHERE id = $1")), problem.Conflict, []string{"eventId"}},
		"replay: expunged":      {replay(event("UPDATE events SET expunged_at = now() WHERE id = $1")), problem.PayloadGone, []string{"eventId"}},
		"replay: too old":       {replay(event("DELETE FROM event_payloads WHERE event_id = $1")), problem.PayloadGone, []string{"eventId"}},
		"replay: no webhook":    {replay(good, hook, id.New(id.Webhook)), problem.NotFound, []string{"webhookIds", "1"}},
		"replay: deleted":       {replay(good, deleted), problem.NotFound, []string{"webhookIds", "0"}},
		"replay: too many":      {replay(good, make([]id.ID, 101)...), problem.Invalid, []string{"webhookIds"}},
		"replay: to none":       {replay(good, []id.ID{}...), problem.NothingMatched, nil},
		"replay: rate of 0":     {wish{replay: &bulk.ReplayInput{EventID: good, Options: limit(0)}}, problem.Invalid, []string{"maxPerSecond"}},
	} {
		if name == "replay: to none" {
			test.in.replay.WebhookIDs = []id.ID{}
		}

		_, err := b.ask(t, kept, b.scope, test.in)
		code, field := refusal(t, err)
		require.Equal(t, test.code, code, name)
		require.Equal(t, test.field, field, name)
	}

	require.Equal(t, before.operations, b.state(t).operations)
	require.Equal(t, before.audit, b.state(t).audit)

	// Without retention the span may begin at any time.
	out, err := b.bulk.Recover(t.Context(), b.scope, bulk.SpanInput{WebhookID: hook, Since: time.Unix(0, 0)})
	require.Equal(t, 1, started(t, out, err).Total)
}

// state is what there is that a job may change.
type state struct{ operations, audit, deliveries, underWay int }

func (b *testBundle) state(t *testing.T) state {
	t.Helper()

	return state{
		b.count(t, "SELECT count(*) FROM bulk_operations"), b.count(t, "SELECT count(*) FROM audit_log"),
		b.count(t, "SELECT count(*) FROM deliveries"),
		b.count(t, "SELECT count(*) FROM deliveries WHERE status IN ('HELD', 'PENDING', 'RETRYING')"),
	}
}

func TestStart_DryRunCountsAndDoesNothing(t *testing.T) {
	t.Parallel()

	b := setup(t)
	since := time.Now().Truncate(time.Millisecond)
	hook, other := b.webhook(t), b.webhook(t, to("*"))
	failed := b.put(t, 12, hook, delivery.Failed)
	b.put(t, 1, hook, delivery.Succeeded)
	of := b.delivery(t, failed[0]).EventID
	dry := bulk.Options{DryRun: true}
	before := b.state(t)

	var events []id.ID
	for _, one := range failed[:10] {
		events = append(events, b.delivery(t, one).EventID)
	}

	for name, test := range map[string]struct {
		start  func() (bulk.Started, error)
		count  int
		sample []id.ID
	}{
		"retry": {func() (bulk.Started, error) {
			return b.bulk.Retry(t.Context(), b.scope, bulk.RetryInput{OrganizationID: b.org, Options: dry})
		}, 12, failed[:10]},
		"retry of nothing": {func() (bulk.Started, error) {
			return b.bulk.Retry(t.Context(), b.scope, bulk.RetryInput{
				OrganizationID: b.org, Filter: delivery.Filter{WebhookIDs: []id.ID{other}}, Options: dry,
			})
		}, 0, []id.ID{}},
		"recover": {func() (bulk.Started, error) {
			return b.bulk.Recover(t.Context(), b.scope, bulk.SpanInput{WebhookID: hook, Since: since, Options: dry})
		}, 12, failed[:10]},
		"missing": {func() (bulk.Started, error) {
			return b.bulk.Missing(t.Context(), b.scope, bulk.SpanInput{WebhookID: other, Since: since, Options: dry})
		}, 13, events},
		"missing without subscriptions": {func() (bulk.Started, error) {
			return b.bulk.Missing(t.Context(), b.scope, bulk.SpanInput{WebhookID: hook, Since: since, Options: dry})
		}, 0, []id.ID{}},
		"replay": {func() (bulk.Started, error) {
			return b.bulk.Replay(t.Context(), b.scope, bulk.ReplayInput{EventID: of, Options: dry})
		}, 1, []id.ID{other}},
		"replay to some": {func() (bulk.Started, error) {
			return b.bulk.Replay(t.Context(), b.scope, bulk.ReplayInput{
				EventID: of, WebhookIDs: []id.ID{hook, other}, Options: dry,
			})
		}, 2, []id.ID{hook, other}},
	} {
		out, err := test.start()
		require.NoError(t, err, name)
		require.Nil(t, out.Operation, name)
		require.Equal(t, test.count, out.DryRun.Count, name)
		require.Equal(t, test.sample, out.DryRun.SampleIDs, name)
	}

	require.Equal(t, before, b.state(t))
}

func TestStart_LooksNowhereButInItsOrganization(t *testing.T) {
	t.Parallel()

	b := setup(t)
	mine := b.put(t, 2, b.webhook(t), delivery.Failed)

	theirs := *b
	theirs.org, theirs.scope = b.organization(t)
	hook := theirs.webhook(t, to("*"))
	foreign := theirs.put(t, 3, hook, delivery.Failed)
	of := theirs.delivery(t, foreign[0]).EventID
	long := time.Now().Add(-time.Hour)

	for name, in := range map[string]wish{
		"retry":  {retry: &bulk.RetryInput{OrganizationID: theirs.org}},
		"span":   {span: &bulk.SpanInput{WebhookID: hook, Since: long}},
		"replay": {replay: &bulk.ReplayInput{EventID: of}},
		"replay to a webhook": {replay: &bulk.ReplayInput{
			EventID: b.delivery(t, mine[0]).EventID, WebhookIDs: []id.ID{hook},
		}},
	} {
		_, err := b.ask(t, b.bulk, b.scope, in)
		code, _ := refusal(t, err)
		require.Equal(t, problem.NotFound, code, name)
	}

	_, err := b.bulk.Retry(t.Context(), b.scope, bulk.RetryInput{
		OrganizationID: b.org, Filter: delivery.Filter{WebhookIDs: []id.ID{hook}},
	})
	code, _ := refusal(t, err)
	require.Equal(t, problem.NothingMatched, code)

	// An operator who acts for one organization does not reach the other either.
	out, err := b.bulk.Replay(t.Context(), tenant.All(), bulk.ReplayInput{
		EventID: b.delivery(t, mine[0]).EventID, WebhookIDs: []id.ID{hook},
	})
	require.Zero(t, out)

	code, _ = refusal(t, err)
	require.Equal(t, problem.NotFound, code)

	job := b.retry(t, delivery.Filter{})
	require.Equal(t, 2, b.finish(t, job).Processed)

	for _, one := range foreign {
		require.Equal(t, delivery.Failed, b.delivery(t, one).Status)
	}

	for name, call := range map[string]func() error{
		"cancel": func() error { _, err := b.bulk.Cancel(t.Context(), theirs.scope, job.ID); return err },
		"get":    func() error { _, err := b.bulk.Get(t.Context(), theirs.scope, job.ID); return err },
		"pause":  func() error { _, err := b.bulk.Pause(t.Context(), theirs.scope, job.ID); return err },
		"resume": func() error { _, err := b.bulk.Resume(t.Context(), theirs.scope, job.ID); return err },
	} {
		code, field := refusal(t, call())
		require.Equal(t, problem.NotFound, code, name)
		require.Equal(t, []string{"id"}, field, name)
	}
}

func TestStart_LimitsHowManyAreOpenAtOnce(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.put(t, 3, b.webhook(t), delivery.Failed)

	var (
		all              sync.WaitGroup
		started, refused atomic.Int32
	)

	for range 12 {
		all.Go(func() {
			_, err := b.bulk.Retry(t.Context(), b.scope, bulk.RetryInput{OrganizationID: b.org})
			if problems, ok := problem.Of(err); ok && problems[0].Code == problem.LimitExceeded {
				refused.Add(1)
			} else if err == nil {
				started.Add(1)
			}
		})
	}

	all.Wait()
	require.EqualValues(t, 5, started.Load())
	require.EqualValues(t, 7, refused.Load())
	require.Equal(t, 5, b.count(t, "SELECT count(*) FROM audit_log"))

	// One that is paused counts, one that has ended does not, and another organization's never did.
	due, err := b.bulk.Due(t.Context())
	require.NoError(t, err)
	require.Len(t, due, 5)

	_, err = b.bulk.Pause(t.Context(), b.scope, due[0])
	require.NoError(t, err)

	_, err = b.bulk.Retry(t.Context(), b.scope, bulk.RetryInput{OrganizationID: b.org})
	code, _ := refusal(t, err)
	require.Equal(t, problem.LimitExceeded, code)

	theirs := *b
	theirs.org, theirs.scope = b.organization(t)
	theirs.put(t, 1, theirs.webhook(t), delivery.Failed)
	theirs.retry(t, delivery.Filter{})

	_, err = b.bulk.Cancel(t.Context(), b.scope, due[0])
	require.NoError(t, err)
	b.retry(t, delivery.Filter{})
}

func TestStart_NotesWhoAskedAndTellsTheWorkers(t *testing.T) {
	t.Parallel()

	b := setup(t)
	hook := b.webhook(t)
	b.put(t, 1, hook, delivery.Failed)

	who := auth.Principal{Key: apikey.Key{ID: id.New(id.APIKey), Role: apikey.Admin, OrganizationID: &b.org}}
	next := b.hear(t)

	out, err := b.bulk.Recover(auth.WithPrincipal(t.Context(), who), b.scope, bulk.SpanInput{
		WebhookID: hook, Since: time.Unix(0, 0).UTC(), Options: bulk.Options{MaxPerSecond: new(7)},
	})
	job := started(t, out, err)
	require.Equal(t, who.Key.ID, *job.APIKeyID)
	require.Equal(t, hint(job), next())
	require.Equal(t, pubsub.Tend, next())

	var detail string

	require.NoError(t, b.pool.QueryRow(t.Context(), `SELECT detail::text FROM audit_log
		WHERE action = 'BULK_OPERATION_STARTED' AND subject_id = $1 AND api_key_id = $2`,
		job.ID.String(), who.Key.ID.UUID()).Scan(&detail))
	require.Contains(t, detail, `"RECOVER_WEBHOOK"`)
	require.Contains(t, detail, hook.String())
	require.Contains(t, detail, `"maxPerSecond": 7`)
}
