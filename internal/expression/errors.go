package expression

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Error says what is wrong with an expression, and where. It is fit to be shown to who wrote it.
type Error struct {
	// Line and Column count from 1. Column counts characters.
	Line    int
	Column  int
	Message string
}

func (e *Error) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Message)
}

// Kind is why an expression gave nothing.
type Kind string

// The kinds of an [EvalError].
const (
	// Failed means that there is no result: types that do not go together, a division by zero, or something that is
	// not JSON.
	Failed Kind = "FAILED"
	// MissingData means that the event lacks what the expression asks for.
	MissingData Kind = "MISSING_DATA"
	// TooExpensive means that it took more work than one evaluation may.
	TooExpensive Kind = "TOO_EXPENSIVE"
	// TooLarge means that the result, or something on the way to it, is larger than [MaxOutput].
	TooLarge Kind = "TOO_LARGE"
)

// EvalError says why an expression gave nothing for an event. It is fit to be shown to who wrote the expression.
type EvalError struct {
	Kind    Kind
	Message string
}

func (e *EvalError) Error() string { return e.Message }

// maxMessage is how long the message of an [EvalError] may be, in bytes: it may quote a payload.
const maxMessage = 200

func failed(format string, args ...any) *EvalError {
	return &EvalError{Kind: Failed, Message: clip(fmt.Sprintf(format, args...))}
}

func tooLarge() *EvalError {
	return &EvalError{Kind: TooLarge, Message: fmt.Sprintf("result is larger than %d bytes", MaxOutput)}
}

// missing are the beginnings of the messages by which CEL says that there is no such thing. It has no type for that.
var missing = []string{
	"index '", "index out of bounds", "index out of range", "no such attribute", "no such key", "optional.none()",
}

// fromCEL tells errors of an evaluation by their messages.
func fromCEL(err error) *EvalError {
	if own := (*EvalError)(nil); errors.As(err, &own) {
		return own
	}

	message := err.Error()

	// CEL has caught a panic, such as that over bytes as the key of a map.
	if strings.HasPrefix(message, "internal error") {
		message = "a value is of a type that does not belong there"
	}

	kind := Failed
	if slices.ContainsFunc(missing, func(start string) bool { return strings.HasPrefix(message, start) }) {
		kind = MissingData
	}

	return &EvalError{Kind: kind, Message: clip(message)}
}

// clip shortens a message.
func clip(message string) string { return shorten(message, maxMessage) }

// shorten cuts a text that is longer than some bytes, and not within a character.
func shorten(text string, most int) string {
	if len(text) <= most {
		return strings.ToValidUTF8(text, string(utf8.RuneError))
	}

	return cut(text, most)
}

// cut returns the beginning of a text with a mark that it is not all of it, in at most some bytes.
func cut(text string, most int) string {
	return strings.ToValidUTF8(text[:min(len(text), most-len("…"))], "") + "…"
}
