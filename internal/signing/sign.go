package signing

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The header names of the standard ("Webhook headers"), in its own spelling.
const (
	HeaderID        = "webhook-id"
	HeaderSignature = "webhook-signature"
	HeaderTimestamp = "webhook-timestamp"
)

const schemeV1 = "v1,"

// What [Sign] refuses.
var (
	ErrInvalidID   = errors.New("webhook id must be visible ASCII, not empty and without a dot")
	ErrInvalidTime = errors.New("webhook timestamp must not lie before 1970")
	ErrNoSecret    = errors.New("no signing secret given")
)

// Headers are the three headers of one attempt.
type Headers struct {
	ID        string // webhook-id, the same on every attempt
	Signature string // webhook-signature, "v1,<base64>" per secret, separated by spaces
	Timestamp string // webhook-timestamp, Unix seconds of the attempt
}

// Apply sets the three headers and replaces what was there under their names.
func (h Headers) Apply(header http.Header) {
	header.Set(HeaderID, h.ID)
	header.Set(HeaderSignature, h.Signature)
	header.Set(HeaderTimestamp, h.Timestamp)
}

// Sign signs one attempt. at is the time of the attempt, not of the event, and is cut to whole seconds;
// body is what goes over the wire, byte for byte. During a rotation give the current secret first and the
// previous ones after it ("Secret rotation"): the receiver accepts any match, and the order is kept.
//
// The id must not contain a dot, which separates the parts of the signed content and would let one id run
// into the timestamp ("Signature scheme"). The errors are [ErrInvalidID], [ErrInvalidTime] and
// [ErrNoSecret], the last also for a zero secret in the list.
func Sign(id string, at time.Time, body []byte, secrets ...Secret) (Headers, error) {
	if !validID(id) {
		return Headers{}, ErrInvalidID
	}
	if at.Unix() < 0 {
		return Headers{}, ErrInvalidTime
	}
	if len(secrets) == 0 {
		return Headers{}, ErrNoSecret
	}

	timestamp := strconv.FormatInt(at.Unix(), 10)
	signatures := make([]string, 0, len(secrets))
	for _, secret := range secrets {
		if secret.IsZero() {
			return Headers{}, ErrNoSecret
		}

		mac := hmac.New(sha256.New, *secret.key.bytes)
		mac.Write([]byte(id + "." + timestamp + "."))
		mac.Write(body)
		signatures = append(signatures, schemeV1+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}
	return Headers{ID: id, Signature: strings.Join(signatures, " "), Timestamp: timestamp}, nil
}

// validID also keeps out what no header value can carry safely: spaces, control and non-ASCII characters.
func validID(id string) bool {
	for _, c := range []byte(id) {
		if c <= ' ' || c >= 0x7f || c == '.' {
			return false
		}
	}
	return id != ""
}
