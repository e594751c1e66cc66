package egress_test

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/egress"
)

// receiver answers the first request of each connection and then does what a test wants. It counts.
type receiver struct {
	config egress.Config
	url    string

	mu       sync.Mutex
	requests map[string]int // by the header X-Request
}

// newReceiver calls after with each connection whose first request was answered.
func newReceiver(t *testing.T, secure bool, after func(r *receiver, conn net.Conn, reader *bufio.Reader)) *receiver {
	t.Helper()

	r := &receiver{config: loopback(), requests: map[string]int{}}
	listener, scheme := listen(t), "http"
	if secure {
		certificate, config := selfSigned(t, func(*x509.Certificate) {})
		listener = tls.NewListener(listener, &tls.Config{
			Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12,
		})
		r.config, scheme = config, "https"
	}
	r.url = scheme + "://" + serveRaw(t, listener, func(conn net.Conn) {
		reader := bufio.NewReader(conn)
		if r.receive(reader) {
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
			after(r, conn, reader)
		}
	})
	return r
}

func (r *receiver) receive(reader *bufio.Reader) bool {
	request, ok := readRequest(reader)
	if ok {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.requests[request.Header.Get("X-Request")]++
	}
	return ok
}

func (r *receiver) received(name string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.requests[name]
}

// lateNews makes the race that idle connections lose now and then happen every time: once armed, what the
// receiver did is seen only after the next request was sent.
type lateNews struct {
	*net.TCPConn

	armed *atomic.Bool
	news  chan<- struct{} // gets a value when there is something to see
	sent  chan struct{}   // gets one when it may be seen
}

func (c *lateNews) Read(b []byte) (int, error) {
	n, err := c.TCPConn.Read(b)
	if c.armed.Load() {
		c.news <- struct{}{}
		<-c.sent
	}
	return n, err
}

func (c *lateNews) Write(b []byte) (int, error) {
	n, err := c.TCPConn.Write(b)
	if c.armed.CompareAndSwap(true, false) {
		c.sent <- struct{}{}
	}
	return n, err
}

func TestClient_Do_SendsAgainOnDeadConnection(t *testing.T) {
	t.Parallel()

	if runtime.GOOS != "linux" {
		t.Skip("needs bytes_acked of Linux")
	}
	for _, secure := range []bool{false, true} {
		for _, header := range []string{"X-Other", "Idempotency-Key"} {
			t.Run(fmt.Sprintf("TLS %t, %s", secure, header), func(t *testing.T) {
				t.Parallel()

				var armed atomic.Bool
				leave, news := make(chan struct{}), make(chan struct{})
				r := newReceiver(t, secure, func(*receiver, net.Conn, *bufio.Reader) { <-leave }) // and then closes
				client := newClient(t, r.config, egress.TestOptions{WrapConn: func(conn net.Conn) net.Conn {
					return &lateNews{TCPConn: conn.(*net.TCPConn), armed: &armed, news: news, sent: make(chan struct{})}
				}})

				requireOK(t, post(t, client, r.url, http.Header{"X-Request": {"first"}}))
				armed.Store(true)
				close(leave)
				<-news

				second := post(t, client, r.url, http.Header{"X-Request": {"second"}, header: {"1"}})
				requireOK(t, second)
				require.NotNil(t, second.Timings.Connect, "over a new connection")
				require.Equal(t, 1, r.received("first"))
				require.Equal(t, 1, r.received("second"))
			})
		}
	}
}

func TestClient_Do_NeverSendsTwiceWhatMayHaveArrived(t *testing.T) {
	t.Parallel()

	ends := map[string]func(net.Conn){"closes": orderly, "resets": reset}
	for end, do := range ends {
		for _, secure := range []bool{false, true} {
			for _, header := range []string{"X-Other", "Idempotency-Key", "X-Idempotency-Key", "x-idempotency-key"} {
				t.Run(fmt.Sprintf("receiver %s, TLS %t, %s", end, secure, header), func(t *testing.T) {
					t.Parallel()

					r := newReceiver(t, secure, func(r *receiver, conn net.Conn, reader *bufio.Reader) {
						if r.receive(reader) {
							do(conn) // over the request, as a process does that dies of it
						}
					})
					client := newClient(t, r.config, egress.TestOptions{})
					requireOK(t, post(t, client, r.url, http.Header{"X-Request": {"first"}}))

					second := post(t, client, r.url, http.Header{"X-Request": {"second"}, header: {"1"}})
					require.NotNil(t, second.Err)
					require.Equal(t, egress.CodeConnect, second.Err.Code)
					require.Nil(t, second.Timings.Connect, "over the connection of the first")
					require.Equal(t, 1, r.received("second"))
				})
			}
		}
	}
}

// counting is a receiver that counts requests by their header X-Request.
func counting(t *testing.T) (server *httptest.Server, received func(name string) int) {
	t.Helper()

	var mu sync.Mutex
	requests := map[string]int{}
	server = httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		requests[r.Header.Get("X-Request")]++
	}))
	t.Cleanup(server.Close)
	return server, func(name string) int {
		mu.Lock()
		defer mu.Unlock()
		return requests[name]
	}
}

func TestClient_Do_ReplacesConnectionsThatReceiverClosed(t *testing.T) {
	t.Parallel()

	server, received := counting(t)
	server.Start()
	client := newClient(t, loopback(), egress.TestOptions{})
	for i := range 200 {
		name := fmt.Sprint(i)
		requireOK(t, post(t, client, server.URL, http.Header{"X-Request": {name}}))
		require.Equal(t, 1, received(name))
		server.CloseClientConnections()
	}
}

func TestClient_Do_NeverSendsTwiceInRaceWithClosing(t *testing.T) {
	t.Parallel()

	server, received := counting(t)
	server.Config.IdleTimeout = time.Millisecond
	server.Start()
	client := newClient(t, loopback(), egress.TestOptions{})

	// All pauses around the receiver's limit are tried. Some requests get into its kernel just before it
	// closes, unread: nobody can tell from here, so these may fail.
	for i := range 300 {
		name := fmt.Sprint(i)
		result := post(t, client, server.URL, http.Header{"X-Request": {name}})
		if result.Err == nil {
			require.Equal(t, 1, received(name))
		} else {
			requireError(t, result, egress.CodeConnect, "connection lost")
			require.LessOrEqual(t, received(name), 1)
		}
		time.Sleep(time.Duration(i%40) * 50 * time.Microsecond) //nolint:forbidigo // the pause is what is tried
	}
}
