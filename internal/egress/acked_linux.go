package egress

import (
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// acknowledged asks the kernel. A count of 0 or 1 (the handshake) is taken for a system that does not
// count, as it cannot be true of a connection that carried a request before.
func acknowledged(c net.Conn) acked {
	socket, ok := c.(syscall.Conn)
	if !ok {
		return acked{}
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return acked{}
	}

	var info *unix.TCPInfo
	var infoErr error
	err = raw.Control(func(fd uintptr) {
		info, infoErr = unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO)
	})
	if err != nil || infoErr != nil || info.Bytes_acked <= 1 {
		return acked{}
	}
	return acked{bytes: info.Bytes_acked, known: true}
}
