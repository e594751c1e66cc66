package egress_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/surehook/surehook/internal/egress"
)

// http2Receiver speaks HTTP/2 by hand.
type http2Receiver struct {
	config   egress.Config
	requests atomic.Int32
	url      string

	// What the client lets us send ahead, in bytes.
	connWindow, streamWindow atomic.Int64
}

// serveHTTP2 starts a receiver that reacts to each complete request with the next of the reactions, the
// last one for all further requests.
func serveHTTP2(t *testing.T, reactions ...func(framer *http2.Framer, stream uint32) error) *http2Receiver {
	t.Helper()

	certificate, config := selfSigned(t, func(*x509.Certificate) {})
	r := &http2Receiver{config: config}
	listener := tls.NewListener(listen(t), &tls.Config{
		Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2"},
	})
	address := serveRaw(t, listener, func(conn net.Conn) {
		preface := make([]byte, len(http2.ClientPreface))
		if _, err := io.ReadFull(conn, preface); err != nil {
			return
		}
		framer := http2.NewFramer(conn, conn)
		for err := framer.WriteSettings(); err == nil; {
			var frame http2.Frame
			if frame, err = framer.ReadFrame(); err != nil {
				return
			}
			switch frame := frame.(type) {
			case *http2.SettingsFrame:
				if !frame.IsAck() {
					window, _ := frame.Value(http2.SettingInitialWindowSize)
					r.streamWindow.Store(int64(window))
					err = framer.WriteSettingsAck()
				}
			case *http2.WindowUpdateFrame:
				if frame.StreamID == 0 {
					r.connWindow.Add(int64(frame.Increment))
				}
			case *http2.DataFrame:
				if frame.StreamEnded() {
					n := int(r.requests.Add(1))
					err = reactions[min(n, len(reactions))-1](framer, frame.StreamID)
				}
			}
		}
	})
	r.url = "https://" + address
	return r
}

func accept(framer *http2.Framer, stream uint32) error {
	var block bytes.Buffer
	if err := hpack.NewEncoder(&block).WriteField(hpack.HeaderField{Name: ":status", Value: "200"}); err != nil {
		return err
	}
	return framer.WriteHeaders(http2.HeadersFrameParam{
		BlockFragment: block.Bytes(), EndHeaders: true, EndStream: true, StreamID: stream,
	})
}

func resetStream(code http2.ErrCode) func(*http2.Framer, uint32) error {
	return func(framer *http2.Framer, stream uint32) error { return framer.WriteRSTStream(stream, code) }
}

func goAway(processed bool) func(*http2.Framer, uint32) error {
	return func(framer *http2.Framer, stream uint32) error {
		if !processed {
			stream -= 2
		}
		if err := framer.WriteGoAway(stream, http2.ErrCodeNo, nil); err != nil {
			return err
		}
		return io.EOF // closes the connection
	}
}

func TestClient_Do_HTTP2SendsAgainOnTheReceiversWord(t *testing.T) {
	t.Parallel()

	const reset, lost = "HTTP/2 stream reset by the receiver", "connection closed without a response"
	type reactions []func(*http2.Framer, uint32) error
	tests := []struct {
		name      string
		reactions reactions
		requests  int32
		code      egress.ErrorCode
		message   string
	}{
		{"accepted", reactions{accept}, 1, "", ""},
		{"canceled", reactions{resetStream(http2.ErrCodeCancel)}, 1, egress.CodeProtocol, reset},
		{"failed inside", reactions{resetStream(http2.ErrCodeInternal)}, 1, egress.CodeProtocol, reset},
		{"going away after it", reactions{goAway(true)}, 1, egress.CodeConnect, lost},
		{"protocol error for ever", reactions{resetStream(http2.ErrCodeProtocol)}, 2, egress.CodeProtocol, reset},
		{"refused for ever", reactions{resetStream(http2.ErrCodeRefusedStream)}, 2, egress.CodeProtocol, reset},
		{"refused once", reactions{resetStream(http2.ErrCodeRefusedStream), accept}, 2, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			r := serveHTTP2(t, tt.reactions...)
			client := newClient(t, r.config, egress.TestOptions{})
			result := post(t, client, r.url, http.Header{"Idempotency-Key": {"1"}})
			require.Equal(t, tt.requests, r.requests.Load())
			if tt.code == "" {
				requireOK(t, result)
				return
			}
			requireError(t, result, tt.code, tt.message)
		})
	}

	t.Run("going away before it", func(t *testing.T) {
		t.Parallel()

		r := serveHTTP2(t, accept, goAway(false), accept)
		client := newClient(t, r.config, egress.TestOptions{})
		requireOK(t, post(t, client, r.url, nil))
		requireOK(t, post(t, client, r.url, nil))
		require.Equal(t, int32(3), r.requests.Load())
	})
}

func TestClient_Do_HTTP2KeepsReceiverFromSendingAhead(t *testing.T) {
	t.Parallel()

	r := serveHTTP2(t, accept)
	requireOK(t, post(t, newClient(t, r.config, egress.TestOptions{}), r.url, nil))
	require.LessOrEqual(t, r.streamWindow.Load(), int64(128<<10))
	require.LessOrEqual(t, r.connWindow.Load(), int64(1<<20))
	require.Positive(t, r.streamWindow.Load())
	require.Positive(t, r.connWindow.Load())
}
