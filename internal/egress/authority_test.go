package egress_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/egress"
)

// authority issues certificates for clients and for 127.0.0.1.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	return key
}

func newAuthority(t *testing.T) *authority {
	t.Helper()

	a := &authority{key: newKey(t)}
	a.certificate = a.sign(t, &x509.Certificate{
		BasicConstraintsValid: true, IsCA: true, Subject: pkix.Name{CommonName: "authority"},
	}, a.key.Public())
	return a
}

// sign completes the template and signs it; the first one signs itself.
func (a *authority) sign(t *testing.T, template *x509.Certificate, public crypto.PublicKey) *x509.Certificate {
	t.Helper()

	parent := a.certificate
	if parent == nil {
		parent = template
	}
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	require.NoError(t, err)
	template.SerialNumber = serial
	template.NotBefore = time.Now().Add(-time.Hour)
	if template.NotAfter.IsZero() {
		template.NotAfter = time.Now().Add(time.Hour)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, a.key)
	require.NoError(t, err)
	certificate, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return certificate
}

// issue makes a certificate for a client or for 127.0.0.1, with its key.
func (a *authority) issue(t *testing.T, name string) (certificatePEM, keyPEM []byte) {
	t.Helper()

	key := newKey(t)
	certificate := a.sign(t, &x509.Certificate{
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		Subject:     pkix.Name{CommonName: name},
	}, key.Public())
	return pemOf(certificate), pkcs8(t, key)
}

// client makes the settings of a client with the name, which trusts the authority.
func (a *authority) client(t *testing.T, name string) *egress.ClientTLS {
	t.Helper()
	certificatePEM, keyPEM := a.issue(t, name)
	made, err := egress.NewClientTLS(certificatePEM, keyPEM, pemOf(a.certificate))
	require.NoError(t, err)
	return made
}

func pemOf(certificate *x509.Certificate) []byte { return block("CERTIFICATE", certificate.Raw) }

func pkcs8(t *testing.T, key crypto.PrivateKey) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	return block("PRIVATE KEY", der)
}

func block(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Bytes: der, Type: kind})
}
