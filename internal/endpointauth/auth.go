package endpointauth

import "github.com/surehook/surehook/internal/egress"

// Type is a kind of authentication. The values are those of the API.
type Type string

// The types of authentication. A webhook without any has no [Auth].
const (
	TypeBasic     Type = "BASIC"
	TypeBearer    Type = "BEARER"
	TypeHeader    Type = "HEADER"
	TypeMutualTLS Type = "MUTUAL_TLS"
	TypeOAuth2    Type = "OAUTH2_CLIENT_CREDENTIALS"
)

// Where an OAuth 2.0 client puts its credentials (RFC 6749 section 2.3.1). The values are those of the API.
const (
	StyleBody   = "BODY"
	StyleHeader = "HEADER" // the default
)

// Auth is the authentication of one webhook. Exactly one member is set.
//
// Encoded as JSON it is complete, secrets included, because that is how it is stored, sealed. To fmt and slog
// neither an Auth nor a member of it gives anything away. Where fmt cannot ask, in an unexported field, hold a
// pointer to the Auth.
type Auth struct {
	redacted

	Basic     *Basic     `json:"basic,omitempty"`
	Bearer    *Bearer    `json:"bearer,omitempty"`
	Header    *Header    `json:"header,omitempty"`
	MutualTLS *MutualTLS `json:"mutualTls,omitempty"`
	OAuth2    *OAuth2    `json:"oauth2,omitempty"`
}

// Basic sends a user name and a password in the manner of RFC 7617, in UTF-8.
type Basic struct {
	redacted

	Username string `json:"username"` // up to 1024 bytes without control characters and colons
	Password string `json:"password"` // up to 1024 bytes without control characters; not both may be empty
}

// Bearer sends a fixed token in the manner of RFC 6750.
type Bearer struct {
	redacted

	Token string `json:"token"` // 1 to 4096 visible ASCII characters: real tokens are not all of RFC 6750's b64token
}

// Header sends a header of the tenant's choice, which [egress.ValidateHeader] must accept.
type Header struct {
	redacted

	Name  string `json:"name"`
	Value string `json:"value"` // not empty
}

// MutualTLS shows a client certificate. The members are those of [egress.NewClientTLS].
type MutualTLS struct {
	redacted

	CertificatePEM string `json:"certificatePem"`
	PrivateKeyPEM  string `json:"privateKeyPem"`
	CAPEM          string `json:"caPem,omitempty"`
}

// OAuth2 fetches tokens with client credentials and sends them as bearer tokens.
type OAuth2 struct {
	redacted

	TokenURL     string   `json:"tokenUrl"`
	ClientID     string   `json:"clientId"`     // 1 to 1024 printable ASCII characters
	ClientSecret string   `json:"clientSecret"` // 1 to 4096 printable ASCII characters
	Scopes       []string `json:"scopes,omitempty"`
	Audience     string   `json:"audience,omitempty"` // sent as the parameter "audience"; up to 2048 bytes
	Style        string   `json:"style,omitempty"`    // StyleHeader, StyleBody, or "" for StyleHeader
}

// Type returns the type of the member that is set, and "" if there is not exactly one.
func (a Auth) Type() Type {
	if set := a.types(); len(set) == 1 {
		return set[0]
	}
	return ""
}

// HeaderNames returns the headers whose values must be masked wherever a request is shown.
func (a Auth) HeaderNames() []string {
	var names []string
	if a.Basic != nil || a.Bearer != nil || a.OAuth2 != nil {
		names = append(names, authorization)
	}
	if a.Header != nil {
		names = append(names, a.Header.Name)
	}
	return names
}

// types returns the types of the members that are set.
func (a Auth) types() []Type {
	var set []Type
	for _, member := range []struct {
		isSet bool
		kind  Type
	}{
		{a.Basic != nil, TypeBasic},
		{a.Bearer != nil, TypeBearer},
		{a.Header != nil, TypeHeader},
		{a.MutualTLS != nil, TypeMutualTLS},
		{a.OAuth2 != nil, TypeOAuth2},
	} {
		if member.isSet {
			set = append(set, member.kind)
		}
	}
	return set
}

// clientTLS makes the settings for requests.
func (m MutualTLS) clientTLS() (*egress.ClientTLS, error) {
	return egress.NewClientTLS([]byte(m.CertificatePEM), []byte(m.PrivateKeyPEM), []byte(m.CAPEM))
}
