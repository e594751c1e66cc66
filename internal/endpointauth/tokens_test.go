package endpointauth_test

import (
	"context"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/egress"
)

const short = 500 * time.Millisecond

// slowGrant lets a test hold back the answer of the token endpoint.
type slowGrant struct {
	arrived chan struct{} // gets a value for each request
	leave   chan struct{} // each value lets one go, and closing lets all go
}

func setupSlow(t *testing.T) (*bundle, *slowGrant) {
	t.Helper()
	slow := &slowGrant{arrived: make(chan struct{}, 100), leave: make(chan struct{})}
	b := setup(t, func(b *bundle) {
		grant := b.grant
		b.grant = func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			slow.arrived <- struct{}{}
			select {
			case <-slow.leave:
				grant(w, r)
			case <-r.Context().Done():
			}
		}
	})
	return b, slow
}

func TestAuthenticator_Do_EndsInTime(t *testing.T) {
	t.Parallel()

	t.Run("while the token endpoint takes its time, whose answer is kept for the next", func(t *testing.T) {
		t.Parallel()

		b, slow := setupSlow(t)
		request := b.request()
		request.Timeout = short
		result := b.sut.Do(t.Context(), "key", b.auth, request)
		requireError(t, result, egress.CodeAuthUnavailable, "token endpoint: timed out after 500ms")
		require.GreaterOrEqual(t, result.Duration, short)
		require.Less(t, result.Duration, generous/2)
		require.Empty(t, b.atEndpoint())

		close(slow.leave)
		requireOK(t, b.do(t, "key"))
		require.Equal(t, []string{"Bearer token-1"}, b.authorizations())
		require.EqualValues(t, 1, b.tokens.Load())
	})

	t.Run("while the endpoint takes its time", func(t *testing.T) {
		t.Parallel()

		b := setup(t, func(b *bundle) {
			b.answer = func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
		})
		request := b.request()
		request.Timeout = short
		result := b.sut.Do(t.Context(), "key", b.auth, request)
		requireError(t, result, egress.CodeTimeout, "timed out after 500ms while waiting for the response")
		require.GreaterOrEqual(t, result.Duration, short)
	})

	t.Run("while a new token is fetched after 401", func(t *testing.T) {
		t.Parallel()

		b, slow := setupSlow(t)
		b.answer = unauthorizedFor("token-1")
		results := make(chan egress.Result, 1)
		request := b.request()
		request.Timeout = 4 * short
		go func() { results <- b.sut.Do(t.Context(), "key", b.auth, request) }()
		<-slow.arrived
		slow.leave <- struct{}{}
		result := <-results
		requireError(t, result, egress.CodeAuthUnavailable,
			"endpoint answered 401, and then: token endpoint: timed out after 2s")
		require.Len(t, b.atEndpoint(), 1)
	})

	t.Run("at the deadline of the request", func(t *testing.T) {
		t.Parallel()

		b, _ := setupSlow(t)
		request := b.request()
		request.Deadline = time.Now().Add(short)
		result := b.sut.Do(t.Context(), "key", b.auth, request)
		requireError(t, result, egress.CodeAuthUnavailable, "token endpoint: timed out after 20s")
		require.Less(t, result.Duration, generous/2)
	})

	t.Run("when the caller gives up, and leaves the token to others", func(t *testing.T) {
		t.Parallel()

		b, slow := setupSlow(t)
		ctx, cancel := context.WithCancel(t.Context())
		first := make(chan egress.Result, 1)
		go func() { first <- b.sut.Do(ctx, "key", b.auth, b.request()) }()
		<-slow.arrived
		second := make(chan egress.Result, 1)
		go func() { second <- b.do(t, "key") }()

		cancel()
		requireError(t, <-first, egress.CodeCanceled, "request canceled")
		close(slow.leave)
		requireOK(t, <-second)
		require.EqualValues(t, 1, b.tokens.Load())
		require.Len(t, b.atEndpoint(), 1)
	})
}

func TestAuthenticator_Close(t *testing.T) {
	t.Parallel()

	b, slow := setupSlow(t)
	results := make(chan egress.Result, 1)
	go func() { results <- b.do(t, "key") }()
	<-slow.arrived
	b.sut.Close()
	requireError(t, <-results, egress.CodeCanceled, "request canceled")

	requireError(t, b.do(t, "key"), egress.CodeCanceled, "request canceled")
	require.EqualValues(t, 1, b.tokens.Load(), "nothing begins after it")
	require.Empty(t, b.atEndpoint())
	b.sut.Close()
}

func TestAuthenticator_Do_AsksForOneTokenAtATime(t *testing.T) {
	t.Parallel()

	var atOnce, most atomic.Int32
	b := setup(t, func(b *bundle) {
		grant := b.grant
		b.grant = func(w http.ResponseWriter, r *http.Request) {
			most.Store(max(most.Load(), atOnce.Add(1)))
			defer atOnce.Add(-1)
			grant(w, r)
		}
		b.granted = func(n int64) string { return grantOf(n, "-1") } // of no use to who comes later
	})
	doMany(t, b, 50)
	require.EqualValues(t, 1, most.Load())
	require.Len(t, b.atEndpoint(), 50)
}

func TestAuthenticator_Do_AsksOnceForMany(t *testing.T) {
	t.Parallel()

	b := setup(t, nil)
	doMany(t, b, 50)
	require.EqualValues(t, 1, b.tokens.Load())
	require.Len(t, b.atEndpoint(), 50)
}

func TestAuthenticator_Do_RenewsOnceForMany(t *testing.T) {
	t.Parallel()

	const many = 20
	var refused sync.WaitGroup
	refused.Add(many)
	b := setup(t, func(b *bundle) {
		b.answer = func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") == "Bearer token-1" {
				refused.Done()
				refused.Wait() // so that all have the old token
				w.WriteHeader(http.StatusUnauthorized)
			}
		}
	})
	doMany(t, b, many)
	require.EqualValues(t, 2, b.tokens.Load())
	require.Len(t, b.atEndpoint(), 2*many)
}

func TestAuthenticator_Do_DropsOnlyTheTokenThatWasRefused(t *testing.T) {
	t.Parallel()

	var first atomic.Bool
	arrived, leave := make(chan struct{}), make(chan struct{})
	b := setup(t, func(b *bundle) {
		refuse := unauthorizedFor("token-1")
		b.answer = func(w http.ResponseWriter, r *http.Request) {
			if first.CompareAndSwap(false, true) {
				close(arrived)
				<-leave
			}
			refuse(w, r)
		}
	})
	late := make(chan egress.Result, 1)
	go func() { late <- b.do(t, "key") }()
	<-arrived
	requireOK(t, b.do(t, "key")) // gets the second token

	close(leave)
	requireOK(t, <-late)
	require.EqualValues(t, 2, b.tokens.Load(), "the late one takes the token that is there by now")
}

// doMany sends as many requests at once, all of which must succeed.
func doMany(t *testing.T, b *bundle, many int) {
	t.Helper()

	results := make(chan egress.Result, many)
	for range many {
		go func() { results <- b.do(t, "key") }()
	}
	for range many {
		requireOK(t, <-results)
	}
}
