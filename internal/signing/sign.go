package signing

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

const lastYear = 9999 // of RFC 3339

// What [SignAll] refuses.
var (
	ErrInvalidClientID = fmt.Errorf(
		"client id must be 1 to %d printable ASCII characters without white space at its ends", MaxClientIDBytes)
	ErrInvalidID      = errors.New("webhook id must be visible ASCII, not empty and without a dot")
	ErrInvalidProfile = errors.New("invalid signature profile")
	ErrInvalidTime    = errors.New("webhook timestamp must lie in the years 1970 to 9999")
	ErrNoSecret       = errors.New("no signing secret given")
	ErrNotStandard    = errors.New("the scheme " + string(StandardWebhooksV1) + " needs a signing secret in " +
		secretPrefix + " form")
)

// Message is what is signed.
type Message struct {
	// ID is the same on every attempt. It must not contain a dot, which separates the parts of the signed content and
	// would let one id run into the timestamp ("Signature scheme").
	ID string
	// At is the time of the attempt, not of the event, and is cut to whole seconds.
	At time.Time
	// Content is the body as it goes over the wire, byte for byte. For a request without a body it is the query string
	// as it is sent.
	Content []byte
}

// Keys are what signs: all live keys of each kind, the current one first and the previous ones after it ("Secret
// rotation"). A kind that no profile needs may be left out.
type Keys struct {
	Symmetric []Secret
	Ed25519   []PrivateKey
}

// SignAll returns the headers that sign a message in all the ways of the profiles. clientID is the client identifier
// of profiles that have a header for it and no identifier of their own; otherwise it may be empty.
//
// The Standard Webhooks schemes put the signatures of all live keys into one header, those of the first profile first;
// receivers accept any match. [StandardWebhooksV1] leaves out previous secrets that are not in whsec_ form: they date
// from when the webhook was signed in another way, and no receiver can verify v1 with them. For plain HMAC see
// [Profile].
//
// The errors are [ErrInvalidID], [ErrInvalidTime], [ErrInvalidProfile] for what [ValidateAll] objects to even without
// reserved names, [ErrNoSecret] when a scheme has no key or one that is zero, [ErrNotStandard] when the current secret
// cannot sign v1, and [ErrInvalidClientID].
func SignAll(profiles []Profile, message Message, keys Keys, clientID string) (http.Header, error) {
	if !validID(message.ID) {
		return nil, ErrInvalidID
	}

	if message.At.Unix() < 0 || message.At.UTC().Year() > lastYear {
		return nil, ErrInvalidTime
	}

	// A profile that is half understood would send what nobody can verify.
	if wrong := ValidateAll(profiles, nil); len(wrong) > 0 {
		return nil, fmt.Errorf("%w: %d: %s %s", ErrInvalidProfile, wrong[0].Index, wrong[0].Field, wrong[0].Message)
	}

	signed := http.Header{}

	for _, profile := range profiles {
		if err := profile.sign(signed, message, keys, clientID); err != nil {
			return nil, err
		}
	}

	return signed, nil
}

func (p Profile) sign(signed http.Header, message Message, keys Keys, clientID string) error {
	if p.ClientIDHeader != "" {
		value := cmp.Or(p.ClientID, clientID)
		if !validClientID(value) {
			return ErrInvalidClientID
		}

		signed.Set(p.ClientIDHeader, value)
	}

	timestamp := p.TimestampFormat.format(message.At)
	if p.TimestampHeader != "" {
		signed.Set(p.TimestampHeader, timestamp)
	}

	switch p.Scheme {
	case StandardWebhooksV1:
		return message.setStandard(signed, keys.v1)
	case StandardWebhooksV1A:
		return message.setStandard(signed, keys.v1a)
	case HMACBody:
		return p.setHMAC(signed, keys.Symmetric, message.Content)
	case HMACTimestampBody:
		return p.setHMAC(signed, keys.Symmetric, slices.Concat([]byte(timestamp+"."), message.Content))
	case None:
	}

	return nil
}

// validID also keeps out what no header value can carry safely: spaces, control and non-ASCII characters.
func validID(id string) bool { return id != "" && !strings.ContainsFunc(id, notInID) }

func notInID(r rune) bool { return r == '.' || notVisible(r) }
