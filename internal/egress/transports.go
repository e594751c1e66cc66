package egress

import (
	"net/http"
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// transports keeps one transport for each [ClientTLS], as many as fit: those that were used last. net/http
// knows connections by host, so with a shared transport one client would use what another has proved.
type transports struct {
	build func(*ClientTLS) *http.Transport

	mu   sync.Mutex
	kept *simplelru.LRU[*ClientTLS, *pooled] // guarded by mu, as is what is in it
}

// pooled is a transport with its users, since connections of an evicted one can be closed only after them.
type pooled struct {
	evicted   bool
	transport *http.Transport
	users     int
}

func newTransports(size int, build func(*ClientTLS) *http.Transport) *transports {
	kept, err := simplelru.NewLRU(size, func(_ *ClientTLS, one *pooled) {
		one.evicted = true
		one.transport.CloseIdleConnections()
	})
	if err != nil {
		panic(err) // the size is not positive, which is a defect of this package
	}
	return &transports{build: build, kept: kept}
}

// acquire returns the transport of a ClientTLS. Who has it calls release after the last byte of the response.
func (t *transports) acquire(clientTLS *ClientTLS) (transport *http.Transport, release func()) {
	t.mu.Lock()
	defer t.mu.Unlock()

	one, ok := t.kept.Get(clientTLS)
	if !ok {
		one = &pooled{transport: t.build(clientTLS)}
		t.kept.Add(clientTLS, one)
	}
	one.users++
	return one.transport, func() { t.release(one) }
}

// release closes what the last user of an evicted transport leaves behind.
func (t *transports) release(one *pooled) {
	t.mu.Lock()
	defer t.mu.Unlock()

	one.users--
	if one.evicted && one.users == 0 {
		one.transport.CloseIdleConnections()
	}
}

func (t *transports) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept.Purge()
}
