package egress

import (
	"errors"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// The limits of a URL, in bytes. That of the host is the limit of DNS (RFC 1035 section 2.3.4) and counts
// the ASCII form.
const (
	MaxURLBytes  = 2048
	MaxHostBytes = 253
	// MaxRequestURLBytes is the limit of a URL with the query of one request, which most servers accept.
	MaxRequestURLBytes = 8192
)

const maxLabelBytes = 63

// What [ValidateURL] refuses. The messages are fit for tenants.
var (
	ErrURLCharacter = errors.New("URL contains white space, a control character, a backslash or invalid UTF-8")
	ErrURLFragment  = errors.New("URL must not have a fragment")
	ErrURLHost      = errors.New("URL must have a valid host name or IP address")
	ErrURLPort      = errors.New("URL must have a port between 1 and 65535, or none")
	ErrURLScheme    = errors.New("URL must start with http:// or https://")
	ErrURLSyntax    = errors.New("URL is malformed")
	ErrURLTooLong   = errors.New("URL is longer than 2048 bytes")
	ErrURLUserinfo  = errors.New("URL must not contain a user name or password")
)

// ValidateURL checks the form of a webhook URL and returns one of the ErrURL errors. It looks nothing up and
// knows no configuration: where a well-formed URL leads is decided when it is dialled.
func ValidateURL(raw string) error {
	if len(raw) > MaxURLBytes {
		return ErrURLTooLong
	}
	_, err := parseURL(raw)
	return err
}

func parseURL(raw string) (*url.URL, error) {
	if len(raw) > MaxRequestURLBytes {
		return nil, ErrURLTooLong
	}
	// Parsers disagree about these characters, so what is checked might not be what is requested.
	if !utf8.ValidString(raw) || strings.ContainsFunc(raw, func(r rune) bool {
		return r == '\\' || unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
	}) {
		return nil, ErrURLCharacter
	}

	parsed, err := url.Parse(raw)
	switch {
	case err != nil && strings.Contains(err.Error(), "invalid port"):
		return nil, ErrURLPort
	case err != nil:
		return nil, ErrURLSyntax
	case parsed.Scheme != "http" && parsed.Scheme != "https", parsed.Opaque != "":
		return nil, ErrURLScheme
	case strings.Contains(raw, "#"): // also an empty one, which Parse drops
		return nil, ErrURLFragment
	case parsed.User != nil:
		return nil, ErrURLUserinfo
	case !validHost(parsed.Hostname()):
		return nil, ErrURLHost
	case !validPort(parsed):
		return nil, ErrURLPort
	}
	return parsed, nil
}

func validHost(host string) bool {
	if strings.Contains(host, ":") {
		addr, err := netip.ParseAddr(host)
		return err == nil && addr.Zone() == "" // a zone names an interface of the machine that connects
	}

	ascii, err := asciiHost(host)
	if err != nil || len(ascii) > MaxHostBytes {
		return false
	}
	for label := range strings.SplitSeq(strings.TrimSuffix(ascii, "."), ".") {
		if label == "" || len(label) > maxLabelBytes || strings.ContainsFunc(label, notInHost) {
			return false
		}
	}
	return true
}

// notInHost allows the underscore, which is no letter of host names but common in names of services.
func notInHost(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_'
}

// asciiHost converts an internationalized name the way net/http does when it connects.
func asciiHost(host string) (string, error) {
	if !strings.ContainsFunc(host, func(r rune) bool { return r >= utf8.RuneSelf }) {
		return host, nil
	}
	return idna.Lookup.ToASCII(host)
}

// asciiAuthority returns host and port as they go into the Host header.
func asciiAuthority(u *url.URL) string {
	host, err := asciiHost(u.Hostname())
	if err != nil || host == u.Hostname() {
		return u.Host
	}
	if port := u.Port(); port != "" {
		return host + ":" + port
	}
	return host
}

func validPort(u *url.URL) bool {
	if strings.HasSuffix(u.Host, ":") {
		return false
	}
	if u.Port() == "" {
		return true
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	return err == nil && port > 0
}
