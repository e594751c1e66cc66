package egress

import (
	"context"
	"errors"
	"net"
	"net/http/httptrace"
	"time"
)

// deadlineKey holds the deadline of the request that a dial is for. net/http cuts dials loose from the
// request's context, so that another request can use the connection, but keeps the values.
type deadlineKey struct{}

type dialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// dialer connects to what the guard allows, within its limits.
type dialer struct {
	connectTimeout time.Duration // looking up the name included, so that there is one deadline to share
	dnsTimeout     time.Duration
	net            net.Dialer
}

func newDialer(guard *guard, opts options) *dialer {
	return &dialer{
		connectTimeout: opts.connectTimeout,
		dnsTimeout:     opts.dnsTimeout,
		net: net.Dialer{
			ControlContext: guard.control,
			// A receiver that vanished without a word is noticed after 30 s without traffic.
			KeepAliveConfig: net.KeepAliveConfig{
				Count: 3, Enable: true, Idle: 15 * time.Second, Interval: 5 * time.Second,
			},
			Resolver: opts.resolver,
		},
	}
}

// dial returns an [Error], or context.DeadlineExceeded at the deadline of the request. Of a host with
// several addresses each gets its share of the time, since net.Dialer knows the deadline.
func (d *dialer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	deadline, hasDeadline := ctx.Value(deadlineKey{}).(time.Time)
	limit := time.Now().Add(d.connectTimeout)
	if hasDeadline && deadline.Before(limit) {
		limit = deadline
	}
	ctx, cancel := context.WithDeadline(ctx, limit)
	defer cancel()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)

	lookup := time.AfterFunc(d.dnsTimeout, func() {
		stop(&Error{Code: CodeDNS, Message: "host name lookup timed out"})
	})
	defer lookup.Stop()
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		ConnectStart: func(string, string) { lookup.Stop() }, // also for an address in digits
	})

	inner, err := d.net.DialContext(traced, network, address)
	if err == nil {
		return &conn{Conn: inner}, nil
	}
	if hasDeadline && !time.Now().Before(deadline) {
		return nil, context.DeadlineExceeded
	}
	if known, ok := errors.AsType[*Error](context.Cause(ctx)); ok {
		return nil, known
	}
	return nil, explainDial(err)
}
