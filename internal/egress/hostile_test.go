package egress_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/egress"
)

func TestClient_Do_ReceiverBreaksProtocol(t *testing.T) {
	t.Parallel()

	const ok, chunked = "HTTP/1.1 200 OK\r\n", "Transfer-Encoding: chunked\r\n\r\n"
	endedEarly := egress.Error{Code: egress.CodeProtocol, Message: "response ended early"}
	lost := egress.Error{Code: egress.CodeConnect, Message: "connection lost"}
	noResponse := egress.Error{Code: egress.CodeConnect, Message: "connection closed without a response"}
	notHTTP := egress.Error{Code: egress.CodeProtocol, Message: "response is not valid HTTP"}
	tooLarge := egress.Error{Code: egress.CodeProtocol, Message: "response headers exceed 32768 bytes"}

	tests := []struct {
		name     string
		response string
		end      func(net.Conn)
		want     egress.Error
		body     string // of a response that comes with the error; "-" for none
	}{
		{"bad chunk", ok + chunked + "3\r\nabc\r\nzz\r\n", holdOn, notHTTP, "abc"},
		{"bad status line", "HELLO THERE\r\n\r\n", holdOn, notHTTP, "-"},
		{"closed mid-body", ok + "Content-Length: 9\r\n\r\nabc", orderly, endedEarly, "abc"},
		{"closed mid-chunk", ok + chunked + "9\r\nabc", orderly, endedEarly, "abc"},
		{"closed mid-header", ok + "X-A: b\r\n", orderly, endedEarly, "-"},
		{"closed mid-line", ok + "Content-", orderly, notHTTP, "-"},
		{"closed without a response", "", orderly, noResponse, "-"},
		{"contradictory lengths", ok + "Content-Length: 1\r\nContent-Length: 2\r\n\r\na", holdOn, notHTTP, "-"},
		{"flood of headers", ok + strings.Repeat("X-A: b\r\n", 10_000) + "\r\n", holdOn, tooLarge, "-"},
		{"flood of hints", strings.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", 5_000), holdOn, tooLarge, "-"},
		{"header without colon", ok + "nonsense\r\n\r\n", holdOn, notHTTP, "-"},
		{"HTTP/0.9", "<html>hello</html>", orderly, notHTTP, "-"},
		{"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", holdOn, notHTTP, "-"},
		{"huge header", ok + "X-A: " + strings.Repeat("a", 64<<10) + "\r\n\r\n", holdOn, tooLarge, "-"},
		{"huge status line", "HTTP/1.1 200 " + strings.Repeat("a", 64<<10), holdOn, tooLarge, "-"},
		{"negative length", ok + "Content-Length: -1\r\n\r\n", holdOn, notHTTP, "-"},
		{"null bytes", strings.Repeat("\x00", 100) + "\r\n\r\n", holdOn, notHTTP, "-"},
		{"reset at once", "", reset, lost, "-"},
		{"reset mid-body", ok + "Content-Length: 9\r\n\r\nabc", reset, lost, ""},
		{"reset mid-header", ok + "X-A: b\r\n", reset, endedEarly, "-"},
		{"status code of three letters", "HTTP/1.1 abc OK\r\n\r\n", holdOn, notHTTP, "-"},
		{
			"switch of protocol", "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nraw",
			holdOn, notHTTP, "",
		},
		{"unknown transfer encoding", ok + "Transfer-Encoding: gzip\r\n\r\n", holdOn, notHTTP, "-"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			result := post(t, newClient(t, loopback(), egress.TestOptions{}), answer(t, tt.response, tt.end), nil)
			requireError(t, result, tt.want.Code, tt.want.Message)
			require.Equal(t, "127.0.0.1", result.RemoteIP.String())
			require.NotNil(t, result.Timings.Connect)
			if tt.body == "-" {
				require.Nil(t, result.Response)
				return
			}
			require.NotNil(t, result.Response)
			if tt.body != "" { // a reset may overtake what came before it
				require.Equal(t, tt.body, string(result.Response.Body))
			}
		})
	}
}

func TestClient_Do_OddButValidResponses(t *testing.T) {
	t.Parallel()

	var squeezed bytes.Buffer
	writer := gzip.NewWriter(&squeezed)
	_, err := writer.Write(make([]byte, 8<<20))
	require.NoError(t, err)
	require.NoError(t, writer.Close())
	require.Less(t, squeezed.Len(), egress.MaxResponseBody)

	tests := []struct {
		name     string
		response string
		end      func(net.Conn)
		status   int
		body     string
	}{
		{
			"an interim response first",
			"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", holdOn, 200, "",
		},
		{"body until the end of the connection", "HTTP/1.0 200 OK\r\n\r\nabc", orderly, 200, "abc"},
		{"gzip bomb", fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s",
			squeezed.Len(), squeezed.String()), holdOn, 200, squeezed.String()},
		{"more than announced", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdef", holdOn, 200, "abc"},
		{"not UTF-8", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n\xff\x00\xfe", holdOn, 200, "\xff\x00\xfe"},
		{"unknown status code", "HTTP/1.1 799 What\r\nContent-Length: 0\r\n\r\n", holdOn, 799, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			result := post(t, newClient(t, loopback(), egress.TestOptions{}), answer(t, tt.response, tt.end), nil)
			require.Nil(t, result.Err)
			require.Equal(t, tt.status, result.Response.StatusCode)
			require.Equal(t, tt.body, string(result.Response.Body))
			require.False(t, result.Response.Truncated)
		})
	}
}

func TestClient_Do_ReceiverDrips(t *testing.T) {
	t.Parallel()

	const deadline = time.Second
	drip := func(conn net.Conn) {
		for range time.Tick(10 * time.Millisecond) {
			if _, err := conn.Write([]byte("a")); err != nil {
				return
			}
		}
	}
	tests := []struct {
		name, start string
		response    bool
	}{
		{"body", "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", true},
		{"header", "HTTP/1.1 200 OK\r\nX-A: ", false},
		{"status line", "H", false},
	}
	for _, tt := range tests {
		t.Run(tt.name+" is cut at the deadline", func(t *testing.T) {
			t.Parallel()

			result := newClient(t, loopback(), egress.TestOptions{}).Do(t.Context(), egress.Request{
				Method: http.MethodPost, Timeout: deadline, URL: answer(t, tt.start, drip),
			})
			requireError(t, result, egress.CodeTimeout, "timed out after 1s while reading the response")
			require.GreaterOrEqual(t, result.Duration, deadline)
			require.Less(t, result.Duration, deadline+2*time.Second)
			if !tt.response {
				require.Nil(t, result.Response)
				return
			}
			require.Equal(t, http.StatusOK, result.Response.StatusCode)
			require.NotEmpty(t, result.Response.Body)
			require.False(t, result.Response.Truncated, "it broke off, it was not cut")
		})
	}
}

func TestClient_Do_LimitsBody(t *testing.T) {
	t.Parallel()

	sizes := map[int]bool{
		0: false, egress.MaxResponseBody - 1: false, egress.MaxResponseBody: false, egress.MaxResponseBody + 1: true,
		egress.MaxResponseBody + egress.MaxResponseDrain: true, 1 << 20: true,
	}
	for size, truncated := range sizes {
		for _, chunked := range []bool{false, true} {
			t.Run(fmt.Sprintf("%d bytes, chunked %t", size, chunked), func(t *testing.T) {
				t.Parallel()

				content := bytes.Repeat([]byte("0123456789abcdef"), 1+size/16)[:size]
				server := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
					if chunked {
						w.(http.Flusher).Flush()
					} else {
						w.Header().Set("Content-Length", fmt.Sprint(size))
					}
					_, _ = w.Write(content)
				})
				result := post(t, newClient(t, loopback(), egress.TestOptions{}), server.URL, nil)
				requireOK(t, result)
				require.Equal(t, truncated, result.Response.Truncated)
				require.True(t, bytes.Equal(content[:min(size, egress.MaxResponseBody)], result.Response.Body))
			})
		}
	}

	t.Run("and uses the connection again after a body it could drain", func(t *testing.T) {
		t.Parallel()

		server := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(make([]byte, egress.MaxResponseBody+egress.MaxResponseDrain/2))
		})
		client := newClient(t, loopback(), egress.TestOptions{})
		requireOK(t, post(t, client, server.URL, nil))
		result := post(t, client, server.URL, nil)
		requireOK(t, result)
		require.Nil(t, result.Timings.Connect)
	})
}

func TestClient_Do_EndlessBody(t *testing.T) {
	t.Parallel()

	for _, protocol := range []string{"HTTP/1.1", "HTTP/2.0"} {
		t.Run(protocol+" is cut", func(t *testing.T) {
			t.Parallel()

			handler := func(w http.ResponseWriter, r *http.Request) {
				for block := make([]byte, 32<<10); r.Context().Err() == nil; {
					if _, err := w.Write(block); err != nil {
						return
					}
				}
			}
			server, config := newServer(t, handler), loopback()
			if protocol == "HTTP/2.0" {
				server = newTLSServer(t, handler)
				config = trusting(server)
			}

			result := post(t, newClient(t, config, egress.TestOptions{}), server.URL, nil)
			requireOK(t, result)
			require.Len(t, result.Response.Body, egress.MaxResponseBody)
			require.Equal(t, egress.MaxResponseBody, cap(result.Response.Body))
			require.Less(t, result.Duration, generous/2)
			require.True(t, result.Response.Truncated)
		})
	}
}

func TestClient_Do_NoConnection(t *testing.T) {
	t.Parallel()

	t.Run("refused", func(t *testing.T) {
		t.Parallel()

		listener := listen(t)
		require.NoError(t, listener.Close())
		result := post(t, newClient(t, loopback(), egress.TestOptions{}), "http://"+listener.Addr().String(), nil)
		requireError(t, result, egress.CodeConnect, "connection refused")
		require.NotNil(t, result.Timings.Connect)
		require.NotEmpty(t, result.Header)
	})

	t.Run("handshake lost until the limit for connecting", func(t *testing.T) {
		t.Parallel()

		client := newClient(t, loopback(), egress.TestOptions{ConnectTimeout: 100 * time.Millisecond})
		requireError(t, post(t, client, deaf(t), nil), egress.CodeConnect, "connection timed out")
	})

	t.Run("handshake lost until the deadline", func(t *testing.T) {
		t.Parallel()

		result := newClient(t, loopback(), egress.TestOptions{}).Do(t.Context(), egress.Request{
			Method: http.MethodPost, Timeout: 100 * time.Millisecond, URL: deaf(t),
		})
		requireError(t, result, egress.CodeTimeout, "timed out after 100ms while connecting")
	})

	t.Run("never accepted by the receiver's process", func(t *testing.T) {
		t.Parallel()

		listener := listen(t)
		defer listener.Close()
		result := newClient(t, loopback(), egress.TestOptions{}).Do(t.Context(), egress.Request{
			Method: http.MethodPost, Timeout: 500 * time.Millisecond, URL: "http://" + listener.Addr().String(),
		})
		requireError(t, result, egress.CodeTimeout, "timed out after 500ms while waiting for the response")
	})
}

// deaf returns the URL of a receiver whose kernel drops the first packet: its queue of connections is full.
func deaf(t *testing.T) string {
	t.Helper()

	socket, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	require.NoError(t, err)
	require.NoError(t, syscall.Bind(socket, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}))
	require.NoError(t, syscall.Listen(socket, 0))
	file := os.NewFile(uintptr(socket), "listener")
	listener, err := net.FileListener(file)
	require.NoError(t, err)
	require.NoError(t, file.Close())
	t.Cleanup(func() { _ = listener.Close() })

	for range 8 {
		conn, err := net.DialTimeout("tcp", listener.Addr().String(), 50*time.Millisecond)
		if err != nil {
			return "http://" + listener.Addr().String()
		}
		t.Cleanup(func() { _ = conn.Close() })
	}
	t.Skip("this system accepts connections beyond the queue")
	return ""
}

func TestClient_Do_SlowReceiverDoesNotHoldUpOthers(t *testing.T) {
	t.Parallel()

	slow := answer(t, "", holdOn)
	quick := newServer(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") })
	client := newClient(t, loopback(), egress.TestOptions{})

	results := make(chan egress.Result)
	for range 100 {
		go func() {
			results <- client.Do(t.Context(), egress.Request{
				Method: http.MethodPost, Timeout: 500 * time.Millisecond, URL: slow,
			})
		}()
	}
	requireOK(t, post(t, client, quick.URL, nil))
	for range 100 {
		require.Equal(t, egress.CodeTimeout, (<-results).Err.Code)
	}
}
