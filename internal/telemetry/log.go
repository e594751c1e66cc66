// Package telemetry sets up what operators read: structured logs.
package telemetry

import (
	"io"
	"log/slog"
)

// NewLogger writes lines of the format json or text from the level up. Times are in UTC.
func NewLogger(out io.Writer, format string, level slog.Level) *slog.Logger {
	options := &slog.HandlerOptions{Level: level, ReplaceAttr: func(groups []string, attr slog.Attr) slog.Attr {
		if len(groups) == 0 && attr.Key == slog.TimeKey {
			attr.Value = slog.TimeValue(attr.Value.Time().UTC())
		}

		// Numbers of milliseconds are easier to query than Go's way to write durations.
		if attr.Value.Kind() == slog.KindDuration {
			return slog.Float64(attr.Key+"_ms", float64(attr.Value.Duration().Microseconds())/1000)
		}

		return attr
	}}

	if format == "text" {
		return slog.New(slog.NewTextHandler(out, options))
	}

	return slog.New(slog.NewJSONHandler(out, options))
}
