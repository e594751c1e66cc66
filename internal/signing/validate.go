package signing

import (
	"fmt"
	"slices"
	"strings"
)

// The limits of profiles.
const (
	MaxProfiles        = 4
	MaxHeaderNameBytes = 64
	MaxPrefixBytes     = 32
	MaxClientIDBytes   = 256
)

// The JSON names of a profile's fields.
const (
	fieldClientID        = "clientId"
	fieldClientIDHeader  = "clientIdHeader"
	fieldEncoding        = "encoding"
	fieldHeaderName      = "headerName"
	fieldPrefix          = "prefix"
	fieldScheme          = "scheme"
	fieldTimestampFormat = "timestampFormat"
	fieldTimestampHeader = "timestampHeader"
)

const (
	noEffect = "has no effect with this scheme"
	required = "must not be empty with this scheme"
)

// FieldError says what is wrong with a field of a profile, in words that are fit for users.
type FieldError struct {
	// Index is that of the profile in the list, counted from 0.
	Index int
	// Field is its JSON name, and "" when the whole profile is too many.
	Field   string
	Message string
}

// ValidateAll returns all that is wrong with profiles that sign the same request, in their order: what is wrong with
// each, more than 4 of them, one of the Standard Webhooks schemes twice, and a header that is set twice, whatever its
// case. The two Standard Webhooks schemes may share theirs.
//
// A header name is a token of RFC 9110 of up to 64 bytes, is not Authorization, and is one that checkName has no
// objection to. It knows what is reserved; its message is passed on. Without one nothing is reserved.
func ValidateAll(profiles []Profile, checkName func(name string) error) []FieldError {
	v := validator{checkName: checkName, used: make(map[string]bool)}

	for index, profile := range profiles[:min(len(profiles), MaxProfiles)] {
		v.index = index
		v.scheme(profile)
		v.timestamp(profile)
		v.client(profile)
		v.together(profile)
	}

	if len(profiles) > MaxProfiles {
		v.index = MaxProfiles
		v.add("", fmt.Sprintf("there may be at most %d signatures", MaxProfiles))
	}

	return v.errors
}

type validator struct {
	checkName func(name string) error
	index     int
	errors    []FieldError
	standards []Scheme        // seen so far
	used      map[string]bool // header names in lower case
}

func (v *validator) add(field, message string) {
	v.errors = append(v.errors, FieldError{Index: v.index, Field: field, Message: message})
}

func (v *validator) scheme(p Profile) {
	switch p.Scheme {
	case StandardWebhooksV1, StandardWebhooksV1A:
		if p.HeaderName != "" && !strings.EqualFold(p.HeaderName, HeaderSignature) {
			v.add(fieldHeaderName, "must be "+HeaderSignature+" or empty with this scheme")
		}

		v.mustBeEmpty(fieldPrefix, p.Prefix)
		v.mustBeEmpty(fieldTimestampHeader, p.TimestampHeader)
	case HMACBody, HMACTimestampBody:
		if p.HeaderName == "" {
			v.add(fieldHeaderName, required)
		}

		v.name(fieldHeaderName, p.HeaderName)
		v.prefix(p.Prefix)

		if p.Encoding == "" {
			v.add(fieldEncoding, required)
		}

		if p.Scheme == HMACTimestampBody && p.TimestampHeader == "" {
			v.add(fieldTimestampHeader, required)
		}
	case None:
		v.mustBeEmpty(fieldHeaderName, p.HeaderName)
		v.mustBeEmpty(fieldPrefix, p.Prefix)
	default:
		v.add(fieldScheme, fmt.Sprintf("must be one of %s, %s, %s, %s and %s",
			StandardWebhooksV1, StandardWebhooksV1A, HMACBody, HMACTimestampBody, None))
	}

	if p.Encoding != "" && p.Encoding != Hex && p.Encoding != Base64 {
		v.add(fieldEncoding, fmt.Sprintf("must be %s or %s", Hex, Base64))
	}
}

func (v *validator) timestamp(p Profile) {
	if !p.Scheme.isStandard() {
		v.name(fieldTimestampHeader, p.TimestampHeader)
	}

	// What an encoding or a format would apply to may be missing: such a choice is harmless, and forms always make one.
	switch p.TimestampFormat {
	case UnixSeconds, ISO8601:
	case "":
		if p.TimestampHeader != "" && !p.Scheme.isStandard() {
			v.add(fieldTimestampFormat, "must not be empty with a timestamp header")
		}
	default:
		v.add(fieldTimestampFormat, fmt.Sprintf("must be %s or %s", UnixSeconds, ISO8601))
	}
}

func (v *validator) client(p Profile) {
	v.name(fieldClientIDHeader, p.ClientIDHeader)

	switch {
	case p.ClientID == "":
	case p.ClientIDHeader == "":
		v.add(fieldClientID, "has no effect without a header for it")
	case !validClientID(p.ClientID):
		v.add(fieldClientID, ErrInvalidClientID.Error())
	}
}

// together checks what a profile shares with those before it, and with itself.
func (v *validator) together(p Profile) {
	shared := p.Scheme.isStandard() && len(v.standards) > 0

	if p.Scheme.isStandard() {
		if slices.Contains(v.standards, p.Scheme) {
			v.add(fieldScheme, "must not be there twice")
		}

		v.standards = append(v.standards, p.Scheme)
	}

	var refused string // one complaint per field is enough

	for _, one := range p.headers() {
		if shared && one.field == fieldHeaderName {
			continue
		}

		lower := strings.ToLower(one.name)

		if v.used[lower] && one.field != refused {
			v.add(one.field, "is the name of a header that is set already; a signature header needs its name with "+
				previousSuffix+", too")

			refused = one.field
		}

		v.used[lower] = true
	}
}

func (v *validator) mustBeEmpty(field, value string) {
	if value != "" {
		v.add(field, noEffect)
	}
}

// name checks the name of a header, if there is one.
func (v *validator) name(field, name string) {
	switch {
	case name == "":
	case len(name) > MaxHeaderNameBytes:
		v.add(field, fmt.Sprintf("must be at most %d bytes", MaxHeaderNameBytes))
	case strings.ContainsFunc(name, notInToken):
		v.add(field, "must be a header name: a token of RFC 9110")
	case strings.EqualFold(name, "Authorization"):
		v.add(field, "must not be Authorization")
	case v.checkName != nil:
		if err := v.checkName(name); err != nil {
			v.add(field, err.Error())
		}
	}
}

// prefix checks a prefix. It has no spaces because they separate signatures.
func (v *validator) prefix(prefix string) {
	switch {
	case len(prefix) > MaxPrefixBytes:
		v.add(fieldPrefix, fmt.Sprintf("must be at most %d bytes", MaxPrefixBytes))
	case strings.ContainsFunc(prefix, notVisible):
		v.add(fieldPrefix, "must be visible ASCII characters without spaces")
	}
}

func validClientID(value string) bool {
	return value != "" && len(value) <= MaxClientIDBytes && strings.TrimSpace(value) == value &&
		!strings.ContainsFunc(value, func(r rune) bool { return r != ' ' && notVisible(r) })
}

func notInToken(r rune) bool { return notVisible(r) || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r) }

func notVisible(r rune) bool { return r <= ' ' || r >= 0x7f }
