package egress_test

import (
	"bufio"
	"bytes"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/egress"
)

// generous is a deadline that no passing test reaches.
const generous = 20 * time.Second

func loopback() egress.Config {
	return egress.Config{
		AllowedPrefixes: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")},
		AnyPort:         true,
	}
}

func trusting(server *httptest.Server) egress.Config {
	config := loopback()
	config.RootCAs = x509.NewCertPool()
	config.RootCAs.AddCert(server.Certificate())
	return config
}

func newClient(t *testing.T, config egress.Config, test egress.TestOptions) *egress.Client {
	t.Helper()
	client := egress.NewForTest(config, test)
	t.Cleanup(client.Close)
	return client
}

func post(t *testing.T, client *egress.Client, url string, header http.Header) egress.Result {
	t.Helper()
	return client.Do(t.Context(), egress.Request{
		Body: []byte(`{"n":1}`), Header: header, Method: http.MethodPost, Timeout: generous, URL: url,
	})
}

func requireOK(t *testing.T, result egress.Result) {
	t.Helper()
	require.Nil(t, result.Err)
	require.NotNil(t, result.Response)
	require.Equal(t, http.StatusOK, result.Response.StatusCode)
}

func requireError(t *testing.T, result egress.Result, code egress.ErrorCode, message string) {
	t.Helper()
	require.NotNil(t, result.Err)
	require.Equal(t, egress.Error{Code: code, Message: message}, *result.Err)
}

// newServer starts a well-behaved receiver.
func newServer(t *testing.T, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server
}

// newTLSServer is newServer over TLS with HTTP/2.
func newTLSServer(t *testing.T, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

// serveRaw starts a receiver that does with each connection what a test wants. It returns its address.
// When the test ends, it cuts all connections and waits for handle to return.
func serveRaw(t *testing.T, listener net.Listener, handle func(conn net.Conn)) string {
	t.Helper()

	var running sync.WaitGroup
	var mu sync.Mutex
	var open []net.Conn
	running.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open = append(open, conn)
			mu.Unlock()
			running.Go(func() {
				defer conn.Close()
				handle(conn)
			})
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		mu.Lock()
		for _, conn := range open {
			_ = conn.Close()
		}
		mu.Unlock()
		running.Wait()
	})
	return listener.Addr().String()
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	return listener
}

// readRequest reads one HTTP/1.1 request and its body, and says whether there was one.
func readRequest(reader *bufio.Reader) (*http.Request, bool) {
	request, err := http.ReadRequest(reader)
	if err != nil {
		return nil, false
	}
	body, err := io.ReadAll(request.Body)
	request.Body = io.NopCloser(bytes.NewReader(body))
	return request, err == nil
}

// reset ends a connection with a RST.
func reset(conn net.Conn) {
	if tlsConn, ok := conn.(interface{ NetConn() net.Conn }); ok {
		conn = tlsConn.NetConn()
	}
	_ = conn.(*net.TCPConn).SetLinger(0)
	_ = conn.Close()
}

// answer sends bytes to every request on its first connection and then acts as end says.
func answer(t *testing.T, response string, end func(net.Conn)) string {
	t.Helper()
	return "http://" + serveRaw(t, listen(t), func(conn net.Conn) {
		if _, ok := readRequest(bufio.NewReader(conn)); ok {
			_, _ = io.WriteString(conn, response)
			end(conn)
		}
	})
}

// orderly ends a connection with a FIN.
func orderly(conn net.Conn) { _ = conn.Close() }

// holdOn keeps a connection open until the client or the test ends it.
func holdOn(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }
