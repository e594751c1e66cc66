package signing

import (
	"crypto/ed25519"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
)

// The header names of the standard ("Webhook headers"), in its own spelling.
const (
	HeaderID        = "webhook-id"
	HeaderSignature = "webhook-signature"
	HeaderTimestamp = "webhook-timestamp"
)

// setStandard sets the three headers of Standard Webhooks. Signatures that are there already stay in front.
func (m Message) setStandard(signed http.Header, sign func(content []byte) ([]string, error)) error {
	timestamp := unixSeconds(m.At)

	signatures, err := sign(slices.Concat([]byte(m.ID+"."+timestamp+"."), m.Content))
	if err != nil {
		return err
	}

	if before := signed.Get(HeaderSignature); before != "" {
		signatures = slices.Insert(signatures, 0, before)
	}

	signed.Set(HeaderID, m.ID)
	signed.Set(HeaderTimestamp, timestamp)
	signed.Set(HeaderSignature, strings.Join(signatures, " "))

	return nil
}

func (k Keys) v1(content []byte) ([]string, error) {
	if err := checkSecrets(k.Symmetric); err != nil {
		return nil, err
	}

	if !k.Symmetric[0].IsStandard() {
		return nil, ErrNotStandard
	}

	var signatures []string

	for _, secret := range k.Symmetric {
		if secret.IsStandard() {
			mac := sum(secret.key.value.standard, content)
			signatures = append(signatures, "v1,"+base64.StdEncoding.EncodeToString(mac))
		}
	}

	return signatures, nil
}

func (k Keys) v1a(content []byte) ([]string, error) {
	if len(k.Ed25519) == 0 || slices.ContainsFunc(k.Ed25519, PrivateKey.IsZero) {
		return nil, ErrNoSecret
	}

	signatures := make([]string, len(k.Ed25519))

	for n, private := range k.Ed25519 {
		signatures[n] = "v1a," + base64.StdEncoding.EncodeToString(ed25519.Sign(*private.key.value, content))
	}

	return signatures, nil
}
