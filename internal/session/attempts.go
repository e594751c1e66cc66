package session

import (
	"net/netip"
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"golang.org/x/time/rate"
)

// How many attempts to sign in an address has: so many at once, and then one a second. Tokens cannot be guessed; this
// bounds what trying costs the database.
const (
	attemptsAtOnce    = 20
	attemptsPerSecond = 1
	// attemptsKept bounds the addresses in memory.
	attemptsKept = 10_000
)

// attempts counts attempts to sign in by the address they come from. One that succeeds wipes the slate clean.
type attempts struct {
	mu sync.Mutex
	of *simplelru.LRU[netip.Prefix, *rate.Limiter]
}

func newAttempts() *attempts {
	of, err := simplelru.NewLRU[netip.Prefix, *rate.Limiter](attemptsKept, nil)
	if err != nil {
		panic(err) // the size is not positive, which is a defect of this file
	}

	return &attempts{of: of}
}

// take tells whether the address has another attempt, and takes it.
func (a *attempts) take(remote string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()

	from := network(remote)

	limiter, ok := a.of.Get(from)
	if !ok {
		limiter = rate.NewLimiter(attemptsPerSecond, attemptsAtOnce)
		a.of.Add(from, limiter)
	}

	return limiter.Allow()
}

// forgive gives the address all its attempts back.
func (a *attempts) forgive(remote string) {
	a.mu.Lock()
	defer a.mu.Unlock()

	a.of.Remove(network(remote))
}

// network returns whose address host:port is: an IPv6 customer has a whole /64. Behind a proxy, all have the proxy's.
func network(remote string) netip.Prefix {
	parsed, err := netip.ParseAddrPort(remote)
	if err != nil {
		return netip.Prefix{}
	}

	address, bits := parsed.Addr().Unmap().WithZone(""), 32
	if address.Is6() {
		bits = 64
	}

	// The number of bits fits the family, so it cannot fail.
	out, _ := address.Prefix(bits)

	return out
}
