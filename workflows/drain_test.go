package workflows_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	temporal_log "go.temporal.io/sdk/log"
	temporal_testsuite "go.temporal.io/sdk/testsuite"
	temporal_workflow "go.temporal.io/sdk/workflow"

	"github.com/surehook/surehook/activities"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/workflows"
)

// looks stands for the activity: each look gets the next answer, and the last of them again and again.
type looks struct {
	env     *temporal_testsuite.TestWorkflowEnvironment
	webhook id.ID
	answers []look
	at      []time.Time
}

type look struct {
	result activities.DrainWebhookResult
	err    error
	// meanwhile is what happens while it looks.
	meanwhile func()
}

func (l *looks) next(context.Context, activities.DrainWebhookParams) (activities.DrainWebhookResult, error) {
	l.at = append(l.at, l.env.Now())

	one := l.answers[min(len(l.at), len(l.answers))-1]
	if one.meanwhile != nil {
		one.meanwhile()
	}

	return one.result, one.err
}

// waits are how long it was from one look to the next.
func (l *looks) waits() []time.Duration {
	out := make([]time.Duration, 0, len(l.at))
	for n := 1; n < len(l.at); n++ {
		out = append(out, l.at[n].Sub(l.at[n-1]).Round(time.Second))
	}

	return out
}

func (l *looks) signal() { l.env.SignalWorkflow(workflows.SignalLook, nil) }

func (l *looks) run() {
	l.env.ExecuteWorkflow(workflows.Drain, workflows.DrainInput{WebhookID: l.webhook})
}

func newLooks(answers ...look) *looks {
	var suite temporal_testsuite.WorkflowTestSuite

	suite.SetLogger(temporal_log.NewStructuredLogger(slog.New(slog.DiscardHandler)))

	env := suite.NewTestWorkflowEnvironment()
	env.SetTestTimeout(30 * time.Second)
	env.RegisterWorkflow(workflows.Drain)
	env.RegisterActivity(activities.New(activities.Parts{}))

	l := &looks{env: env, webhook: id.New(id.Webhook), answers: answers}

	var a *activities.Activities

	env.OnActivity(a.DrainWebhook, mock.Anything, activities.DrainWebhookParams{WebhookID: l.webhook}).Return(l.next)

	return l
}

func done() look { return look{result: activities.DrainWebhookResult{Done: true}} }

func wait(wait time.Duration) look {
	return look{result: activities.DrainWebhookResult{Wait: wait}}
}

func TestDrain_LooksUntilTheGateNeedsNobody(t *testing.T) {
	t.Parallel()

	l := newLooks(wait(0), wait(time.Minute), wait(15*time.Minute), done())
	l.run()
	require.True(t, l.env.IsWorkflowCompleted())
	require.NoError(t, l.env.GetWorkflowError())
	require.Equal(t, []time.Duration{0, time.Minute, 15 * time.Minute}, l.waits(), "the long waits are its own")
}

func TestDrain_ASignalCutsTheWaitShort(t *testing.T) {
	t.Parallel()

	l := newLooks(wait(15*time.Minute), wait(15*time.Minute), done())
	l.env.RegisterDelayedCallback(l.signal, 7*time.Second)
	l.run()
	require.NoError(t, l.env.GetWorkflowError())
	require.Equal(t, []time.Duration{7 * time.Second, 15 * time.Minute}, l.waits())
}

func TestDrain_SeveralSignalsSayNoMoreThanOne(t *testing.T) {
	t.Parallel()

	l := newLooks(wait(15*time.Minute), wait(15*time.Minute), done())
	l.answers[0].meanwhile = func() {
		l.signal()
		l.signal()
		l.signal()
	}
	l.run()
	require.NoError(t, l.env.GetWorkflowError())
	require.Equal(t, []time.Duration{0, 15 * time.Minute}, l.waits())
}

func TestDrain_LooksAgainWhenTheGateMayHaveBeenClosedMeanwhile(t *testing.T) {
	t.Parallel()

	l := newLooks(done(), done())
	l.answers[0].meanwhile = l.signal
	l.run()
	require.NoError(t, l.env.GetWorkflowError())
	require.Len(t, l.at, 2)
}

func TestDrain_GoesOnWithAFreshHistory(t *testing.T) {
	t.Parallel()

	l := newLooks(wait(time.Second))
	l.run()
	require.True(t, l.env.IsWorkflowCompleted())
	require.True(t, temporal_workflow.IsContinueAsNewError(l.env.GetWorkflowError()))
	require.Len(t, l.at, 200)

	var next *temporal_workflow.ContinueAsNewError

	require.ErrorAs(t, l.env.GetWorkflowError(), &next)
	require.Equal(t, "Drain", next.WorkflowType.Name)
	require.Contains(t, string(next.Input.GetPayloads()[0].GetData()), l.webhook.String())
}

func TestDrain_GoesOnUntilWhatIsWrongIsMended(t *testing.T) {
	t.Parallel()

	// Temporal's test environment gives up after ten attempts, whatever the policy is.
	answers := make([]look, 10)
	for n := range 9 {
		answers[n].err = errors.New("database is away")
	}

	answers[9] = done()

	l := newLooks(answers...)
	l.run()
	require.NoError(t, l.env.GetWorkflowError())
	require.Len(t, l.at, 10)

	for _, wait := range l.waits() {
		require.LessOrEqual(t, wait, 30*time.Second)
	}
}

// A worker that stops says when to go on, which is at once.
func TestDrain_GoesOnAfterAWorkerHasStopped(t *testing.T) {
	t.Parallel()

	stopped := wait(25 * time.Millisecond)
	stopped.result.Released = 3

	l := newLooks(stopped, done())
	l.run()
	require.NoError(t, l.env.GetWorkflowError())
	require.Equal(t, []time.Duration{0}, l.waits())
}

func TestDrain_EndsWhenItIsCanceled(t *testing.T) {
	t.Parallel()

	l := newLooks(wait(time.Hour))
	l.env.RegisterDelayedCallback(l.env.CancelWorkflow, time.Minute)
	l.run()
	require.True(t, l.env.IsWorkflowCompleted())
	require.ErrorContains(t, l.env.GetWorkflowError(), "canceled")
	require.Len(t, l.at, 1)
}

func TestDrainWorkflow_IsOneForEachWebhook(t *testing.T) {
	t.Parallel()

	webhook := id.New(id.Webhook)
	require.Equal(t, webhook.String()+"-drain", workflows.DrainWorkflow(webhook))
}
