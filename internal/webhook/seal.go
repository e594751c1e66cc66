package webhook

import (
	"encoding/json"
	"fmt"

	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/signing"
)

// Sealer encrypts what must not be read from the database. What is sealed with associated data can be opened with the
// same only, so a value that is copied to another row is useless there.
type Sealer interface {
	Seal(plaintext, associated []byte) ([]byte, error)
	Open(ciphertext, associated []byte) ([]byte, error)
}

// What a sealed value is for. It is part of the associated data.
const (
	forHeaders = "custom-headers"
	forSigning = "signing-secret"
)

// OpenHeaders returns the custom headers of a webhook. Nothing sealed means that there are none.
func OpenHeaders(box Sealer, organization, webhook id.ID, sealed []byte) ([]Header, error) {
	if len(sealed) == 0 {
		return nil, nil
	}

	plaintext, err := box.Open(sealed, associated(organization, webhook, forHeaders))
	if err != nil {
		return nil, err
	}

	var headers []Header

	if err := json.Unmarshal(plaintext, &headers); err != nil {
		return nil, fmt.Errorf("read custom headers: %w", err)
	}

	return headers, nil
}

// OpenSecret returns a signing secret of a webhook.
func OpenSecret(box Sealer, organization, webhook id.ID, sealed []byte) (signing.Secret, error) {
	plaintext, err := box.Open(sealed, associated(organization, webhook, forSigning))
	if err != nil {
		return signing.Secret{}, err
	}

	return signing.ParseSecret(string(plaintext))
}

func sealHeaders(box Sealer, organization, webhook id.ID, headers []Header) ([]byte, error) {
	if len(headers) == 0 {
		return nil, nil
	}

	plaintext, err := json.Marshal(headers)
	if err != nil {
		return nil, fmt.Errorf("write custom headers: %w", err)
	}

	return box.Seal(plaintext, associated(organization, webhook, forHeaders))
}

func sealSecret(box Sealer, organization, webhook id.ID, secret signing.Secret) ([]byte, error) {
	return box.Seal([]byte(secret.Reveal()), associated(organization, webhook, forSigning))
}

func associated(organization, webhook id.ID, purpose string) []byte {
	return []byte(organization.String() + "/" + webhook.String() + "/" + purpose)
}
