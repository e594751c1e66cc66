package endpointauth

import (
	"fmt"
	"io"
	"log/slog"
)

const placeholder = "[redacted]"

// redacted, embedded in a type, keeps its values out of the output of fmt and slog.
type redacted struct{}

var (
	_ fmt.Formatter  = Auth{}
	_ fmt.GoStringer = Auth{}
	_ fmt.Stringer   = Auth{}
	_ slog.LogValuer = Auth{}
)

// String returns a placeholder.
func (redacted) String() string { return placeholder }

// GoString returns a placeholder.
func (redacted) GoString() string { return placeholder }

// Format writes a placeholder for every verb.
func (redacted) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, placeholder) }

// LogValue returns a placeholder.
func (redacted) LogValue() slog.Value { return slog.StringValue(placeholder) }
