package egress_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/egress"
)

func fetch(t *testing.T, client *http.Client, method, url, body string) (*http.Response, string, error) {
	t.Helper()

	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := client.Do(request)
	if err != nil {
		require.Nil(t, response)
		return nil, "", err
	}
	defer response.Body.Close()
	received, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response, string(received), nil
}

func requireTypedError(t *testing.T, err error, code egress.ErrorCode, message string) {
	t.Helper()
	known, ok := errors.AsType[*egress.Error](err)
	require.True(t, ok, "%v", err)
	require.Equal(t, egress.Error{Code: code, Message: message}, *known)
}

func TestClient_HTTPClient(t *testing.T) {
	t.Parallel()

	t.Run("sends the request and returns the response", func(t *testing.T) {
		t.Parallel()

		server := newServer(t, func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			w.Header().Set("X-Answer", r.Header.Get("Content-Type"))
			w.WriteHeader(http.StatusTeapot)
			_, _ = fmt.Fprintf(w, "%s %s %s %s", r.Method, r.URL, body, r.UserAgent())
		})
		client := newClient(t, loopback(), egress.TestOptions{}).HTTPClient(generous)
		response, body, err := fetch(t, client, http.MethodPost, server.URL+"/path?q=1", "a=b")
		require.NoError(t, err)
		require.Equal(t, http.StatusTeapot, response.StatusCode)
		require.Equal(t, "418 I'm a teapot", response.Status)
		require.Equal(t, "application/x-www-form-urlencoded", response.Header.Get("X-Answer"))
		require.Equal(t, "POST /path?q=1 a=b Surehook", body)
		require.EqualValues(t, len(body), response.ContentLength)
	})

	t.Run("returns redirects", func(t *testing.T) {
		t.Parallel()

		for _, status := range []int{301, 302, 303, 307, 308} {
			var requests atomic.Int32
			server := newServer(t, func(w http.ResponseWriter, r *http.Request) {
				requests.Add(1)
				http.Redirect(w, r, "/elsewhere", status)
			})
			client := newClient(t, loopback(), egress.TestOptions{}).HTTPClient(generous)
			response, _, err := fetch(t, client, http.MethodPost, server.URL, "a=b")
			require.NoError(t, err)
			require.Equal(t, status, response.StatusCode)
			require.Equal(t, "/elsewhere", response.Header.Get("Location"))
			require.Equal(t, int32(1), requests.Load())
		}
	})

	t.Run("reads 64 KiB and no more", func(t *testing.T) {
		t.Parallel()

		for size, fits := range map[int]bool{
			egress.MaxClientResponseBody: true, egress.MaxClientResponseBody + 1: false, 10 << 20: false,
		} {
			server := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, strings.Repeat("a", size))
			})
			client := newClient(t, loopback(), egress.TestOptions{}).HTTPClient(generous)
			_, body, err := fetch(t, client, http.MethodGet, server.URL, "")
			if fits {
				require.NoError(t, err)
				require.Len(t, body, size)
				continue
			}
			requireTypedError(t, err, egress.CodeProtocol, "response body exceeds 65536 bytes")
		}
	})

	t.Run("reports a body that breaks off", func(t *testing.T) {
		t.Parallel()

		client := newClient(t, loopback(), egress.TestOptions{}).HTTPClient(generous)
		_, _, err := fetch(t, client, http.MethodPost,
			answer(t, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", orderly), "")
		requireTypedError(t, err, egress.CodeProtocol, "response ended early")
	})

	t.Run("is under the guard", func(t *testing.T) {
		t.Parallel()

		server := newServer(t, func(http.ResponseWriter, *http.Request) {})
		client := newClient(t, egress.Config{AnyPort: true}, egress.TestOptions{}).HTTPClient(generous)
		_, _, err := fetch(t, client, http.MethodPost, server.URL, "")
		requireTypedError(t, err, egress.CodeAddressBlocked, "destination not allowed")
	})

	t.Run("ends at its timeout", func(t *testing.T) {
		t.Parallel()

		client := newClient(t, loopback(), egress.TestOptions{}).HTTPClient(500 * time.Millisecond)
		_, _, err := fetch(t, client, http.MethodPost,
			answer(t, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", holdOn), "")
		requireTypedError(t, err, egress.CodeTimeout, "timed out after 500ms while reading the response")
	})

	t.Run("ends with the context of the request", func(t *testing.T) {
		t.Parallel()

		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://127.0.0.1:1/", nil)
		require.NoError(t, err)
		_, err = newClient(t, loopback(), egress.TestOptions{}).HTTPClient(generous).Do(request)
		require.ErrorIs(t, err, context.Canceled)
	})

	t.Run("reports a body that cannot be read and sends nothing", func(t *testing.T) {
		t.Parallel()

		broken := errors.New("broken")
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://127.0.0.1:1/",
			io.MultiReader(strings.NewReader("start"), failing{broken}))
		require.NoError(t, err)
		_, err = newClient(t, loopback(), egress.TestOptions{}).HTTPClient(generous).Do(request)
		require.ErrorIs(t, err, broken)
	})
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
