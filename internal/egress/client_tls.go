package egress

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"
	"unicode"
)

// MaxPEMBytes is the limit of each part of a [ClientTLS].
const MaxPEMBytes = 64 << 10

// What [NewClientTLS] refuses, wrapped with what is wrong. The messages are fit for tenants and quote nothing.
var (
	ErrCA          = errors.New("certificate authority is not usable")
	ErrCertificate = errors.New("client certificate is not usable")
	ErrPrivateKey  = errors.New("private key is not usable")
)

// ClientTLS is how a client proves itself to one receiver, and whom it trusts there. Make it with
// [NewClientTLS] and reuse it: connections are pooled per value. It does not give its key away to fmt, slog
// or encoding/json, and it is safe for concurrent use.
type ClientTLS struct {
	certificate *tls.Certificate // nil without a client certificate
	roots       *x509.CertPool   // nil means those of the Config
}

// CertificateInfo is what may be shown of a client certificate.
type CertificateInfo struct {
	NotAfter          time.Time // the end of its validity, in UTC
	SHA256Fingerprint string    // of the DER form, 64 lower case hexadecimal digits
	Subject           string    // the distinguished name in the manner of RFC 2253, such as "CN=surehook,O=Example"
}

var (
	_ fmt.Formatter  = (*ClientTLS)(nil)
	_ fmt.GoStringer = (*ClientTLS)(nil)
	_ fmt.Stringer   = (*ClientTLS)(nil)
	_ slog.LogValuer = (*ClientTLS)(nil)
)

// NewClientTLS reads a client certificate, which its intermediate certificates may follow, its private key,
// and the authorities that the receiver's certificate may come from. Certificate and key come together or not
// at all; without authorities the usual ones are trusted, and with them none of the usual ones is. All are PEM
// of up to [MaxPEMBytes] each; keys are RSA of up to 8192 bits, ECDSA or Ed25519, not encrypted.
//
// It does not look at dates: a certificate may expire at any time afterwards, and [ClientTLS.Certificate]
// says when. The errors wrap [ErrCertificate], [ErrPrivateKey] or [ErrCA].
func NewClientTLS(certificatePEM, keyPEM, caPEM []byte) (*ClientTLS, error) {
	made := new(ClientTLS)

	switch {
	case len(certificatePEM) > 0 || len(keyPEM) > 0:
		certificate, err := readKeyPair(certificatePEM, keyPEM)
		if err != nil {
			return nil, err
		}
		made.certificate = certificate
	case len(caPEM) == 0:
		return nil, fmt.Errorf("%w: neither it nor a certificate authority is given", ErrCertificate)
	}

	if len(caPEM) > 0 {
		authorities, err := readCertificates(caPEM)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrCA, err)
		}
		made.roots = x509.NewCertPool()
		for _, authority := range authorities {
			made.roots.AddCert(authority)
		}
	}
	return made, nil
}

// Certificate describes the client certificate. It returns false if there is none.
func (t *ClientTLS) Certificate() (CertificateInfo, bool) {
	if t.certificate == nil {
		return CertificateInfo{}, false
	}

	leaf := t.certificate.Leaf
	fingerprint := sha256.Sum256(leaf.Raw)
	return CertificateInfo{
		NotAfter:          leaf.NotAfter.UTC(),
		SHA256Fingerprint: hex.EncodeToString(fingerprint[:]),
		Subject:           printable(leaf.Subject.String()),
	}, true
}

const redactedClientTLS = "ClientTLS[redacted]"

// String returns a placeholder.
func (t *ClientTLS) String() string { return redactedClientTLS }

// GoString returns a placeholder.
func (t *ClientTLS) GoString() string { return redactedClientTLS }

// Format writes a placeholder for every verb.
func (t *ClientTLS) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, redactedClientTLS) }

// LogValue returns a placeholder.
func (t *ClientTLS) LogValue() slog.Value { return slog.StringValue(redactedClientTLS) }

// config returns the settings for a transport. The certificate is shown even if the receiver does not name
// its authority: the tenant chose it for this receiver, whose refusal tells more than our silence would.
func (t *ClientTLS) config(roots *x509.CertPool) *tls.Config {
	config := &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots}
	if t.roots != nil {
		config.RootCAs = t.roots
	}
	if t.certificate != nil {
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			return t.certificate, nil
		}
	}
	return config
}

// printable replaces what a name in a certificate may hold and no list or log should.
func printable(name string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return unicode.ReplacementChar
		}
		return r
	}, name)
}
