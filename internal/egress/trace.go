package egress

import (
	"crypto/tls"
	"net"
	"net/http/httptrace"
	"net/netip"
	"sync"
	"time"
)

// phase is how far an exchange got. The text completes "while ...".
type phase int

const (
	phaseWait phase = iota
	phaseDNS
	phaseConnect
	phaseTLS
	phaseSend
	phaseWaitAnswer
	phaseAnswer
)

func (p phase) String() string {
	return [...]string{
		"waiting for a free connection",
		"looking up the host name",
		"connecting",
		"negotiating TLS",
		"sending the request",
		"waiting for the response",
		"reading the response",
	}[p]
}

// span is a stretch of time, not over while end is zero, and not begun while start is.
type span struct{ start, end time.Time }

// exchange watches one request go out and its response come back. net/http reports from several
// goroutines, and a dial that outlives its request even after the result has been returned.
type exchange struct {
	mu sync.Mutex

	connect, dns, firstByte, tls span

	ackedBefore   acked // on a reused HTTP/1.1 connection, before the request; the same for writtenBefore
	conn          *conn
	http2         bool
	http2Sends    int
	phase         phase
	remoteIP      netip.Addr
	reused        bool
	writtenBefore int64
}

func (e *exchange) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		ConnectDone: func(_, _ string, err error) {
			e.dialing(func(now time.Time) {
				if err == nil || e.connect.end.IsZero() { // of addresses tried side by side the one that won
					e.connect.end = now
				}
			})
		},
		ConnectStart: func(_, _ string) {
			e.dialing(func(now time.Time) {
				if e.connect.start.IsZero() {
					e.connect.start = now
				}
				e.phase = phaseConnect
			})
		},
		DNSDone: func(httptrace.DNSDoneInfo) { e.dialing(func(now time.Time) { e.dns.end = now }) },
		DNSStart: func(httptrace.DNSStartInfo) {
			e.dialing(func(now time.Time) { e.dns.start, e.phase = now, phaseDNS })
		},
		GotConn:              e.gotConn,
		GotFirstResponseByte: e.gotFirstByte,
		TLSHandshakeDone: func(_ tls.ConnectionState, err error) {
			e.dialing(func(now time.Time) {
				e.tls.end = now
				if err == nil {
					e.phase = phaseWait
				}
			})
		},
		TLSHandshakeStart: func() {
			e.dialing(func(now time.Time) { e.tls.start, e.phase = now, phaseTLS })
		},
		WroteHeaders: func() {
			e.mu.Lock()
			defer e.mu.Unlock()
			if e.http2 {
				e.http2Sends++
			}
		},
		WroteRequest: func(info httptrace.WroteRequestInfo) {
			e.mu.Lock()
			defer e.mu.Unlock()
			if info.Err == nil && e.phase == phaseSend {
				e.firstByte.start, e.phase = time.Now(), phaseWaitAnswer
			}
		},
	}
}

// dialing records progress of a dial unless the request has a connection already: it may have got one that
// became idle meanwhile, and the dial goes on for others.
func (e *exchange) dialing(record func(now time.Time)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.phase < phaseSend {
		record(time.Now())
	}
}

func (e *exchange) gotConn(info httptrace.GotConnInfo) {
	e.mu.Lock()
	defer e.mu.Unlock()

	e.phase, e.reused, e.http2 = phaseSend, info.Reused, false
	if info.Reused {
		e.connect, e.dns, e.tls = span{}, span{}, span{} // what another request waited for
	}
	if addr, ok := info.Conn.RemoteAddr().(*net.TCPAddr); ok {
		e.remoteIP = addr.AddrPort().Addr().Unmap()
	}
	if tlsConn, ok := info.Conn.(*tls.Conn); ok {
		e.http2 = tlsConn.ConnectionState().NegotiatedProtocol == "h2"
	}
	if e.conn = unwrap(info.Conn); e.conn != nil && e.reused && !e.http2 {
		// In this order: if the connection is closed by now, all that TLS writes in closing has been counted.
		e.ackedBefore = acknowledged(e.conn.Conn)
		e.writtenBefore = e.conn.written.Load()
	}
}

func (e *exchange) gotFirstByte() {
	e.mu.Lock()
	defer e.mu.Unlock()

	now := time.Now()
	if e.firstByte.start.IsZero() {
		e.firstByte.start = now // the receiver answered before it had the whole request
	}
	e.firstByte.end, e.phase = now, phaseAnswer
}

// report returns what is known by now.
func (e *exchange) report() (Timings, netip.Addr, phase) {
	e.mu.Lock()
	defer e.mu.Unlock()

	now := time.Now()
	length := func(s span) *time.Duration {
		if s.start.IsZero() {
			return nil
		}
		if s.end.IsZero() {
			s.end = now // broken off
		}
		length := s.end.Sub(s.start)
		return &length
	}

	timings := Timings{Connect: length(e.connect), DNS: length(e.dns), TLS: length(e.tls)}
	if !e.firstByte.end.IsZero() {
		timings.FirstByte = length(e.firstByte)
	}
	return timings, e.remoteIP, e.phase
}

// neverArrived tells whether the receiver provably got nothing of the request. err is why it failed.
func (e *exchange) neverArrived(err error) bool {
	e.mu.Lock()
	defer e.mu.Unlock()

	if !e.reused || e.http2 || e.conn == nil || e.phase == phaseAnswer {
		return false
	}
	if e.conn.written.Load() == e.writtenBefore {
		return true
	}
	after := e.conn.finally()
	return endedInOrder(err) && after.known && after == e.ackedBefore
}

// maySendAgain tells whether net/http may have another copy of the body. Over HTTP/1.1 it asks only after
// it wrote nothing; over HTTP/2 see the package documentation.
func (e *exchange) maySendAgain() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.http2Sends < 2
}
