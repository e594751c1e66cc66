package egress

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"
)

// errDeadline is the cause of a request's own deadline, as against the end of the caller's context.
var errDeadline = errors.New("request deadline")

// explainDial puts a failed dial into words.
func explainDial(err error) *Error {
	if known, ok := errors.AsType[*Error](err); ok {
		return known // the guard's
	}
	if dnsErr, ok := errors.AsType[*net.DNSError](err); ok {
		switch {
		case dnsErr.IsNotFound:
			return &Error{Code: CodeDNS, Message: "host name not found"}
		case dnsErr.IsTimeout:
			return &Error{Code: CodeDNS, Message: "host name lookup timed out"}
		}
		return &Error{Code: CodeDNS, Message: "host name lookup failed"}
	}

	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return &Error{Code: CodeConnect, Message: "connection refused"}
	case errors.Is(err, syscall.ECONNRESET):
		return &Error{Code: CodeConnect, Message: "connection lost"}
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return &Error{Code: CodeConnect, Message: "host unreachable"}
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded),
		errors.Is(err, syscall.ETIMEDOUT):
		return &Error{Code: CodeConnect, Message: "connection timed out"}
	case slices.ContainsFunc(ownShortages(), func(shortage error) bool { return errors.Is(err, shortage) }):
		return &Error{Code: CodeUnknown, Message: "sender is short of resources"}
	}
	return &Error{Code: CodeConnect, Message: "connection failed"}
}

// ownShortages are failures to connect that say nothing about the receiver.
func ownShortages() []error {
	return []error{syscall.EADDRNOTAVAIL, syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM}
}

// explain puts any failure of an exchange into words. phase is how far the exchange got.
func explain(ctx context.Context, err error, phase phase, timeout time.Duration) *Error {
	switch {
	case errors.Is(context.Cause(ctx), errDeadline), ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded):
		// The second is the dialer, whose own timer of the same deadline may go off first.
		return &Error{Code: CodeTimeout, Message: fmt.Sprintf("timed out after %s while %s", timeout, phase)}
	case ctx.Err() != nil:
		return &Error{Code: CodeCanceled, Message: "request canceled"}
	}

	if known, ok := errors.AsType[*Error](err); ok {
		return known // the dialer's
	}
	if phase == phaseTLS {
		return explainTLS(err)
	}
	return explainExchange(err, phase)
}

func explainTLS(err error) *Error {
	message := "TLS handshake failed"
	if netErr, ok := errors.AsType[net.Error](err); ok && netErr.Timeout() {
		message = "TLS handshake timed out"
	} else if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		message = "receiver does not speak TLS"
	} else if _, ok := errors.AsType[x509.HostnameError](err); ok {
		message = "certificate is not valid for this host name"
	} else if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		message = "certificate is signed by an unknown authority"
	} else if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok {
		message = "certificate is not valid"
		if invalid.Reason == x509.Expired {
			message = "certificate has expired or is not yet valid"
		}
	}
	return &Error{Code: CodeTLS, Message: message}
}

// explainExchange goes by text where net/http has no exported error. The texts are covered by tests.
func explainExchange(err error, phase phase) *Error {
	opErr, isOpErr := errors.AsType[*net.OpError](err)
	switch text := err.Error(); {
	case phase < phaseSend:
		return &Error{Code: CodeUnknown, Message: "request cannot be sent"}
	case isOpErr && (opErr.Op == "remote error" || opErr.Op == "local error"):
		// With TLS 1.3 the receiver's verdict on the handshake may come when we take it for done.
		return &Error{Code: CodeTLS, Message: "TLS connection aborted"}

	case phase < phaseAnswer && endedInOrder(err),
		strings.Contains(text, "server sent GOAWAY"):
		return &Error{Code: CodeConnect, Message: "connection closed without a response"}
	case isOpErr, strings.Contains(text, "client connection lost"):
		return &Error{Code: CodeConnect, Message: "connection lost"}

	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return &Error{Code: CodeProtocol, Message: "response ended early"}
	case strings.Contains(text, "response headers exceeded"), strings.Contains(text, "response header list larger"):
		return &Error{Code: CodeProtocol, Message: fmt.Sprintf("response headers exceed %d bytes", MaxResponseHeaders)}
	case strings.Contains(text, "stream error"):
		return &Error{Code: CodeProtocol, Message: "HTTP/2 stream reset by the receiver"}
	}
	return &Error{Code: CodeProtocol, Message: "response is not valid HTTP"}
}

// endedInOrder tells whether the peer closed the connection with a FIN. The kernel reports a reset that
// follows a FIN as EPIPE, and one that comes alone as ECONNRESET.
func endedInOrder(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, syscall.EPIPE) ||
		strings.Contains(err.Error(), "server closed idle connection")
}
