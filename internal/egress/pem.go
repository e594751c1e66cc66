package egress

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
)

// Bounds on what arithmetic with a tenant's keys may cost us. crypto/tls has the first for what receivers show.
const (
	maxRSABits  = 8192
	minRSABits  = 1024    // crypto/rsa signs with nothing less
	maxKeyBytes = 8 << 10 // an RSA key of 8192 bits takes about 4.7 KiB
)

// readKeyPair reads a certificate with its chain, and the private key that belongs to it.
func readKeyPair(certificatePEM, keyPEM []byte) (*tls.Certificate, error) {
	chain, err := readCertificates(certificatePEM)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCertificate, err)
	}
	leaf := chain[0]
	if public, ok := leaf.PublicKey.(*rsa.PublicKey); ok && public.N.BitLen() < minRSABits {
		return nil, fmt.Errorf("%w: its RSA key is shorter than %d bits", ErrCertificate, minRSABits)
	}

	key, err := readPrivateKey(keyPEM)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPrivateKey, err)
	}
	public, ok := key.Public().(interface {
		Equal(other crypto.PublicKey) bool
	})
	if !ok || !public.Equal(leaf.PublicKey) {
		return nil, fmt.Errorf("%w: it does not belong to the client certificate", ErrPrivateKey)
	}

	pair := &tls.Certificate{Leaf: leaf, PrivateKey: key}
	for _, certificate := range chain {
		pair.Certificate = append(pair.Certificate, certificate.Raw)
	}
	return pair, nil
}

// readCertificates reads one or more certificates and nothing else. The errors of the parsers are dropped in
// this file, because they may quote input.
func readCertificates(text []byte) ([]*x509.Certificate, error) {
	blocks, err := readBlocks(text)
	if err != nil {
		return nil, err
	}

	certificates := make([]*x509.Certificate, 0, len(blocks))
	for _, block := range blocks {
		if block.Type != "CERTIFICATE" {
			return nil, errors.New("it holds something else than certificates")
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, errors.New("it is malformed")
		}
		if public, ok := certificate.PublicKey.(*rsa.PublicKey); ok && public.N.BitLen() > maxRSABits {
			return nil, fmt.Errorf("its RSA key is longer than %d bits", maxRSABits)
		}
		certificates = append(certificates, certificate)
	}
	return certificates, nil
}

// readPrivateKey reads the one private key among blocks of other types, which tools like to put beside it.
func readPrivateKey(text []byte) (crypto.Signer, error) {
	blocks, err := readBlocks(text)
	if err != nil {
		return nil, err
	}

	var found *pem.Block
	for _, block := range blocks {
		switch {
		case !strings.HasSuffix(block.Type, "PRIVATE KEY"):
			continue
		case found != nil:
			return nil, errors.New("there is more than one")
		case block.Type == "ENCRYPTED PRIVATE KEY", block.Headers["DEK-Info"] != "":
			return nil, errors.New("it is encrypted")
		case len(block.Bytes) > maxKeyBytes:
			return nil, errors.New("it is too long")
		}
		found = block
	}
	if found == nil {
		return nil, errors.New("there is none")
	}
	return parsePrivateKey(found.Bytes)
}

// parsePrivateKey goes by the content, as the types of PEM blocks are not always right.
func parsePrivateKey(der []byte) (crypto.Signer, error) {
	if key, err := x509.ParsePKCS8PrivateKey(der); err == nil {
		if signer, ok := key.(crypto.Signer); ok {
			return signer, nil
		}
		return nil, errors.New("it cannot sign")
	}
	if key, err := x509.ParseECPrivateKey(der); err == nil {
		return key, nil
	}
	if key, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return key, nil
	}
	return nil, errors.New("it is malformed, or of a kind other than RSA, ECDSA and Ed25519")
}

// readBlocks reads at least one PEM block. Text around blocks is no error, but a block cut short is.
func readBlocks(text []byte) ([]*pem.Block, error) {
	if len(text) > MaxPEMBytes {
		return nil, fmt.Errorf("it is longer than %d bytes", MaxPEMBytes)
	}

	begun := bytes.Count(text, []byte("-----BEGIN "))
	var blocks []*pem.Block
	for {
		block, rest := pem.Decode(text)
		if block == nil {
			break
		}
		blocks, text = append(blocks, block), rest
	}
	switch {
	case begun == 0:
		return nil, errors.New("it is not PEM")
	case len(blocks) != begun:
		return nil, errors.New("it is not complete PEM")
	}
	return blocks, nil
}
