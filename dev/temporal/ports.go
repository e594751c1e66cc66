package temporal

import (
	"context"
	"fmt"
	"net"
	"strconv"

	"go.temporal.io/server/common/membership/static"
	"go.temporal.io/server/common/primitives"

	"github.com/surehook/surehook/dev/freeport"
)

// loopback is the only address anything here listens on.
const loopback = "127.0.0.1"

// ports are the gRPC ports of the four services.
type ports struct {
	frontend, history, matching, worker int
}

// pickPorts chooses free ports for every service whose port is not given.
func pickPorts(ctx context.Context, frontend int) (ports, error) {
	free, err := freeport.Pick(ctx, 4)
	if err != nil {
		return ports{}, err
	}
	p := ports{frontend: free[0], history: free[1], matching: free[2], worker: free[3]}
	if frontend == 0 {
		return p, nil
	}

	// Better a clear error now than a service that gives up in the middle of
	// its start.
	p.frontend = frontend
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", p.address(frontend))
	if err != nil {
		return ports{}, fmt.Errorf("frontend: %w", err)
	}
	return p, listener.Close()
}

// address is host:port of one service.
func (p ports) address(port int) string { return net.JoinHostPort(loopback, strconv.Itoa(port)) }

// hosts is the complete and constant membership of this one-node cluster.
func (p ports) hosts() map[primitives.ServiceName]static.Hosts {
	return map[primitives.ServiceName]static.Hosts{
		primitives.FrontendService: static.SingleLocalHost(p.address(p.frontend)),
		primitives.HistoryService:  static.SingleLocalHost(p.address(p.history)),
		primitives.MatchingService: static.SingleLocalHost(p.address(p.matching)),
		primitives.WorkerService:   static.SingleLocalHost(p.address(p.worker)),
	}
}
