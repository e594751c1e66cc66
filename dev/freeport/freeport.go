// Package freeport picks TCP ports for servers that cannot be handed a
// listener: a child process, or a library that insists on a number.
package freeport

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"syscall"
)

// Ports are picked from [lowest, highest). The range is below the one the
// kernel takes local ports of outgoing connections from (32768 and up on
// Linux, 49152 and up on macOS). A port the kernel itself offers is in that
// range, and on a busy machine somebody connects from it before the server
// gets to listen on it.
const (
	lowest  = 20_000
	highest = 32_000
)

// attempts bounds the search for one port.
const attempts = 200

// Pick returns n different ports on 127.0.0.1 that are free now. Another
// process may take one before it is used; the choice is random to make that
// unlikely.
func Pick(ctx context.Context, n int) ([]int, error) {
	ports := make([]int, 0, n)
	for try := 0; len(ports) < n; try++ {
		if try == n*attempts {
			return nil, fmt.Errorf("pick a free port: none found in %d attempts", try)
		}
		port := lowest + rand.IntN(highest-lowest)
		listener, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if errors.Is(err, syscall.EADDRINUSE) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("pick a free port: %w", err)
		}
		defer listener.Close() // held until all are picked, so that they differ
		ports = append(ports, port)
	}
	return ports, nil
}
