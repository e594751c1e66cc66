package egress

// ErrorCode says what kind of failure kept a request from getting its response. The values are those of the
// API.
type ErrorCode string

// The error codes. Whether a status code or a redirect is a failure is for the caller to judge, not here.
const (
	CodeAddressBlocked  ErrorCode = "ADDRESS_BLOCKED"  // the destination is not allowed; nothing was sent to it
	CodeAuthUnavailable ErrorCode = "AUTH_UNAVAILABLE" // no way to authenticate to the receiver; not from this package
	CodeCanceled        ErrorCode = "CANCELED"         // the caller gave up: its context ended before the deadline
	CodeConnect         ErrorCode = "CONNECT"          // no connection, or it was lost before a complete response
	CodeDNS             ErrorCode = "DNS"              // the host name did not resolve
	CodeProtocol        ErrorCode = "PROTOCOL"         // what came back is not HTTP, or is incomplete, or too large
	CodeTimeout         ErrorCode = "TIMEOUT"          // no complete response within the deadline
	CodeTLS             ErrorCode = "TLS"              // no encrypted connection with a certificate to be trusted
	CodeUnknown         ErrorCode = "UNKNOWN"          // the request was never fit to be sent, or the fault is ours
)

// Error is a failed request in words for the tenant: short, the same each time, and without addresses, names
// of our machines or anything the receiver sent.
type Error struct {
	Code    ErrorCode
	Message string
}

// Error returns code and message.
func (e *Error) Error() string { return string(e.Code) + ": " + e.Message }

// errBlocked is one message for all reasons, so that it tells nothing about the network we are in.
func errBlocked() *Error {
	return &Error{Code: CodeAddressBlocked, Message: "destination not allowed"}
}
