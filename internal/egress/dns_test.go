package egress_test

import (
	"context"
	"encoding/binary"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/egress"
)

// dnsAnswer is what a name server says: addresses, an error code, or nothing at all.
type dnsAnswer struct {
	addrs  []string
	rcode  uint16
	silent bool
}

const (
	servFail = 2
	nxDomain = 3
)

// stubResolver asks a name server on loopback that answers what the test wants.
func stubResolver(t *testing.T, answer func(name string) dnsAnswer) *net.Resolver {
	t.Helper()

	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan struct{})
	var mu sync.Mutex
	var asking []net.Conn
	t.Cleanup(func() {
		_ = server.Close()
		<-done
		mu.Lock()
		defer mu.Unlock()
		for _, conn := range asking { // a lookup that was given up goes on waiting for its answer
			_ = conn.Close()
		}
	})
	go func() {
		defer close(done)
		buffer := make([]byte, 1500)
		for {
			n, from, err := server.ReadFrom(buffer)
			if err != nil {
				return
			}
			if reply := dnsReply(buffer[:n], answer); reply != nil {
				_, _ = server.WriteTo(reply, from)
			}
		}
	}()

	return &net.Resolver{
		Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, "udp", server.LocalAddr().String())
			if err == nil {
				mu.Lock()
				defer mu.Unlock()
				asking = append(asking, conn)
			}
			return conn, err
		},
		PreferGo: true,
	}
}

// dnsReply answers the one question of a query (RFC 1035 section 4.1).
func dnsReply(query []byte, answer func(name string) dnsAnswer) []byte {
	var labels []string
	end := 12
	for query[end] != 0 {
		length := int(query[end])
		labels = append(labels, string(query[end+1:end+1+length]))
		end += 1 + length
	}
	question := query[12 : end+5]
	queryType := binary.BigEndian.Uint16(query[end+1:])

	said := answer(strings.ToLower(strings.Join(labels, ".")))
	if said.silent {
		return nil
	}

	var records []byte
	var count uint16
	for _, text := range said.addrs {
		addr := netip.MustParseAddr(text)
		if addr.Is4() != (queryType == 1) {
			continue
		}
		records = append(records, 0xc0, 12, 0, byte(queryType), 0, 1, 0, 0, 0, 0, 0, byte(len(addr.AsSlice())))
		records = append(records, addr.AsSlice()...)
		count++
	}

	reply := append([]byte{query[0], query[1], 0x81, 0x80 | byte(said.rcode), 0, 1}, 0, byte(count), 0, 0, 0, 0)
	return append(append(reply, question...), records...)
}

func TestClient_Do_NameResolution(t *testing.T) {
	t.Parallel()

	const short = 300 * time.Millisecond
	tests := []struct {
		name    string
		answer  dnsAnswer
		limit   time.Duration // of the lookup
		timeout time.Duration
		code    egress.ErrorCode
		message string
	}{
		{
			"a name of an own host",
			dnsAnswer{addrs: []string{"10.0.0.1", "fd00::1"}},
			generous, generous,
			egress.CodeAddressBlocked, "destination not allowed",
		},
		{
			"a name server that fails",
			dnsAnswer{rcode: servFail},
			generous, generous,
			egress.CodeDNS, "host name lookup failed",
		},
		{
			"a name server without an answer",
			dnsAnswer{silent: true},
			short, generous,
			egress.CodeDNS, "host name lookup timed out",
		},
		{
			"a name server without an answer before the deadline",
			dnsAnswer{silent: true},
			generous, short,
			egress.CodeTimeout, "timed out after 300ms while looking up the host name",
		},
		{
			"a name that does not exist",
			dnsAnswer{rcode: nxDomain},
			generous, generous,
			egress.CodeDNS, "host name not found",
		},
		{"a name without addresses", dnsAnswer{}, generous, generous, egress.CodeDNS, "host name not found"},
	}
	for _, tt := range tests {
		t.Run("reports "+tt.name, func(t *testing.T) {
			t.Parallel()

			client := newClient(t, loopback(), egress.TestOptions{
				ConnectTimeout: generous,
				DNSTimeout:     tt.limit,
				Resolver:       stubResolver(t, func(string) dnsAnswer { return tt.answer }),
			})
			result := client.Do(t.Context(), egress.Request{
				Method: http.MethodPost, Timeout: tt.timeout, URL: "http://receiver.invalid/hook",
			})
			requireError(t, result, tt.code, tt.message)
			require.NotNil(t, result.Timings.DNS)
			require.Nil(t, result.Timings.TLS)
			require.Nil(t, result.Response)
			require.False(t, result.RemoteIP.IsValid())
		})
	}

	t.Run("measures a lookup that succeeds", func(t *testing.T) {
		t.Parallel()

		server := newServer(t, func(http.ResponseWriter, *http.Request) {})
		client := newClient(t, loopback(), egress.TestOptions{
			Resolver: stubResolver(t, func(string) dnsAnswer { return dnsAnswer{addrs: []string{"127.0.0.1"}} }),
		})
		result := post(t, client, strings.Replace(server.URL, "127.0.0.1", "receiver.test", 1), nil)
		requireOK(t, result)
		require.Positive(t, *result.Timings.DNS)
		require.Positive(t, *result.Timings.Connect)
	})
}

func TestClient_Do_BlocksNameThatMovesToOwnNetwork(t *testing.T) {
	t.Parallel()

	server := newServer(t, func(http.ResponseWriter, *http.Request) {})
	config := loopback()
	config.AllowedPrefixes = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")} // stands for a public address
	var moved atomic.Bool
	client := newClient(t, config, egress.TestOptions{
		Resolver: stubResolver(t, func(string) dnsAnswer {
			if moved.Load() {
				return dnsAnswer{addrs: []string{"127.0.0.2"}}
			}
			return dnsAnswer{addrs: []string{"127.0.0.1"}}
		}),
	})
	url := strings.Replace(server.URL, "127.0.0.1", "receiver.test", 1)

	requireOK(t, post(t, client, url, nil))
	moved.Store(true)
	client.Close() // the open connection still leads to the old address
	requireError(t, post(t, client, url, nil), egress.CodeAddressBlocked, "destination not allowed")
}

func TestClient_Do_DialEndsWithItsRequest(t *testing.T) {
	t.Parallel()

	lookups := make(chan context.Context, 100)
	client := newClient(t, loopback(), egress.TestOptions{
		ConnectTimeout: time.Hour,
		DNSTimeout:     time.Hour,
		Resolver: &net.Resolver{
			Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
				lookups <- ctx
				<-ctx.Done()
				return nil, ctx.Err()
			},
			PreferGo: true,
		},
	})
	result := client.Do(t.Context(), egress.Request{
		Method: http.MethodPost, Timeout: 300 * time.Millisecond, URL: "http://receiver.invalid/",
	})
	requireError(t, result, egress.CodeTimeout, "timed out after 300ms while looking up the host name")
	select {
	case <-(<-lookups).Done():
	case <-time.After(4 * time.Second): // a lookup gives up by itself after 5
		require.Fail(t, "the dial goes on after its request")
	}
}

func TestClient_Do_ReportsNoDialThatOthersUse(t *testing.T) {
	t.Parallel()

	arrived, release := make(chan string), map[string]chan struct{}{"a": make(chan struct{}), "b": make(chan struct{})}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		name := r.Header.Get("X-Request")
		arrived <- name
		<-release[name]
	}))
	connections := make(chan struct{}, 10)
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections <- struct{}{}
		}
	}
	server.Start()
	t.Cleanup(server.Close)

	var gated atomic.Bool
	lookup, gate := make(chan struct{}, 10), make(chan struct{})
	client := newClient(t, loopback(), egress.TestOptions{
		Resolver: stubResolver(t, func(string) dnsAnswer {
			if gated.Load() {
				lookup <- struct{}{}
				<-gate
			}
			return dnsAnswer{addrs: []string{"127.0.0.1"}}
		}),
	})
	url := strings.Replace(server.URL, "127.0.0.1", "receiver.test", 1)
	send := func(name string) <-chan egress.Result {
		result := make(chan egress.Result, 1)
		go func() { result <- post(t, client, url, http.Header{"X-Request": {name}}) }()
		return result
	}

	a := send("a")
	require.Equal(t, "a", <-arrived)
	<-connections
	gated.Store(true)
	b := send("b") // finds no idle connection and looks up the name for one of its own
	<-lookup
	close(release["a"])
	requireOK(t, <-a)
	require.Equal(t, "b", <-arrived, "over the connection of a")

	close(gate)
	<-connections // that of b, which no longer needs it
	close(release["b"])
	result := <-b
	requireOK(t, result)
	require.Nil(t, result.Timings.DNS)
	require.Nil(t, result.Timings.Connect)
}
