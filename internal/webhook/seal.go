package webhook

import (
	"encoding/json"
	"fmt"

	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/endpointauth"
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
	forAuth    = "endpoint-auth"
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

// OpenAuth returns how requests of a webhook authenticate. Nothing sealed means that they do not.
func OpenAuth(box Sealer, organization, webhook id.ID, sealed []byte) (*endpointauth.Auth, error) {
	if len(sealed) == 0 {
		return nil, nil
	}

	plaintext, err := box.Open(sealed, associated(organization, webhook, forAuth))
	if err != nil {
		return nil, err
	}

	out := new(endpointauth.Auth)

	if err := json.Unmarshal(plaintext, out); err != nil {
		return nil, fmt.Errorf("read authentication: %w", err)
	}

	return out, nil
}

// Keys are the secrets of a webhook that sign, the current ones first.
type Keys = signing.Keys

// OpenKeys returns the values of secrets, in their order.
func OpenKeys(box Sealer, organization, webhook id.ID, sealed []dbsqlc.WebhookSecret) (Keys, error) {
	var out Keys

	for _, one := range sealed {
		plaintext, err := box.Open(one.Sealed, associated(organization, webhook, forSigning))
		if err != nil {
			return Keys{}, err
		}

		if SecretKind(one.Kind) == Ed25519 {
			key, err := signing.ParsePrivateKey(string(plaintext))
			if err != nil {
				return Keys{}, err
			}

			out.Ed25519 = append(out.Ed25519, key)

			continue
		}

		secret, err := signing.ParseText(string(plaintext))
		if err != nil {
			return Keys{}, err
		}

		out.Symmetric = append(out.Symmetric, secret)
	}

	return out, nil
}

func sealAuth(box Sealer, organization, webhook id.ID, auth endpointauth.Auth) ([]byte, error) {
	plaintext, err := json.Marshal(auth)
	if err != nil {
		return nil, fmt.Errorf("write authentication: %w", err)
	}

	return box.Seal(plaintext, associated(organization, webhook, forAuth))
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

func sealSecret(box Sealer, organization, webhook id.ID, value string) ([]byte, error) {
	return box.Seal([]byte(value), associated(organization, webhook, forSigning))
}

func associated(organization, webhook id.ID, purpose string) []byte {
	return []byte(organization.String() + "/" + webhook.String() + "/" + purpose)
}
