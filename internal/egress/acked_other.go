//go:build !linux

package egress

import "net"

// acknowledged has no way to know here, so a request is never sent again on its word.
func acknowledged(net.Conn) acked { return acked{} }
