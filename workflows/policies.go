package workflows

import (
	"time"

	temporal_sdk "go.temporal.io/sdk/temporal"
	temporal_workflow "go.temporal.io/sdk/workflow"
)

const (
	// longestAttempt is what one attempt can take: a request of at most 60 seconds, and its recording.
	longestAttempt = 90 * time.Second
	// longestRound is what one round of a bulk operation can take: half a minute, and the step that it ends with.
	longestRound = 2 * time.Minute
	// silence is how long a worker may say nothing before its activity is given to another.
	silence = 10 * time.Second
)

// firstAttempt is for the attempt that a new delivery starts with. It is made once, in the process that started the
// workflow; whatever goes wrong goes on under untilDelivered.
func firstAttempt() temporal_workflow.LocalActivityOptions {
	return temporal_workflow.LocalActivityOptions{
		ScheduleToCloseTimeout: longestAttempt,
		RetryPolicy:            &temporal_sdk.RetryPolicy{MaximumAttempts: 1},
	}
}

// untilDelivered is for the attempts that follow. How long to wait after a failed request, and when to give up, is the
// webhook's to say: its errors carry the wait, and the last one is not retryable. The intervals here are for failures
// of our own, such as a database that is away, which go on until they are mended.
//
// A cancellation is waited for, so that two attempts of one delivery are never under way together.
func untilDelivered() temporal_workflow.ActivityOptions {
	return temporal_workflow.ActivityOptions{
		StartToCloseTimeout: longestAttempt,
		HeartbeatTimeout:    silence,
		WaitForCancellation: true,
		RetryPolicy: &temporal_sdk.RetryPolicy{
			InitialInterval:    time.Second,
			BackoffCoefficient: 2,
			MaximumInterval:    30 * time.Second,
		},
	}
}

// batchOfFirstAttempts is for a batch. It is repeated until all of its deliveries are recorded or have workflows of
// their own; those that are, are left alone.
func batchOfFirstAttempts() temporal_workflow.LocalActivityOptions {
	return temporal_workflow.LocalActivityOptions{
		StartToCloseTimeout:    longestAttempt,
		ScheduleToCloseTimeout: 24 * time.Hour,
		RetryPolicy: &temporal_sdk.RetryPolicy{
			InitialInterval:    time.Second,
			BackoffCoefficient: 2,
			MaximumInterval:    30 * time.Second,
		},
	}
}

// untilRound is for a round of a bulk operation. Rounds go on until what is wrong is mended; a worker that is killed is
// replaced as soon as it has said nothing for a while.
func untilRound() temporal_workflow.ActivityOptions {
	return temporal_workflow.ActivityOptions{
		StartToCloseTimeout: longestRound,
		HeartbeatTimeout:    silence,
		RetryPolicy: &temporal_sdk.RetryPolicy{
			InitialInterval:    time.Second,
			BackoffCoefficient: 2,
			MaximumInterval:    30 * time.Second,
		},
	}
}

// untilRecorded is for writing down what was done. Nothing may be sent before it succeeds, so it does not give up.
func untilRecorded() temporal_workflow.ActivityOptions {
	return temporal_workflow.ActivityOptions{
		StartToCloseTimeout: 30 * time.Second,
		RetryPolicy: &temporal_sdk.RetryPolicy{
			InitialInterval:    time.Second,
			BackoffCoefficient: 2,
			MaximumInterval:    30 * time.Second,
		},
	}
}

// lookingAfter is for activities that look after something for a while, and keep all they know in the database. They go
// on until what is wrong is mended.
func lookingAfter() temporal_workflow.ActivityOptions {
	return temporal_workflow.ActivityOptions{
		StartToCloseTimeout: 2 * time.Minute,
		HeartbeatTimeout:    silence,
		RetryPolicy: &temporal_sdk.RetryPolicy{
			InitialInterval:    time.Second,
			BackoffCoefficient: 2,
			MaximumInterval:    30 * time.Second,
		},
	}
}
