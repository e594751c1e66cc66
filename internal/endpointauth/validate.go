package endpointauth

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/surehook/surehook/internal/egress"
)

// The limits of the settings, in bytes where they are not numbers of things.
const (
	MaxAudienceBytes    = 2048
	MaxClientIDBytes    = 1024
	MaxCredentialBytes  = 1024 // of a user name and of a password
	MaxScopeBytes       = 256
	MaxScopes           = 50
	MaxSecretBytes      = 4096 // of a client secret
	MaxBearerTokenBytes = 4096
)

// Problem is one thing that is wrong with an [Auth]. Path leads to it by the names of its JSON form, and is
// empty for the Auth as a whole. Message is fit for tenants and quotes nothing.
type Problem struct {
	Path    []string
	Message string
}

// checker collects problems.
type checker struct {
	problems []Problem
	within   string // the first part of all paths
}

func (c *checker) addf(path, format string, args ...any) {
	c.problems = append(c.problems, Problem{
		Path: append([]string{c.within}, strings.Split(path, ".")...), Message: fmt.Sprintf(format, args...),
	})
}

// text checks a text that must not be empty and consist of characters that the function allows.
func (c *checker) text(path, value string, limit int, allowed func(rune) bool, what string) {
	switch {
	case value == "":
		c.addf(path, "is required")
	case len(value) > limit:
		c.addf(path, "is longer than %d bytes", limit)
	case !utf8.ValidString(value) || strings.ContainsFunc(value, func(r rune) bool { return !allowed(r) }):
		c.addf(path, "must consist of %s", what)
	}
}

// Validate returns all that is wrong, and nil if nothing is. A token URL must be https unless allowInsecure.
func (a Auth) Validate(allowInsecure bool) []Problem {
	set := a.types()
	if len(set) != 1 {
		return []Problem{{Message: fmt.Sprintf("exactly one kind of authentication must be given, not %d", len(set))}}
	}

	var check checker
	switch set[0] {
	case TypeBasic:
		check.within = "basic"
		check.basic(*a.Basic)
	case TypeBearer:
		check.within = "bearer"
		check.text("token", a.Bearer.Token, MaxBearerTokenBytes, isVisible, "visible ASCII characters")
	case TypeHeader:
		check.within = "header"
		check.header(*a.Header)
	case TypeMutualTLS:
		check.within = "mutualTls"
		check.mutualTLS(*a.MutualTLS)
	case TypeOAuth2:
		check.within = "oauth2"
		check.oauth2(*a.OAuth2, allowInsecure)
	}
	return check.problems
}

func (c *checker) basic(basic Basic) {
	if basic.Username == "" && basic.Password == "" {
		c.addf("username", "a user name or a password is required")
		return
	}
	const allowed = "valid UTF-8 without control characters"
	if basic.Username != "" {
		c.text("username", basic.Username, MaxCredentialBytes, isNoControl, allowed)
	}
	if basic.Password != "" {
		c.text("password", basic.Password, MaxCredentialBytes, isNoControl, allowed)
	}
	if strings.Contains(basic.Username, ":") { // which ends the name (RFC 7617 section 2)
		c.addf("username", "must not contain a colon")
	}
}

func (c *checker) header(header Header) {
	err := egress.ValidateHeader(header.Name, header.Value)
	switch {
	case errors.Is(err, egress.ErrHeaderValue), errors.Is(err, egress.ErrHeaderValueTooLong):
		c.addf("value", "%s", err)
	case err != nil:
		c.addf("name", "%s", err)
	}
	if header.Value == "" {
		c.addf("value", "is required")
	}
}

func (c *checker) mutualTLS(mutual MutualTLS) {
	if mutual.CertificatePEM == "" {
		c.addf("certificatePem", "is required")
	}
	if mutual.PrivateKeyPEM == "" {
		c.addf("privateKeyPem", "is required")
	}
	if len(c.problems) > 0 {
		return
	}

	_, err := mutual.clientTLS()
	switch {
	case errors.Is(err, egress.ErrCA):
		c.addf("caPem", "%s", err)
	case errors.Is(err, egress.ErrPrivateKey):
		c.addf("privateKeyPem", "%s", err)
	case err != nil:
		c.addf("certificatePem", "%s", err)
	}
}

func (c *checker) oauth2(oauth2 OAuth2, allowInsecure bool) {
	const printable = "printable ASCII characters"

	target, err := url.Parse(oauth2.TokenURL)
	switch invalid := egress.ValidateURL(oauth2.TokenURL); {
	case oauth2.TokenURL == "":
		c.addf("tokenUrl", "is required")
	case invalid != nil:
		c.addf("tokenUrl", "%s", invalid)
	case !allowInsecure && (err != nil || target.Scheme != "https"):
		c.addf("tokenUrl", "must start with https://")
	}

	c.text("clientId", oauth2.ClientID, MaxClientIDBytes, isPrintable, printable)
	c.text("clientSecret", oauth2.ClientSecret, MaxSecretBytes, isPrintable, printable)
	if oauth2.Audience != "" {
		c.text("audience", oauth2.Audience, MaxAudienceBytes, isNoControl, "valid UTF-8 without control characters")
	}
	if oauth2.Style != "" && oauth2.Style != StyleBody && oauth2.Style != StyleHeader {
		c.addf("style", "must be %s or %s", StyleBody, StyleHeader)
	}

	if len(oauth2.Scopes) > MaxScopes {
		c.addf("scopes", "there are more than %d", MaxScopes)
		return
	}
	for i, scope := range oauth2.Scopes {
		c.text("scopes."+strconv.Itoa(i), scope, MaxScopeBytes, isScope,
			`visible ASCII characters without quotation marks and backslashes`)
	}
}

func isVisible(r rune) bool   { return r > ' ' && r < 0x7f }
func isPrintable(r rune) bool { return r >= ' ' && r < 0x7f }
func isNoControl(r rune) bool { return !unicode.IsControl(r) }

// isScope is NQCHAR of RFC 6749 appendix A.4.
func isScope(r rune) bool { return isVisible(r) && r != '"' && r != '\\' }
