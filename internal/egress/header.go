package egress

import (
	"errors"
	"net/http"
	"slices"
	"strings"
)

// The limits of a webhook's own headers. [ValidateHeader] sees one header and cannot check their number.
const (
	MaxCustomHeaders    = 20
	MaxHeaderNameBytes  = 64
	MaxHeaderValueBytes = 4096
)

// What [ValidateHeader] refuses. The messages are fit for tenants and never contain the value.
var (
	ErrHeaderName         = errors.New("header name is not a token of RFC 9110")
	ErrHeaderNameTooLong  = errors.New("header name is longer than 64 bytes")
	ErrHeaderValue        = errors.New("header value must be printable ASCII without white space at its ends")
	ErrHeaderValueTooLong = errors.New("header value is longer than 4096 bytes")
	ErrReservedHeader     = errors.New("header name is reserved")
)

const masked = "***"

// ValidateHeader checks a header that a tenant wants on its requests. A name is a token (RFC 9110 section
// 5.1) of up to 64 bytes and not reserved; a value is up to 4096 bytes of printable ASCII and inner spaces,
// the part of RFC 9110 section 5.5 that every receiver reads the same way. It may be empty.
//
// Reserved are names that frame the message, name its sender, route it, authorize it at a cloud service
// whose address the tenant chose, or that Surehook sets itself.
func ValidateHeader(name, value string) error {
	switch {
	case len(name) > MaxHeaderNameBytes:
		return ErrHeaderNameTooLong
	case name == "" || strings.ContainsFunc(name, notInToken):
		return ErrHeaderName
	case isReserved(strings.ToLower(name)):
		return ErrReservedHeader
	case len(value) > MaxHeaderValueBytes:
		return ErrHeaderValueTooLong
	case strings.TrimSpace(value) != value || strings.ContainsFunc(value, notPrintable):
		return ErrHeaderValue
	}
	return nil
}

func notInToken(r rune) bool {
	return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
}

func notPrintable(r rune) bool { return r < ' ' || r >= 0x7f }

func isReserved(lower string) bool {
	switch lower {
	case "accept-encoding", // nothing is decompressed here
		"connection", "http2-settings", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", // hop by hop
		"cookie", "set-cookie",
		"expect", // asks for an interim response
		"forwarded", "via",
		"host", "user-agent":
		return true
	}
	return slices.ContainsFunc([]string{
		"content-", "proxy-", "sec-", "surehook-", "webhook-",
		"x-amz-", "x-azure-", "x-forwarded-", "x-goog-",
	}, func(prefix string) bool { return strings.HasPrefix(lower, prefix) })
}

// MaskHeader returns a copy of request or response headers that is fit for the log: the values of
// Authorization, Proxy-Authorization, Cookie and Set-Cookie and of the names in secret, in any case, read
// "***". Signatures stay: they are no secret.
func MaskHeader(header http.Header, secret ...string) http.Header {
	masks := append([]string{"Authorization", "Cookie", "Proxy-Authorization", "Set-Cookie"}, secret...)
	copied := header.Clone()
	for name, values := range copied {
		if !slices.ContainsFunc(masks, func(mask string) bool { return strings.EqualFold(mask, name) }) {
			continue
		}
		for i := range values {
			values[i] = masked
		}
	}
	return copied
}
