package activities_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/activities"
	"github.com/surehook/surehook/internal/retention"
)

// retainer says what there was to do, and what went wrong with it.
type retainer struct {
	result retention.Result
	err    error
}

func (r retainer) Keep(context.Context) (retention.Result, error) { return r.result, r.err }

func TestKeepRetention_SaysWhatThereWasToDo(t *testing.T) {
	t.Parallel()

	want := retention.Result{Made: 1, Dropped: 2, Kept: 3, Waiting: 4, Keys: 5}

	result, err := activities.New(activities.Parts{Retainer: retainer{result: want}}).KeepRetention(t.Context())
	require.NoError(t, err)
	require.Equal(t, want, result)

	away := errors.New("database is away")
	_, err = activities.New(activities.Parts{Retainer: retainer{err: away}}).KeepRetention(t.Context())
	require.ErrorIs(t, err, away)
}
