package egress

import (
	"net"
	"sync"
	"sync/atomic"
)

// conn counts what was written, and remembers how much of it the peer's kernel had acknowledged when the
// connection was closed, because afterwards nobody can ask. See "A request is sent once" in the package
// documentation.
type conn struct {
	net.Conn

	closing sync.Once
	final   acked
	mu      sync.Mutex // guards final
	written atomic.Int64
}

// acked is a count of acknowledged bytes, known only where the system tells.
type acked struct {
	bytes uint64
	known bool
}

// Write counts also what was written before it failed.
func (c *conn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.written.Add(int64(n))
	return n, err
}

// Close takes the last count. The count may only grow until then, so asking here rather than when the
// connection broke errs on the side of not sending again.
func (c *conn) Close() error {
	c.closing.Do(func() {
		final := acknowledged(c.Conn)
		c.mu.Lock()
		defer c.mu.Unlock()
		c.final = final
	})
	return c.Conn.Close()
}

// finally returns the count at the time of closing, unknown while the connection is open.
func (c *conn) finally() acked {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.final
}

// unwrap finds our connection below TLS.
func unwrap(outer net.Conn) *conn {
	if tlsConn, ok := outer.(interface{ NetConn() net.Conn }); ok {
		outer = tlsConn.NetConn()
	}
	inner, _ := outer.(*conn)
	return inner
}
