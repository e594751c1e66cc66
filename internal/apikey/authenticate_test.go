package apikey_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/apikey"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/tenant"
)

func TestService_AuthenticateRefusesWhatIsNoKeyOfOurs(t *testing.T) {
	t.Parallel()

	b := setup(t)
	_, token := b.make(t, apikey.Admin)
	other := apikey.NewOperatorToken()

	_, err := b.Authenticate(t.Context(), token[:len(token)-1]+"!")
	require.ErrorIs(t, err, apikey.ErrMalformed)
	require.ErrorIs(t, err, apikey.ErrUnauthenticated)

	_, err = b.Authenticate(t.Context(), other)
	require.ErrorIs(t, err, apikey.ErrUnknown)
	require.ErrorIs(t, err, apikey.ErrUnauthenticated)
}

func TestService_AuthenticateRefusesAWrongSecretAlsoForACachedKey(t *testing.T) {
	t.Parallel()

	b := setup(t)
	key, token := b.make(t, apikey.Admin)
	forged := apikey.Forge(key.ID)

	_, err := b.Authenticate(t.Context(), forged)
	require.ErrorIs(t, err, apikey.ErrUnknown)

	_, err = b.Authenticate(t.Context(), token)
	require.NoError(t, err)

	_, err = b.Authenticate(t.Context(), forged)
	require.ErrorIs(t, err, apikey.ErrUnknown)
}

func TestService_AuthenticateTellsAForgerNothingOfTheKeysState(t *testing.T) {
	t.Parallel()

	b := setup(t)
	key, _ := b.make(t, apikey.Admin)

	_, err := b.Revoke(t.Context(), tenant.All(), key.ID)
	require.NoError(t, err)

	_, err = b.Authenticate(t.Context(), apikey.Forge(key.ID))
	require.ErrorIs(t, err, apikey.ErrUnknown)
}

func TestService_AuthenticateStopsWhenTheKeyExpiresAlsoFromTheCache(t *testing.T) {
	t.Parallel()

	b := setup(t)
	expires := b.now().Add(time.Second)

	_, token, err := b.Create(t.Context(), tenant.All(), apikey.CreateInput{
		OrganizationID: &b.mine, Name: "n", Role: apikey.Viewer, ExpiresAt: &expires,
	})
	require.NoError(t, err)

	_, err = b.Authenticate(t.Context(), token)
	require.NoError(t, err)

	b.wait(time.Second)

	_, err = b.Authenticate(t.Context(), token)
	require.ErrorIs(t, err, apikey.ErrExpired)
	require.ErrorIs(t, err, apikey.ErrUnauthenticated)
}

func TestService_RevokeWorksAtOnceHereAndWithinSecondsElsewhere(t *testing.T) {
	t.Parallel()

	b := setup(t)
	elsewhere := b.anotherProcess()
	key, token := b.make(t, apikey.Admin)

	for _, process := range []*apikey.Service{b.Service, elsewhere} {
		_, err := process.Authenticate(t.Context(), token)
		require.NoError(t, err)
	}

	revoked, err := b.Revoke(t.Context(), tenant.Of(b.mine), key.ID)
	require.NoError(t, err)
	require.True(t, revoked.RevokedAt.Equal(b.now()))

	_, err = b.Authenticate(t.Context(), token)
	require.ErrorIs(t, err, apikey.ErrRevoked)

	b.wait(2 * time.Second)

	_, err = elsewhere.Authenticate(t.Context(), token)
	require.ErrorIs(t, err, apikey.ErrRevoked)
	require.ErrorIs(t, err, apikey.ErrUnauthenticated)

	again, err := b.Revoke(t.Context(), tenant.Of(b.mine), key.ID)
	require.NoError(t, err)
	require.Equal(t, revoked.RevokedAt, again.RevokedAt)
}

func TestService_AKeyIsNotCachedAgainByALookupThatRevokingOvertook(t *testing.T) {
	t.Parallel()

	b := setup(t)
	key, token := b.make(t, apikey.Admin)

	// The row is read, then the key is revoked, then what was read comes to be kept.
	keep := b.ReadForCache(t, key.ID)

	_, err := b.Revoke(t.Context(), tenant.All(), key.ID)
	require.NoError(t, err)
	keep()

	_, err = b.Authenticate(t.Context(), token)
	require.ErrorIs(t, err, apikey.ErrRevoked)
}

func TestService_AuthenticateAsksTheDatabaseOnceInTwoSeconds(t *testing.T) {
	t.Parallel()

	b := setup(t)
	_, token := b.make(t, apikey.Admin)

	_, err := b.Authenticate(t.Context(), token)
	require.NoError(t, err)

	b.pool.Close()
	b.wait(2*time.Second - 1)

	_, err = b.Authenticate(t.Context(), token)
	require.NoError(t, err)

	b.wait(1)

	_, err = b.Authenticate(t.Context(), token)
	require.Error(t, err)
	require.NotErrorIs(t, err, apikey.ErrUnauthenticated, "an outage says nothing about the key")
}

func TestService_AuthenticateDoesNotTrustACacheFromTheFuture(t *testing.T) {
	t.Parallel()

	b := setup(t)
	elsewhere := b.anotherProcess()
	key, token := b.make(t, apikey.Admin)

	_, err := elsewhere.Authenticate(t.Context(), token)
	require.NoError(t, err)

	_, err = b.Revoke(t.Context(), tenant.All(), key.ID)
	require.NoError(t, err)

	b.wait(-time.Hour) // the clock was wrong and is set back

	_, err = elsewhere.Authenticate(t.Context(), token)
	require.ErrorIs(t, err, apikey.ErrRevoked)
}

func TestService_LastUseIsWrittenDownOnceAMinute(t *testing.T) {
	t.Parallel()

	b := setup(t)
	key, token := b.make(t, apikey.Admin)

	lastUsed := func() time.Time {
		found, err := b.Get(t.Context(), tenant.All(), key.ID)
		require.NoError(t, err)
		require.NotNil(t, found.LastUsedAt)

		return found.LastUsedAt.UTC()
	}
	use := func() {
		_, err := b.Authenticate(t.Context(), token)
		require.NoError(t, err)
	}

	first := b.now()

	use()
	require.Equal(t, first, lastUsed())

	b.wait(59 * time.Second)
	use()
	require.Equal(t, first, lastUsed())

	b.wait(2 * time.Second)
	use()
	require.Equal(t, b.now(), lastUsed())
}

func TestService_LastUseThatCannotBeWrittenFailsNoRequest(t *testing.T) {
	t.Parallel()

	b := setup(t)
	_, token := b.make(t, apikey.Admin)

	_, err := b.pool.Exec(t.Context(), `ALTER TABLE api_keys ADD CHECK (last_used_at IS NULL)`)
	require.NoError(t, err)

	_, err = b.Authenticate(t.Context(), token)
	require.NoError(t, err)
}

func TestService_AuthenticateGivesUpWithItsRequest(t *testing.T) {
	t.Parallel()

	b := setup(t)
	_, token := b.make(t, apikey.Admin)

	_, err := b.Authenticate(canceled(t.Context()), token)
	require.Error(t, err)
	require.NotErrorIs(t, err, apikey.ErrUnauthenticated)
}

func TestService_AuthenticateCanBeUsedConcurrently(t *testing.T) {
	t.Parallel()

	b := setup(t)
	key, token := b.make(t, apikey.Admin)

	var group sync.WaitGroup

	for range 8 {
		group.Go(func() {
			for range 50 {
				_, _ = b.Authenticate(t.Context(), token)
			}
		})
	}

	_, err := b.Revoke(t.Context(), tenant.All(), key.ID)
	require.NoError(t, err)
	group.Wait()

	_, err = b.Authenticate(t.Context(), token)
	require.ErrorIs(t, err, apikey.ErrRevoked)
}

func TestService_ActiveFindsAKeyForAsLongAsItIsGood(t *testing.T) {
	t.Parallel()

	b := setup(t)
	expires := b.now().Add(time.Minute)

	made, _, err := b.Create(t.Context(), tenant.All(), apikey.CreateInput{
		OrganizationID: &b.mine, Name: "n", Role: apikey.Viewer, ExpiresAt: &expires,
	})
	require.NoError(t, err)

	found, err := b.Active(t.Context(), made.ID)
	require.NoError(t, err)
	require.Equal(t, made.ID, found.ID)
	require.Equal(t, apikey.Viewer, found.Role)

	used, err := b.Get(t.Context(), tenant.All(), made.ID)
	require.NoError(t, err)
	require.Equal(t, b.now(), used.LastUsedAt.UTC(), "it counts as used")

	b.wait(time.Minute)

	_, err = b.Active(t.Context(), made.ID)
	require.ErrorIs(t, err, apikey.ErrExpired)

	revoked, _ := b.make(t, apikey.Admin)
	_, err = b.Revoke(t.Context(), tenant.All(), revoked.ID)
	require.NoError(t, err)

	_, err = b.Active(t.Context(), revoked.ID)
	require.ErrorIs(t, err, apikey.ErrRevoked)
}

func TestService_ActiveKnowsNothingElse(t *testing.T) {
	t.Parallel()

	b := setup(t)

	for _, other := range []id.ID{{}, id.New(id.APIKey), b.mine} {
		_, err := b.Active(t.Context(), other)
		require.ErrorIs(t, err, apikey.ErrUnknown)
	}

	b.pool.Close()

	_, err := b.Active(t.Context(), id.New(id.APIKey))
	require.Error(t, err)
	require.NotErrorIs(t, err, apikey.ErrUnauthenticated)
}
