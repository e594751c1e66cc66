package endpointauth_test

import (
	"io"
	"log"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	// net/http reports refused handshakes to the standard logger.
	log.SetOutput(io.Discard)
	goleak.VerifyTestMain(m)
}
