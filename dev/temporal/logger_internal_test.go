package temporal

import (
	"bytes"
	"errors"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/server/common/log/tag"
)

func TestLogger_WritesWarningsAndErrorsOnly(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	l := newLogger(slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug})), nil)

	l.Debug("one")
	l.Info("two")
	l.With(tag.NewStringTag("shard", "3")).Warn("three")
	l.Error("four", tag.Error(errors.New("disk")))
	l.SLog().Info("five")
	l.SLog().With("key", "value").Info("six")
	l.SLog().WithGroup("group").Info("seven")
	l.SLog().Warn("eight")

	require.NotRegexp(t, "one|two|five|six|seven", out.String())
	require.Contains(t, out.String(), `level=WARN msg=three part=temporal shard=3`)
	require.Contains(t, out.String(), `level=ERROR msg=four part=temporal error=disk`)
	require.Contains(t, out.String(), `level=WARN msg=eight part=temporal`)
}

func TestLogger_FatalEndsTheGoroutineAndNotTheProcess(t *testing.T) {
	t.Parallel()
	var reported error
	l := newLogger(slog.New(slog.DiscardHandler), func(err error) { reported = err })

	returned, done := false, make(chan struct{})
	go func() {
		defer close(done)
		l.Fatal("cannot listen", tag.Error(errors.New("port taken")))
		returned = true
	}()
	<-done

	require.False(t, returned)
	require.ErrorIs(t, reported, ErrFatal)
	require.EqualError(t, reported, "temporal gave up: cannot listen: port taken")
}

func TestLogger_FatalPanicsWhenNobodyListens(t *testing.T) {
	t.Parallel()
	l := newLogger(slog.New(slog.DiscardHandler), nil)
	require.PanicsWithError(t, "temporal gave up: broken", func() { l.Fatal("broken") })
}
