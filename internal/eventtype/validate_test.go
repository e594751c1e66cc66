package eventtype_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/eventtype"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/problem"
)

func TestService_ValidateChecksAgainstTheVersionItIsTold(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := b.make(t, "user.created", userSchema)

	_, _, err := b.AddSchema(t.Context(), b.scope, one.ID, json.RawMessage(`{"required":["name"]}`))
	require.NoError(t, err)

	for range 2 { // compiled, then from the cache
		require.NoError(t, b.Validate(t.Context(), one.ID, 1, json.RawMessage(`{"id":1}`)))
		require.NoError(t, b.Validate(t.Context(), one.ID, 2, json.RawMessage(`{"name":1}`)))

		err = b.Validate(t.Context(), one.ID, 1, json.RawMessage(`{"id":"1"}`))
		requireProblem(t, err, problem.PayloadSchemaMismatch, "payload", "id")
		require.ErrorContains(t, err, "at /id: got string, want integer")

		requireProblem(t, b.Validate(t.Context(), one.ID, 2, json.RawMessage(`{"id":1}`)),
			problem.PayloadSchemaMismatch, "payload")
	}
}

func TestService_ValidateTellsAtMostFiveThings(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := b.make(t, "user.created", `{"additionalProperties":{"type":"string"}}`)

	err := b.Validate(t.Context(), one.ID, 1, json.RawMessage(`{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1}`))
	problems, ok := problem.Of(err)
	require.True(t, ok)
	require.Len(t, problems, 5)

	for n, one := range problems {
		require.Equal(t, problem.PayloadSchemaMismatch, one.Code)
		require.Equal(t, []string{"payload", string(rune('a' + n))}, one.Field)
	}
}

func TestService_ValidateWithoutSchemaTakesAnyObject(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := b.make(t, "user.created", "")

	require.NoError(t, b.Validate(t.Context(), one.ID, 0, json.RawMessage(`{"any":["thing","\u0000",1e99999]}`)))

	for _, payload := range []string{
		`[]`, `null`, `"text"`, `7`, ``, `{`, `{} {}`, "{\"n\":\"\xff\"}",
		strings.Repeat(`{"a":`, 10_001) + `1` + strings.Repeat(`}`, 10_001),
	} {
		requireProblem(t, b.Validate(t.Context(), one.ID, 0, json.RawMessage(payload)), problem.Invalid, "payload")
	}
}

func TestService_ValidateRefusesNumbersThatCannotBeCalculatedWith(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := b.make(t, "user.created", `{"properties":{"n":{"minimum":0,"multipleOf":0.1}},"uniqueItems":true}`)

	for number, ok := range map[string]bool{
		"1e1000": true, "1e-1000": false, strings.Repeat("9", 1000): true, "1e1001": false, "1E+1001": false,
		"1e-1001": false, "1e99999999999999999999": false, strings.Repeat("9", 1001): false,
	} {
		err := b.Validate(t.Context(), one.ID, 1, json.RawMessage(`{"n":`+number+`}`))
		require.Equal(t, ok, err == nil, "%s: %v", number, err)

		if err != nil {
			_, ok := problem.Of(err)
			require.True(t, ok)
		}
	}
}

func TestService_ValidateKnowsADefectFromAMismatch(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := b.make(t, "user.created", userSchema)

	for _, unknown := range []struct {
		eventType id.ID
		version   int
	}{{one.ID, 2}, {id.New(id.EventType), 1}} {
		err := b.Validate(t.Context(), unknown.eventType, unknown.version, json.RawMessage(`{}`))
		require.ErrorIs(t, err, eventtype.ErrUnknownVersion)

		_, ok := problem.Of(err)
		require.False(t, ok)
	}
}

func TestService_ValidateIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()

	b := setup(t)

	types := make([]eventtype.EventType, 3)
	for n := range types {
		types[n] = b.make(t, fmt.Sprint("t", n), userSchema)
	}

	var group sync.WaitGroup

	for n := range 8 {
		group.Go(func() {
			for range 100 {
				one := types[n%len(types)].ID

				if err := b.Validate(t.Context(), one, 1, json.RawMessage(`{"id":1}`)); err != nil {
					t.Error(err)
				}

				if err := b.Validate(t.Context(), one, 1, json.RawMessage(`{"id":"1"}`)); err == nil {
					t.Error("a mismatch was not noticed")
				}
			}
		})
	}

	group.Wait()
}

func TestService_ValidateGivesUpWithItsRequest(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := b.make(t, "user.created", userSchema)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()

	require.ErrorIs(t, b.Validate(ctx, one.ID, 1, json.RawMessage(`{}`)), context.Canceled)
	require.NoError(t, b.Validate(t.Context(), one.ID, 1, json.RawMessage(`{"id":1}`)), "what failed is tried again")
}
