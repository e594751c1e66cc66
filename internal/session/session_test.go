package session_test

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/apikey"
	"github.com/surehook/surehook/internal/session"
	"github.com/surehook/surehook/internal/tenant"
)

func TestService_ASessionStandsForItsKey(t *testing.T) {
	t.Parallel()

	b := setup(t)

	key, err := b.Resume(t.Context(), b.start(t))
	require.NoError(t, err)
	require.Equal(t, b.key.ID, key.ID)
	require.Equal(t, apikey.Operator, key.Role)
}

func TestService_HoldsNothingOfTheToken(t *testing.T) {
	t.Parallel()

	b := setup(t)

	value := b.start(t)
	require.NotEqual(t, value, b.start(t), "two sessions of a key are told apart")

	raw, err := base64.RawURLEncoding.DecodeString(value)
	require.NoError(t, err)
	require.Less(t, len(raw), 64)
	require.NotContains(t, value, b.token)

	plaintext, err := b.box.Open(raw, []byte("session/1"))
	require.NoError(t, err)
	require.Len(t, plaintext, 24, "the id of the key and the end")
	require.NotContains(t, string(plaintext), b.token[len(b.token)-38:len(b.token)-6])
}

func TestService_NeedsAGoodToken(t *testing.T) {
	t.Parallel()

	b := setup(t)

	_, _, err := b.Start(t.Context(), "")
	require.ErrorIs(t, err, apikey.ErrMalformed)

	_, _, err = b.Start(t.Context(), apikey.NewOperatorToken())
	require.ErrorIs(t, err, apikey.ErrUnknown)
}

func TestService_ASessionEndsInTime(t *testing.T) {
	t.Parallel()

	b := setup(t)
	value := b.start(t)

	b.wait(lifetime - time.Second)

	_, err := b.Resume(t.Context(), value)
	require.NoError(t, err)

	b.wait(time.Second)

	_, err = b.Resume(t.Context(), value)
	require.ErrorIs(t, err, session.ErrEnded)
	require.ErrorIs(t, err, apikey.ErrUnauthenticated)
}

func TestService_ASessionEndsWithItsKey(t *testing.T) {
	t.Parallel()

	b := setup(t)
	value := b.start(t)

	_, err := b.keys.Revoke(t.Context(), tenant.All(), b.key.ID)
	require.NoError(t, err)

	_, err = b.Resume(t.Context(), value)
	require.ErrorIs(t, err, apikey.ErrRevoked)

	expires := b.now().Add(time.Minute)

	_, b.token, err = b.keys.Create(t.Context(), tenant.All(), apikey.CreateInput{
		Name: "short", Role: apikey.Operator, ExpiresAt: &expires,
	})
	require.NoError(t, err)

	value, _, err = b.Start(t.Context(), b.token)
	require.NoError(t, err)

	b.wait(time.Minute)

	_, err = b.Resume(t.Context(), value)
	require.ErrorIs(t, err, apikey.ErrExpired)
}

func TestService_AnotherProcessNoticesARevokedKeyWithinSeconds(t *testing.T) {
	t.Parallel()

	b := setup(t)
	value := b.start(t)

	elsewhere := session.NewService(apikey.NewService(b.pool, b.now), b.box, lifetime, b.now)
	_, err := elsewhere.Resume(t.Context(), value)
	require.NoError(t, err)

	_, err = b.keys.Revoke(t.Context(), tenant.All(), b.key.ID)
	require.NoError(t, err)
	b.wait(2 * time.Second)

	_, err = elsewhere.Resume(t.Context(), value)
	require.ErrorIs(t, err, apikey.ErrRevoked)
}

func TestService_TakesNothingThatItDidNotSealForThis(t *testing.T) {
	t.Parallel()

	b := setup(t)
	value := b.start(t)
	key := b.key.ID.UUID()

	sealed := func(plaintext, purpose string) string {
		raw, err := b.box.Seal([]byte(plaintext), []byte(purpose))
		require.NoError(t, err)

		return base64.RawURLEncoding.EncodeToString(raw)
	}

	end := strings.Repeat("\x7f", 8)
	foreign, err := newBox(t).Seal([]byte(string(key[:])+end), []byte("session/1"))
	require.NoError(t, err)

	for name, one := range map[string]string{
		"another purpose": sealed(string(key[:])+end, "org_x/wh_y/headers"),
		"cut off":         value[:len(value)-4],
		"empty":           "",
		"nothing sealed":  sealed("", "session/1"),
		"other keyset":    base64.RawURLEncoding.EncodeToString(foreign),
		"plain":           base64.RawURLEncoding.EncodeToString([]byte(string(key[:]) + end)),
		"the key's id":    b.key.ID.String(),
		"the token":       b.token,
		"too long":        sealed(string(key[:])+end+"!", "session/1"),
		"with padding":    value + "=",
	} {
		_, err := b.Resume(t.Context(), one)
		require.ErrorIs(t, err, session.ErrEnded, name)
	}

	_, err = b.Resume(t.Context(), sealed(strings.Repeat("\x01", 16)+end, "session/1"))
	require.ErrorIs(t, err, apikey.ErrUnknown, "a key that there is not")

	_, err = b.Resume(t.Context(), sealed(string(key[:])+strings.Repeat("\xff", 8), "session/1"))
	require.ErrorIs(t, err, session.ErrEnded, "a time before 1970")
}

func TestService_AnOutageIsNotTheEndOfTheSession(t *testing.T) {
	t.Parallel()

	b := setup(t)
	value := b.start(t)
	b.wait(3 * time.Second) // what is in memory does not count any more
	b.pool.Close()

	_, err := b.Resume(t.Context(), value)
	require.Error(t, err)
	require.NotErrorIs(t, err, apikey.ErrUnauthenticated)
}
