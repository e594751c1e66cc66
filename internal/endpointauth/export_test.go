package endpointauth

import (
	"time"

	"github.com/surehook/surehook/internal/egress"
)

// NewForTest is New with other limits.
func NewForTest(client *egress.Client, now func() time.Time, maxClientTLS, maxTokens int) *Authenticator {
	return newAuthenticator(client, now, maxClientTLS, maxTokens)
}

// TLSOf is what requests of a key are sent with.
func (a *Authenticator) TLSOf(key string, mutual MutualTLS) (*egress.ClientTLS, error) {
	return a.tlsOf(key, mutual)
}
