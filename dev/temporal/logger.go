package temporal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"

	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/log/tag"
)

// ErrFatal says that the server met a condition it considers the end.
var ErrFatal = errors.New("temporal gave up")

// logger lets the server write to slog: warnings and errors, nothing below.
// The server is talkative, and its information level would bury ours.
type logger struct {
	log     *slog.Logger
	onFatal func(error) // nil where no server runs yet: Fatal then panics
}

var (
	_ log.Logger      = (*logger)(nil)
	_ log.SLogWrapper = (*logger)(nil)
	_ log.WithLogger  = (*logger)(nil)
)

func newLogger(l *slog.Logger, onFatal func(error)) *logger {
	return &logger{log: l.With(slog.String("part", "temporal")), onFatal: onFatal}
}

// Debug drops the message.
func (l *logger) Debug(string, ...tag.Tag) {}

// Info drops the message.
func (l *logger) Info(string, ...tag.Tag) {}

// Warn logs the message.
func (l *logger) Warn(msg string, tags ...tag.Tag) { l.write(slog.LevelWarn, msg, tags) }

// Error logs the message.
func (l *logger) Error(msg string, tags ...tag.Tag) { l.write(slog.LevelError, msg, tags) }

// DPanic logs the message; it means "panic in development builds", which no
// published build is.
func (l *logger) DPanic(msg string, tags ...tag.Tag) { l.write(slog.LevelError, msg, tags) }

// Panic logs the message and panics.
func (l *logger) Panic(msg string, tags ...tag.Tag) {
	l.write(slog.LevelError, msg, tags)
	panic(msg)
}

// Fatal logs the message, reports it, and ends the calling goroutine. The
// server expects Fatal not to return, and by default it takes the process with
// it, and with the process Postgres and Surehook, without a word.
func (l *logger) Fatal(msg string, tags ...tag.Tag) {
	l.write(slog.LevelError, msg, tags)
	err := fmt.Errorf("%w: %s%s", ErrFatal, msg, cause(tags))
	if l.onFatal == nil {
		panic(err)
	}
	l.onFatal(err)
	runtime.Goexit()
}

// With returns a logger that adds tags to every message.
func (l *logger) With(tags ...tag.Tag) log.Logger {
	return &logger{log: slog.New(l.log.Handler().WithAttrs(attrs(tags))), onFatal: l.onFatal}
}

// SLog hands the slog logger to parts of the server that speak slog themselves.
func (l *logger) SLog() *slog.Logger { return slog.New(atLeastWarn{l.log.Handler()}) }

// write converts the tags only when the message is going to be written.
func (l *logger) write(level slog.Level, msg string, tags []tag.Tag) {
	ctx := context.Background() // the server's interface carries none
	if l.log.Enabled(ctx, level) {
		l.log.LogAttrs(ctx, level, msg, attrs(tags)...)
	}
}

// attrs converts Temporal's tags to slog's attributes.
func attrs(tags []tag.Tag) []slog.Attr {
	out := make([]slog.Attr, len(tags))
	for i, t := range tags {
		out[i] = slog.Any(t.Key(), t.Value())
	}
	return out
}

// cause finds the error among the tags of a message.
func cause(tags []tag.Tag) string {
	for _, t := range tags {
		if t.Key() == "error" {
			return fmt.Sprintf(": %v", t.Value())
		}
	}
	return ""
}

// atLeastWarn is a handler that passes on warnings and errors only.
type atLeastWarn struct{ slog.Handler }

// Enabled implements slog.Handler.
func (h atLeastWarn) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && h.Handler.Enabled(ctx, level)
}

// WithAttrs implements slog.Handler; without it the wrapper would be lost.
func (h atLeastWarn) WithAttrs(attrs []slog.Attr) slog.Handler {
	return atLeastWarn{h.Handler.WithAttrs(attrs)}
}

// WithGroup implements slog.Handler; without it the wrapper would be lost.
func (h atLeastWarn) WithGroup(name string) slog.Handler {
	return atLeastWarn{h.Handler.WithGroup(name)}
}
