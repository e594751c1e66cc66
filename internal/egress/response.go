package egress

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"
)

// What a receiver may make us read, in bytes.
const (
	MaxResponseBody    = 16 << 10 // kept of a body
	MaxResponseDrain   = 64 << 10 // read beyond that and thrown away, so that the connection can be used again
	MaxResponseHeaders = 32 << 10
)

// maxDrainTime is how long a connection to use again is worth waiting for.
const maxDrainTime = 250 * time.Millisecond

var errProtocolSwitch = errors.New("protocol switch")

// readResponse reads as much of the body as is kept, up to limit, and fails if that part breaks off. A failure
// in the rest is none: nothing of it would be kept.
func readResponse(response *http.Response, limit int64, result *Result, cancel context.CancelFunc) error {
	defer response.Body.Close()
	result.Response = &Response{Header: response.Header, StatusCode: response.StatusCode}

	// We ask for no other protocol, and the body would be the bare connection.
	if response.StatusCode == http.StatusSwitchingProtocols {
		return errProtocolSwitch
	}

	body, err := io.ReadAll(io.LimitReader(response.Body, limit+1))
	result.Duration = time.Since(result.StartedAt)
	if int64(len(body)) <= limit {
		result.Response.Body = body
		return err
	}

	result.Response.Body, result.Response.Truncated = body[:limit:limit], true
	if response.ContentLength <= limit+MaxResponseDrain {
		patience := time.AfterFunc(maxDrainTime, cancel)
		defer patience.Stop()
		_, _ = io.CopyN(io.Discard, response.Body, MaxResponseDrain)
	}
	return nil
}
