package endpointauth

import (
	"cmp"
	"slices"

	"github.com/surehook/surehook/internal/egress"
)

// Public is what may be shown of an [Auth]. Members that do not belong to its type are zero.
type Public struct {
	Type Type

	Audience    string
	Certificate *egress.CertificateInfo
	ClientID    string
	HeaderName  string
	PrivateCA   bool // whether the endpoint's certificate has to come from an authority of the tenant's own
	Scopes      []string
	Style       string // of OAuth 2.0: StyleBody or StyleHeader
	TokenURL    string
	Username    string
}

// Public returns what may be shown. A certificate that cannot be read is left out.
func (a Auth) Public() Public {
	shown := Public{Type: a.Type()}
	switch shown.Type {
	case TypeBasic:
		shown.Username = a.Basic.Username
	case TypeBearer: // nothing but the type
	case TypeHeader:
		shown.HeaderName = a.Header.Name
	case TypeMutualTLS:
		shown.PrivateCA = a.MutualTLS.CAPEM != ""
		if clientTLS, err := a.MutualTLS.clientTLS(); err == nil {
			if certificate, ok := clientTLS.Certificate(); ok {
				shown.Certificate = &certificate
			}
		}
	case TypeOAuth2:
		shown.Audience = a.OAuth2.Audience
		shown.ClientID = a.OAuth2.ClientID
		shown.Scopes = slices.Clone(a.OAuth2.Scopes)
		shown.Style = cmp.Or(a.OAuth2.Style, StyleHeader)
		shown.TokenURL = a.OAuth2.TokenURL
	}
	return shown
}
