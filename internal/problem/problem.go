// Package problem describes why an input was refused, in terms that both a person and a program can use.
//
// Services return problems as errors. The GraphQL layer shows them as userErrors; everything that is not a problem is
// an internal error there, and is not shown.
package problem

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Code says what kind of problem it is. The values are those of UserErrorCode in the schema.
type Code string

// The codes.
const (
	AlreadyExists         Code = "ALREADY_EXISTS"
	Conflict              Code = "CONFLICT"
	IdempotencyConflict   Code = "IDEMPOTENCY_CONFLICT"
	Invalid               Code = "INVALID"
	InvalidExpression     Code = "INVALID_EXPRESSION"
	InvalidURL            Code = "INVALID_URL"
	LimitExceeded         Code = "LIMIT_EXCEEDED"
	NotFound              Code = "NOT_FOUND"
	NotRetryable          Code = "NOT_RETRYABLE"
	NothingMatched        Code = "NOTHING_MATCHED"
	PayloadGone           Code = "PAYLOAD_GONE"
	PayloadSchemaMismatch Code = "PAYLOAD_SCHEMA_MISMATCH"
	PayloadTooLarge       Code = "PAYLOAD_TOO_LARGE"
	RateLimited           Code = "RATE_LIMITED"
	Required              Code = "REQUIRED"
	TooLong               Code = "TOO_LONG"
	UnknownEventType      Code = "UNKNOWN_EVENT_TYPE"
	WebhookDisabled       Code = "WEBHOOK_DISABLED"
)

// Problem is one reason for a refusal.
type Problem struct {
	Code    Code
	Message string
	// Field is the path of the offending field below the mutation's input. Nil when none is at fault.
	Field []string
	// Line and Column are where in the text of the field, from 1. 0 when the field is at fault as a whole.
	Line, Column int
	// RetryAfterSeconds is after how long the same input may be accepted. 0 when time does not help.
	RetryAfterSeconds int
}

// List is all that is wrong with one input. As an error it is never empty.
type List []Problem

// Error joins the messages.
func (l List) Error() string {
	texts := make([]string, len(l))

	for n, one := range l {
		texts[n] = one.Message
		if len(one.Field) > 0 {
			texts[n] = strings.Join(one.Field, ".") + ": " + one.Message
		}
	}

	return strings.Join(texts, "; ")
}

// New returns one problem as an error.
func New(code Code, message string, field ...string) error {
	return List{{Code: code, Message: message, Field: field}}
}

// Missing is the problem of a thing that is not there, or is somebody else's: the two look the same.
func Missing(what string, field ...string) error {
	return New(NotFound, "there is no such "+what, field...)
}

// Of returns the problems that an error consists of, and whether it consists of any.
func Of(err error) (List, bool) { return errors.AsType[List](err) }

// Add notes a problem.
func (l *List) Add(code Code, message string, field ...string) {
	*l = append(*l, Problem{Code: code, Message: message, Field: field})
}

// Addf is Add with a formatted message about one field.
func (l *List) Addf(code Code, field, format string, args ...any) {
	l.Add(code, fmt.Sprintf(format, args...), field)
}

// Text checks that a text is not blank, not longer than limit characters, and can be stored.
func (l *List) Text(value string, limit int, field ...string) {
	if strings.TrimSpace(value) == "" {
		l.Add(Required, "must not be empty", field...)

		return
	}

	l.OptionalText(&value, limit, field...)
}

// OptionalText checks that a text, if there is one, is not longer than limit characters and can be stored.
func (l *List) OptionalText(value *string, limit int, field ...string) {
	switch {
	case value == nil:
	case !utf8.ValidString(*value) || strings.ContainsRune(*value, 0):
		l.Add(Invalid, "must be valid UTF-8 without NUL", field...)
	case utf8.RuneCountInString(*value) > limit:
		l.Add(TooLong, "must be at most "+strconv.Itoa(limit)+" characters", field...)
	}
}

// Err returns the list as an error, or nil when it is empty.
func (l List) Err() error {
	if len(l) == 0 {
		return nil
	}

	return l
}
