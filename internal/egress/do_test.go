package egress_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/egress"
)

func TestClient_Do(t *testing.T) {
	t.Parallel()

	t.Run("sends the request and returns the response", func(t *testing.T) {
		t.Parallel()

		server := newServer(t, func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			w.Header().Set("X-Answer", "yes")
			w.WriteHeader(http.StatusTeapot)
			_, _ = fmt.Fprintf(w, "%s %s %s", r.Method, r.URL, body)
		})
		before := time.Now()
		result := newClient(t, loopback(), egress.TestOptions{}).Do(t.Context(), egress.Request{
			Body: []byte("hello"), Method: http.MethodPut, URL: server.URL + "/path?q=1",
		})
		require.Nil(t, result.Err)
		require.Equal(t, http.StatusTeapot, result.Response.StatusCode)
		require.Equal(t, "yes", result.Response.Header.Get("X-Answer"))
		require.Equal(t, "PUT /path?q=1 hello", string(result.Response.Body))
		require.False(t, result.Response.Truncated)
		require.Equal(t, "127.0.0.1", result.RemoteIP.String())
		require.False(t, result.StartedAt.Before(before))
		require.Positive(t, result.Duration)
	})

	t.Run("reports the headers that the receiver saw", func(t *testing.T) {
		t.Parallel()

		for _, protocol := range []string{"HTTP/1.1", "HTTP/2.0"} {
			seen := make(chan http.Header, 1)
			handler := func(_ http.ResponseWriter, r *http.Request) {
				header := r.Header.Clone()
				header.Set("Host", r.Host)
				if r.ContentLength >= 0 {
					header.Set("Content-Length", fmt.Sprint(r.ContentLength))
				}
				header.Set("Proto", r.Proto)
				seen <- header
			}
			server, config := newServer(t, handler), loopback()
			if protocol == "HTTP/2.0" {
				server = newTLSServer(t, handler)
				config = trusting(server)
			}

			config.UserAgent = "Surehook/1.2 (+https://surehook.example)"
			result := post(t, newClient(t, config, egress.TestOptions{}), server.URL, http.Header{
				"Content-Type":    {"application/json"},
				"Idempotency-Key": {"key-1"},
				"webhook-id":      {"msg_1"},
				"X-Twice":         {"a", "b"},
			})
			requireOK(t, result)

			got := <-seen
			require.Equal(t, []string{protocol}, got["Proto"])
			got.Del("Proto")
			require.Equal(t, got, result.Header)
			require.Equal(t, "Surehook/1.2 (+https://surehook.example)", got.Get("User-Agent"))
			require.Equal(t, "key-1", got.Get("Idempotency-Key"))
			require.Equal(t, "msg_1", got.Get("Webhook-Id"))
			require.NotContains(t, got, "Accept-Encoding")
		}
	})

	t.Run("names itself by default and lets the request name itself", func(t *testing.T) {
		t.Parallel()

		server := newServer(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.UserAgent()) })
		client := newClient(t, loopback(), egress.TestOptions{})
		require.Equal(t, "Surehook", string(post(t, client, server.URL, nil).Response.Body))
		result := post(t, client, server.URL, http.Header{"user-agent": {"Other/1"}})
		require.Equal(t, "Other/1", string(result.Response.Body))
		require.Equal(t, "Other/1", result.Header.Get("User-Agent"))
	})

	t.Run("does not follow redirects", func(t *testing.T) {
		t.Parallel()

		for _, status := range []int{301, 302, 303, 307, 308} {
			var requests atomic.Int32
			server := newServer(t, func(w http.ResponseWriter, r *http.Request) {
				requests.Add(1)
				http.Redirect(w, r, "/elsewhere", status)
			})
			result := post(t, newClient(t, loopback(), egress.TestOptions{}), server.URL, nil)
			require.Nil(t, result.Err)
			require.Equal(t, status, result.Response.StatusCode)
			require.Equal(t, "/elsewhere", result.Response.Header.Get("Location"))
			require.Equal(t, int32(1), requests.Load())
		}
	})

	t.Run("keeps no cookies", func(t *testing.T) {
		t.Parallel()

		server := newServer(t, func(w http.ResponseWriter, r *http.Request) {
			http.SetCookie(w, &http.Cookie{Name: "a", Value: "b"})
			_, _ = io.WriteString(w, r.Header.Get("Cookie"))
		})
		client := newClient(t, loopback(), egress.TestOptions{})
		for range 2 {
			require.Empty(t, post(t, client, server.URL, nil).Response.Body)
		}
	})

	t.Run("refuses what is not fit to be sent", func(t *testing.T) {
		t.Parallel()

		client := newClient(t, loopback(), egress.TestOptions{})
		result := post(t, client, "ftp://example.com", nil)
		requireError(t, result, egress.CodeUnknown, "URL must start with http:// or https://")
		result = post(t, client, "http://127.0.0.1:1/", http.Header{"X-A": {"a\r\nb"}})
		requireError(t, result, egress.CodeUnknown, "request cannot be sent")
		result = client.Do(t.Context(), egress.Request{Method: "BAD METHOD", URL: "http://127.0.0.1:1/"})
		requireError(t, result, egress.CodeUnknown, "request cannot be sent")
		require.Nil(t, result.Response)
	})
}

func TestClient_Do_Timings(t *testing.T) {
	t.Parallel()

	for name, start := range map[string]func(*testing.T, http.HandlerFunc) *httptest.Server{
		"over HTTP/1.1": func(t *testing.T, handler http.HandlerFunc) *httptest.Server {
			t.Helper()
			server := httptest.NewTLSServer(handler)
			t.Cleanup(server.Close)
			return server
		},
		"over HTTP/2": newTLSServer,
	} {
		t.Run(name+" tell a new connection from a reused one", func(t *testing.T) {
			t.Parallel()

			server := start(t, func(http.ResponseWriter, *http.Request) {})
			client := newClient(t, trusting(server), egress.TestOptions{})

			first := post(t, client, server.URL, nil)
			requireOK(t, first)
			require.Nil(t, first.Timings.DNS, "the address is in digits")
			require.Positive(t, *first.Timings.Connect)
			require.Positive(t, *first.Timings.TLS)
			require.NotNil(t, first.Timings.FirstByte)
			require.LessOrEqual(t, *first.Timings.Connect+*first.Timings.TLS+*first.Timings.FirstByte, first.Duration)

			second := post(t, client, server.URL, nil)
			requireOK(t, second)
			require.Nil(t, second.Timings.DNS)
			require.Nil(t, second.Timings.Connect)
			require.Nil(t, second.Timings.TLS)
			require.NotNil(t, second.Timings.FirstByte)
			require.Equal(t, first.RemoteIP, second.RemoteIP)
		})
	}
}

func TestClient_Do_EndsInTime(t *testing.T) {
	t.Parallel()

	const short = 500 * time.Millisecond

	t.Run("at its own deadline", func(t *testing.T) {
		t.Parallel()

		url := answer(t, "", holdOn)
		result := newClient(t, loopback(), egress.TestOptions{}).Do(t.Context(), egress.Request{
			Method: http.MethodPost, Timeout: short, URL: url,
		})
		requireError(t, result, egress.CodeTimeout, "timed out after 500ms while waiting for the response")
		require.Nil(t, result.Response)
		require.Nil(t, result.Timings.FirstByte)
		require.GreaterOrEqual(t, result.Duration, short)
		require.Less(t, result.Duration, short+2*time.Second)
	})

	t.Run("when the caller gives up", func(t *testing.T) {
		t.Parallel()

		ctx, cancel := context.WithCancel(t.Context())
		server := newServer(t, func(_ http.ResponseWriter, r *http.Request) {
			cancel()
			_, _ = io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
		})
		result := newClient(t, loopback(), egress.TestOptions{}).Do(ctx, egress.Request{
			Method: http.MethodPost, Timeout: generous, URL: server.URL,
		})
		requireError(t, result, egress.CodeCanceled, "request canceled")
	})

	t.Run("when the caller's own deadline is nearer", func(t *testing.T) {
		t.Parallel()

		ctx, cancel := context.WithTimeout(t.Context(), short)
		defer cancel()
		result := newClient(t, loopback(), egress.TestOptions{}).Do(ctx, egress.Request{
			Method: http.MethodPost, Timeout: generous, URL: answer(t, "", holdOn),
		})
		requireError(t, result, egress.CodeCanceled, "request canceled")
	})

	t.Run("before it began, if the caller gave up already", func(t *testing.T) {
		t.Parallel()

		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		result := newClient(t, loopback(), egress.TestOptions{}).Do(ctx, egress.Request{URL: "http://127.0.0.1:1/"})
		requireError(t, result, egress.CodeCanceled, "request canceled")
	})
}

func TestClient_Do_IgnoresProxyOfEnvironment(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	t.Setenv("http_proxy", "http://127.0.0.1:1")

	server := newServer(t, func(http.ResponseWriter, *http.Request) {})
	client := newClient(t, loopback(), egress.TestOptions{ // net/http never uses a proxy for loopback addresses
		Resolver: stubResolver(t, func(string) dnsAnswer { return dnsAnswer{addrs: []string{"127.0.0.1"}} }),
	})
	requireOK(t, post(t, client, strings.Replace(server.URL, "127.0.0.1", "receiver.test", 1), nil))
}

func TestClient_Do_InternationalHostName(t *testing.T) {
	t.Parallel()

	server := newServer(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Host) })
	asked := make(chan string, 100)
	client := newClient(t, loopback(), egress.TestOptions{Resolver: stubResolver(t, func(name string) dnsAnswer {
		asked <- name
		return dnsAnswer{addrs: []string{"127.0.0.1"}}
	})})
	result := post(t, client, strings.Replace(server.URL, "127.0.0.1", "münchen.test", 1), nil)
	requireOK(t, result)
	require.Equal(t, "xn--mnchen-3ya.test", <-asked)
	require.Contains(t, string(result.Response.Body), "xn--mnchen-3ya.test:")
	require.Equal(t, string(result.Response.Body), result.Header.Get("Host"))
}

func TestNew_BlocksLoopbackByDefault(t *testing.T) {
	t.Parallel()

	server := newServer(t, func(http.ResponseWriter, *http.Request) {})
	client := egress.New(egress.Config{AnyPort: true})
	t.Cleanup(client.Close)
	result := post(t, client, server.URL, nil)
	require.EqualError(t, result.Err, "ADDRESS_BLOCKED: destination not allowed")
}

func TestExplainDial(t *testing.T) {
	t.Parallel()

	tests := []struct {
		cause   error
		code    egress.ErrorCode
		message string
	}{
		{&net.AddrError{Err: "no suitable address", Addr: "10.0.0.1"}, egress.CodeConnect, "connection failed"},
		{&net.DNSError{Err: "i/o timeout", IsTimeout: true}, egress.CodeDNS, "host name lookup timed out"},
		{syscall.EADDRNOTAVAIL, egress.CodeUnknown, "sender is short of resources"},
		{syscall.ECONNRESET, egress.CodeConnect, "connection lost"},
		{syscall.EHOSTUNREACH, egress.CodeConnect, "host unreachable"},
		{syscall.EMFILE, egress.CodeUnknown, "sender is short of resources"},
		{syscall.ENETUNREACH, egress.CodeConnect, "host unreachable"},
		{syscall.ETIMEDOUT, egress.CodeConnect, "connection timed out"},
	}
	for _, tt := range tests {
		t.Run(tt.cause.Error(), func(t *testing.T) {
			t.Parallel()

			err := &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", tt.cause)}
			require.Equal(t, egress.Error{Code: tt.code, Message: tt.message}, egress.ExplainDial(err))
		})
	}
}
