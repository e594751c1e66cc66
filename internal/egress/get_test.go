package egress_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/egress"
)

func TestClient_Do_SendsNoBodyWithGET(t *testing.T) {
	t.Parallel()

	for _, method := range []string{http.MethodGet, http.MethodHead, ""} {
		for _, body := range [][]byte{nil, []byte("hello")} {
			t.Run(method+" "+string(body), func(t *testing.T) {
				t.Parallel()

				seen := make(chan *http.Request, 1)
				rest := make(chan int, 1)
				address := serveRaw(t, listen(t), func(conn net.Conn) {
					reader := bufio.NewReader(conn)
					request, err := http.ReadRequest(reader)
					if err != nil {
						return
					}
					rest <- reader.Buffered()
					seen <- request
					_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
				})
				result := newClient(t, loopback(), egress.TestOptions{}).Do(t.Context(), egress.Request{
					Body: body, Method: method, Timeout: generous, URL: "http://" + address + "/path?q=1",
				})
				requireOK(t, result)
				require.Zero(t, <-rest, "no bytes follow the headers")

				got := <-seen
				if method != "" {
					require.Equal(t, method, got.Method)
				}
				require.Equal(t, "/path?q=1", got.RequestURI)
				require.NotContains(t, got.Header, "Content-Length")
				require.Empty(t, got.TransferEncoding)
				require.NotContains(t, result.Header, "Content-Length")
			})
		}
	}

	t.Run("over HTTP/2", func(t *testing.T) {
		t.Parallel()

		seen := make(chan *http.Request, 1)
		server := newTLSServer(t, func(_ http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			r.ContentLength += int64(len(body))
			seen <- r
		})
		result := newClient(t, trusting(server), egress.TestOptions{}).Do(t.Context(), egress.Request{
			Body: []byte("hello"), Method: http.MethodGet, Timeout: generous, URL: server.URL,
		})
		requireOK(t, result)
		got := <-seen
		require.Equal(t, "HTTP/2.0", got.Proto)
		require.Zero(t, got.ContentLength)
		require.NotContains(t, got.Header, "Content-Length")
		require.NotContains(t, result.Header, "Content-Length")
	})
}

func TestClient_Do_EndsAtTheNearerOfTimeoutAndDeadline(t *testing.T) {
	t.Parallel()

	const short = 500 * time.Millisecond
	client := newClient(t, loopback(), egress.TestOptions{})

	result := client.Do(t.Context(), egress.Request{
		Deadline: time.Now().Add(short), Method: http.MethodPost, Timeout: generous, URL: answer(t, "", holdOn),
	})
	requireError(t, result, egress.CodeTimeout, "timed out after 20s while waiting for the response")
	require.Less(t, result.Duration, generous/2)

	result = client.Do(t.Context(), egress.Request{
		Deadline: time.Now().Add(generous), Method: http.MethodPost, Timeout: short, URL: answer(t, "", holdOn),
	})
	requireError(t, result, egress.CodeTimeout, "timed out after 500ms while waiting for the response")

	result = client.Do(t.Context(), egress.Request{
		Deadline: time.Now().Add(-short), Method: http.MethodPost, Timeout: generous, URL: "http://127.0.0.1:1/",
	})
	require.NotNil(t, result.Err)
	require.Equal(t, egress.CodeTimeout, result.Err.Code)
}
