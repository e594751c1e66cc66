package signing

import (
	"strconv"
	"time"
)

// Scheme says what is signed and with what.
type Scheme string

// The schemes. In those of plain HMAC the key is the UTF-8 of a secret exactly as its user sees it; only
// StandardWebhooksV1 decodes the base64 behind whsec_.
const (
	// StandardWebhooksV1 is version v1 of Standard Webhooks: HMAC-SHA256 over "{id}.{timestamp}.{content}".
	StandardWebhooksV1 Scheme = "STANDARD_WEBHOOKS_V1"
	// StandardWebhooksV1A is version v1a of Standard Webhooks: Ed25519 over the same.
	StandardWebhooksV1A Scheme = "STANDARD_WEBHOOKS_V1A"
	// HMACBody is HMAC-SHA256 over the content.
	HMACBody Scheme = "HMAC_SHA256_BODY"
	// HMACTimestampBody is HMAC-SHA256 over "{timestamp}.{content}", with the timestamp as its header has it.
	HMACTimestampBody Scheme = "HMAC_SHA256_TIMESTAMP_BODY"
	// None signs nothing. It is for a timestamp or a client identifier without a signature.
	None Scheme = "NONE"
)

// Encoding says how a plain HMAC is written.
type Encoding string

// The encodings.
const (
	// Hex is hexadecimal in lower case.
	Hex Encoding = "HEX"
	// Base64 is standard base64 with padding.
	Base64 Encoding = "BASE64"
)

// TimestampFormat says how a time is written.
type TimestampFormat string

// The formats, both in whole seconds.
const (
	// UnixSeconds is a decimal number: 1705314600.
	UnixSeconds TimestampFormat = "UNIX_SECONDS"
	// ISO8601 is the form of RFC 3339, in UTC: 2024-01-15T10:30:00Z.
	ISO8601 TimestampFormat = "ISO_8601"
)

// previousSuffix makes the name of the header for the signatures of previous secrets.
const previousSuffix = "-Previous"

// Profile is one way in which requests are signed. A request may be signed in several; [ValidateAll] says which of them
// go together.
type Profile struct {
	Scheme Scheme `json:"scheme"`
	// HeaderName is the header of a plain HMAC. It carries the signature of the current secret and nothing else, because
	// receivers compare it as a whole; while there are previous secrets, their signatures are under this name with
	// "-Previous" behind it, separated by spaces. The Standard Webhooks schemes have names of their own.
	HeaderName string `json:"headerName,omitempty"`
	// Prefix is what stands before each plain HMAC, such as "sha256=".
	Prefix   string   `json:"prefix,omitempty"`
	Encoding Encoding `json:"encoding,omitempty"`
	// TimestampHeader is a header with the time of the attempt, and "" for none. Only [HMACTimestampBody] covers it with
	// its signature. The Standard Webhooks schemes have one of their own.
	TimestampHeader string          `json:"timestampHeader,omitempty"`
	TimestampFormat TimestampFormat `json:"timestampFormat,omitempty"`
	// ClientIDHeader is a header that tells the receiver who sends, and "" for none. No signature covers it.
	ClientIDHeader string `json:"clientIdHeader,omitempty"`
	// ClientID is the value of that header. When it is empty, the caller of [SignAll] says what it is.
	ClientID string `json:"clientId,omitempty"`
}

// Headers returns the names of all headers that the profile may set, in the spelling of the profile.
func (p Profile) Headers() []string {
	var names []string

	for _, one := range p.headers() {
		names = append(names, one.name)
	}

	return names
}

// header is one that a profile sets, and the field that makes it do so.
type header struct{ field, name string }

func (p Profile) headers() []header {
	var out []header

	switch p.Scheme {
	case StandardWebhooksV1, StandardWebhooksV1A:
		out = append(out, header{fieldHeaderName, HeaderID}, header{fieldHeaderName, HeaderTimestamp},
			header{fieldHeaderName, HeaderSignature})
	case HMACBody, HMACTimestampBody:
		if p.HeaderName != "" {
			out = append(out, header{fieldHeaderName, p.HeaderName}, header{fieldHeaderName, p.HeaderName + previousSuffix})
		}
	case None:
	}

	if p.TimestampHeader != "" && !p.Scheme.isStandard() {
		out = append(out, header{fieldTimestampHeader, p.TimestampHeader})
	}

	if p.ClientIDHeader != "" {
		out = append(out, header{fieldClientIDHeader, p.ClientIDHeader})
	}

	return out
}

// isStandard reports whether the scheme is one of Standard Webhooks.
func (s Scheme) isStandard() bool { return s == StandardWebhooksV1 || s == StandardWebhooksV1A }

func (f TimestampFormat) format(at time.Time) string {
	if f == ISO8601 {
		return at.UTC().Format("2006-01-02T15:04:05Z")
	}

	return unixSeconds(at)
}

func unixSeconds(at time.Time) string { return strconv.FormatInt(at.Unix(), 10) }
