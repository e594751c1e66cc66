package egress_test

import (
	"bytes"
	"crypto"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"log/slog"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/egress"
)

// certificateOf makes a client's certificate, for which the public key is enough.
func certificateOf(t *testing.T, public crypto.PublicKey) []byte {
	t.Helper()
	return pemOf(newAuthority(t).sign(t, &x509.Certificate{Subject: pkix.Name{CommonName: "client"}}, public))
}

func TestNewClientTLS_ReadsEveryKindOfKey(t *testing.T) {
	t.Parallel()

	_, ed25519Key, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	ecKey := newKey(t)
	sec1, err := x509.MarshalECPrivateKey(ecKey)
	require.NoError(t, err)
	parameters := block("EC PARAMETERS", []byte{6, 8, 42, 134, 72, 206, 61, 3, 1, 7})

	tests := []struct {
		name   string
		public crypto.PublicKey
		keyPEM []byte
	}{
		{"ECDSA in PKCS 8", ecKey.Public(), pkcs8(t, ecKey)},
		{"ECDSA in SEC 1", ecKey.Public(), block("EC PRIVATE KEY", sec1)},
		{"ECDSA after its parameters", ecKey.Public(), slices.Concat(parameters, block("EC PRIVATE KEY", sec1))},
		{"ECDSA under the wrong name", ecKey.Public(), block("RSA PRIVATE KEY", sec1)},
		{"Ed25519", ed25519Key.Public(), pkcs8(t, ed25519Key)},
		{"RSA in PKCS 1", rsaKey.Public(), block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rsaKey))},
		{"RSA in PKCS 8", rsaKey.Public(), pkcs8(t, rsaKey)},
		{"with Windows line ends", ecKey.Public(), bytes.ReplaceAll(pkcs8(t, ecKey), []byte("\n"), []byte("\r\n"))},
		{"with text around it", ecKey.Public(), slices.Concat([]byte("Bag Attributes\n"), pkcs8(t, ecKey), []byte("\n \n"))},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			made, err := egress.NewClientTLS(certificateOf(t, tt.public), tt.keyPEM, nil)
			require.NoError(t, err)
			info, ok := made.Certificate()
			require.True(t, ok)
			require.Equal(t, "CN=client", info.Subject)
		})
	}
}

func TestNewClientTLS_Refuses(t *testing.T) {
	t.Parallel()

	issuer := newAuthority(t)
	certificate, key := issuer.issue(t, "client")
	otherCertificate, otherKey := issuer.issue(t, "client")
	authorityPEM := pemOf(issuer.certificate)
	long := bytes.Repeat([]byte("#"), egress.MaxPEMBytes)

	huge := new(big.Int).SetBit(big.NewInt(1), 8192, 1)
	hugeCertificate := certificateOf(t, &rsa.PublicKey{E: 65537, N: huge})
	weak := new(big.Int).SetBit(big.NewInt(1), 1022, 1)
	weakCertificate := certificateOf(t, &rsa.PublicKey{E: 65537, N: weak})
	ecdhKey, err := ecdh.X25519().GenerateKey(rand.Reader)
	require.NoError(t, err)
	legacy := pem.EncodeToMemory(&pem.Block{Bytes: []byte("sealed"), Type: "RSA PRIVATE KEY", Headers: map[string]string{
		"DEK-Info": "AES-256-CBC,00", "Proc-Type": "4,ENCRYPTED",
	}})

	tests := []struct {
		name                 string
		certificate, key, ca []byte
		want                 error
		says                 string
	}{
		{"nothing at all", nil, nil, nil, egress.ErrCertificate, "neither"},

		{"a key without a certificate", nil, key, authorityPEM, egress.ErrCertificate, "not PEM"},
		{"a certificate that is text", []byte("hello"), key, nil, egress.ErrCertificate, "not PEM"},
		{"a certificate cut short", certificate[:len(certificate)-30], key, nil, egress.ErrCertificate, "not complete PEM"},
		{
			"a chain cut short", slices.Concat(certificate, authorityPEM[:100]), key, nil,
			egress.ErrCertificate, "not complete PEM",
		},
		{"a certificate of garbage", block("CERTIFICATE", []byte("garbage")), key, nil, egress.ErrCertificate, "malformed"},
		{"a key for a certificate", key, key, nil, egress.ErrCertificate, "something else"},
		{
			"a key among the certificates", slices.Concat(certificate, key), key, nil,
			egress.ErrCertificate, "something else",
		},
		{"too much certificate", slices.Concat(certificate, long), key, nil, egress.ErrCertificate, "longer than 65536"},
		{"a giant RSA key", hugeCertificate, key, nil, egress.ErrCertificate, "longer than 8192 bits"},
		{"a weak RSA key", weakCertificate, key, nil, egress.ErrCertificate, "shorter than 1024 bits"},

		{"a certificate without a key", certificate, nil, nil, egress.ErrPrivateKey, "not PEM"},
		{"the key of another certificate", certificate, otherKey, nil, egress.ErrPrivateKey, "does not belong"},
		{"a key of another kind", weakToStrong(t), key, nil, egress.ErrPrivateKey, "does not belong"},
		{"a certificate for a key", certificate, otherCertificate, nil, egress.ErrPrivateKey, "there is none"},
		{"a key cut short", certificate, key[:len(key)-30], nil, egress.ErrPrivateKey, "not complete PEM"},
		{"a key of garbage", certificate, block("PRIVATE KEY", []byte("garbage")), nil, egress.ErrPrivateKey, "malformed"},
		{
			"an encrypted key", certificate, block("ENCRYPTED PRIVATE KEY", []byte("sealed")), nil,
			egress.ErrPrivateKey, "encrypted",
		},
		{"a key encrypted in the old way", certificate, legacy, nil, egress.ErrPrivateKey, "encrypted"},
		{"two keys", certificate, slices.Concat(key, otherKey), nil, egress.ErrPrivateKey, "more than one"},
		{"a key that cannot sign", certificate, pkcs8(t, ecdhKey), nil, egress.ErrPrivateKey, "cannot sign"},
		{"a giant key", certificate, block("PRIVATE KEY", make([]byte, 9<<10)), nil, egress.ErrPrivateKey, "too long"},
		{"too much key", certificate, slices.Concat(key, long), nil, egress.ErrPrivateKey, "longer than 65536"},

		{"an authority that is text", certificate, key, []byte("hello"), egress.ErrCA, "not PEM"},
		{"an authority of garbage", nil, nil, block("CERTIFICATE", []byte("garbage")), egress.ErrCA, "malformed"},
		{"a key for an authority", nil, nil, key, egress.ErrCA, "something else"},
		{"a giant RSA key of an authority", nil, nil, hugeCertificate, egress.ErrCA, "longer than 8192 bits"},
		{"too much authority", nil, nil, slices.Concat(authorityPEM, long), egress.ErrCA, "longer than 65536"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			made, err := egress.NewClientTLS(tt.certificate, tt.key, tt.ca)
			require.Nil(t, made)
			require.ErrorIs(t, err, tt.want)
			require.ErrorContains(t, err, tt.says)
			for line := range strings.Lines(string(slices.Concat(tt.certificate, tt.key, tt.ca))) {
				if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "-----") {
					require.NotContains(t, err.Error(), line)
				}
			}
		})
	}
}

// weakToStrong is a certificate with an RSA key that is fit for use.
func weakToStrong(t *testing.T) []byte {
	t.Helper()
	return certificateOf(t, &rsa.PublicKey{E: 65537, N: new(big.Int).SetBit(big.NewInt(1), 2047, 1)})
}

func TestClientTLS_Certificate(t *testing.T) {
	t.Parallel()

	issuer := newAuthority(t)
	key := newKey(t)
	certificate := issuer.sign(t, &x509.Certificate{
		Subject: pkix.Name{CommonName: "line\nbreak, and comma", Organization: []string{"Example"}},
	}, key.Public())

	made, err := egress.NewClientTLS(pemOf(certificate), pkcs8(t, key), pemOf(issuer.certificate))
	require.NoError(t, err)
	info, ok := made.Certificate()
	require.True(t, ok)
	fingerprint := sha256.Sum256(certificate.Raw)
	require.Equal(t, egress.CertificateInfo{
		NotAfter:          certificate.NotAfter,
		SHA256Fingerprint: hex.EncodeToString(fingerprint[:]),
		Subject:           "CN=line\uFFFDbreak\\, and comma,O=Example",
	}, info)

	made, err = egress.NewClientTLS(nil, nil, pemOf(issuer.certificate))
	require.NoError(t, err)
	_, ok = made.Certificate()
	require.False(t, ok, "there is an authority only")
}

func TestClientTLS_IsNeverPrinted(t *testing.T) {
	t.Parallel()

	type holder struct {
		Public  *egress.ClientTLS
		private *egress.ClientTLS
	}

	key := newKey(t)
	certificate := newAuthority(t).sign(t, new(x509.Certificate), key.Public())
	made, err := egress.NewClientTLS(pemOf(certificate), pkcs8(t, key), nil)
	require.NoError(t, err)
	held := holder{Public: made, private: made}

	var printed strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%o", "%b"} {
		fmt.Fprintf(&printed, verb+"\n", made)
		fmt.Fprintf(&printed, verb+"\n", held)
		fmt.Fprintf(&printed, verb+"\n", &held)
		fmt.Fprintf(&printed, verb+"\n", egress.Request{TLS: made})
		fmt.Fprintf(&printed, verb+"\n", fmt.Errorf("wrapped: %v", made))
	}
	slog.New(slog.NewTextHandler(&printed, nil)).Info("text", "tls", made, "held", held)
	slog.New(slog.NewJSONHandler(&printed, nil)).Info("json", "tls", made, "held", held)
	require.NoError(t, json.NewEncoder(&printed).Encode(held))

	require.Contains(t, printed.String(), "ClientTLS[redacted]")
	require.Equal(t, "ClientTLS[redacted]", made.String())
	require.Equal(t, "ClientTLS[redacted]", made.GoString())

	secret, err := key.Bytes()
	require.NoError(t, err)
	for _, leak := range []string{
		hex.EncodeToString(secret), strings.ToUpper(hex.EncodeToString(secret)), new(big.Int).SetBytes(secret).String(),
		base64.StdEncoding.EncodeToString(secret), strings.Trim(fmt.Sprintf("%d", secret), "[]"),
	} {
		require.NotContains(t, printed.String(), leak)
	}
}
