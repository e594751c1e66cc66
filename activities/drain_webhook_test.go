package activities_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	temporal_testsuite "go.temporal.io/sdk/testsuite"

	"github.com/surehook/surehook/activities"
	"github.com/surehook/surehook/internal/flow"
	"github.com/surehook/surehook/internal/id"
)

// drainer answers with one step after the other, and with the last of them again and again. It notes when it was asked.
type drainer struct {
	steps []flow.Step
	err   error
	asked []time.Time
	of    id.ID
}

func (d *drainer) Step(_ context.Context, webhook id.ID) (flow.Step, error) {
	d.of = webhook
	d.asked = append(d.asked, time.Now())

	step := d.steps[min(len(d.asked), len(d.steps))-1]
	if step == (flow.Step{}) {
		return step, d.err
	}

	return step, nil
}

// drained runs the activity, with a worker that stops when the channel is closed.
func drained(t *testing.T, d *drainer, stop chan struct{}) (activities.DrainWebhookResult, id.ID, error) {
	t.Helper()

	var suite temporal_testsuite.WorkflowTestSuite

	env := suite.NewTestActivityEnvironment()
	acts := activities.New(activities.Parts{Drainer: d})
	env.RegisterActivity(acts)
	env.SetWorkerStopChannel(stop)

	webhook := id.New(id.Webhook)

	value, err := env.ExecuteActivity(acts.DrainWebhook, activities.DrainWebhookParams{WebhookID: webhook})
	if err != nil {
		return activities.DrainWebhookResult{}, webhook, err
	}

	var out activities.DrainWebhookResult

	require.NoError(t, value.Get(&out))

	return out, webhook, nil
}

func TestDrainWebhook_GoesOnUntilThereIsNothingToDo(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		d := &drainer{steps: []flow.Step{
			{Released: 5, Wait: 25 * time.Millisecond}, {Released: 3, Wait: 2 * time.Second}, {Done: true},
		}}

		out, webhook, err := drained(t, d, nil)
		require.NoError(t, err)
		require.Equal(t, activities.DrainWebhookResult{Released: 8, Done: true}, out)
		require.Equal(t, webhook, d.of)
		require.Equal(t, []time.Time{
			began, began.Add(25 * time.Millisecond), began.Add(2025 * time.Millisecond),
		}, d.asked)
	})
}

func TestDrainWebhook_LeavesLongWaitsToTheWorkflow(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		d := &drainer{steps: []flow.Step{{Released: 1, Wait: time.Millisecond}, {Wait: 2*time.Second + 1}}}

		out, _, err := drained(t, d, nil)
		require.NoError(t, err)
		require.Equal(t, activities.DrainWebhookResult{Released: 1, Wait: 2*time.Second + 1}, out)
		require.Equal(t, time.Millisecond, time.Since(began))
	})
}

func TestDrainWebhook_HandsOverAfterAWhile(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		d := &drainer{steps: []flow.Step{{Released: 2, Wait: time.Second}}}

		out, _, err := drained(t, d, nil)
		require.NoError(t, err)
		require.False(t, out.Done)
		require.Equal(t, time.Second, out.Wait)
		require.Equal(t, 2*len(d.asked), out.Released)
		require.InDelta(t, 30, time.Since(began).Seconds(), 1)
	})
}

func TestDrainWebhook_EndsWithItsWorker(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		stop := make(chan struct{})

		time.AfterFunc(3*time.Second, func() { close(stop) })

		d := &drainer{steps: []flow.Step{{Released: 1, Wait: 2 * time.Second}}}

		out, _, err := drained(t, d, stop)
		require.NoError(t, err)
		require.Equal(t, activities.DrainWebhookResult{Released: 2, Wait: 2 * time.Second}, out, "another goes on")
		require.Equal(t, 3*time.Second, time.Since(began))
	})
}

func TestDrainWebhook_FailsWhenItCannotLook(t *testing.T) {
	t.Parallel()

	d := &drainer{steps: []flow.Step{{Wait: time.Millisecond}, {}}, err: errors.New("database is away")}

	_, webhook, err := drained(t, d, nil)
	require.ErrorContains(t, err, "drain "+webhook.String()+": database is away")
	require.Len(t, d.asked, 2)
}
