package freeport_test

import (
	"net"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/dev/freeport"
)

func TestPick_ReturnsDifferentPortsThatCanBeUsed(t *testing.T) {
	t.Parallel()
	ports, err := freeport.Pick(t.Context(), 20)
	require.NoError(t, err)
	require.Len(t, ports, 20)
	for _, port := range ports {
		listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		require.NoError(t, err, "a port that was picked twice would be taken")
		t.Cleanup(func() { _ = listener.Close() })
	}
}
