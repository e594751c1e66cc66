package stack

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"syscall"
)

// checkPorts proves that every port this process was given is free, before
// anything is started: a stack that fails halfway up because of the last port
// is a nuisance. A part whose port is 0 picks one itself when it starts.
func checkPorts(ctx context.Context, cfg Config) error {
	owner := map[int]string{}
	var problems []error
	for _, part := range cfg.Parts {
		port := cfg.Ports[part]
		if port == 0 {
			continue
		}
		if other, twice := owner[port]; twice {
			problems = append(problems, fmt.Errorf("port %d is given to both %s and %s: choose another with --%s-port",
				port, other, part, part))
			continue
		}
		owner[port] = part
		listener, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil {
			problems = append(problems, portProblem(part, port, err))
			continue
		}
		if err := listener.Close(); err != nil {
			problems = append(problems, portProblem(part, port, err))
		}
	}
	return errors.Join(problems...)
}

// portProblem says which port of which part cannot be had, and what to do.
func portProblem(part string, port int, err error) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("port %d, wanted for %s, is taken by another program: choose another with --%s-port or %s",
			port, part, part, portVariable(part))
	}
	return fmt.Errorf("port %d, wanted for %s, cannot be used (%w): choose another with --%s-port or %s",
		port, part, err, part, portVariable(part))
}
