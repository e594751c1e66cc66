package signing

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
)

func (p Profile) setHMAC(signed http.Header, secrets []Secret, content []byte) error {
	if err := checkSecrets(secrets); err != nil {
		return err
	}

	signatures := make([]string, len(secrets))

	for n, secret := range secrets {
		signatures[n] = p.Prefix + p.Encoding.encode(sum([]byte(secret.Reveal()), content))
	}

	signed.Set(p.HeaderName, signatures[0])

	if previous := signatures[1:]; len(previous) > 0 {
		signed.Set(p.HeaderName+previousSuffix, strings.Join(previous, " "))
	}

	return nil
}

func checkSecrets(secrets []Secret) error {
	if len(secrets) == 0 || slices.ContainsFunc(secrets, Secret.IsZero) {
		return ErrNoSecret
	}

	return nil
}

func sum(key, content []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write(content)

	return mac.Sum(nil)
}

func (e Encoding) encode(mac []byte) string {
	if e == Base64 {
		return base64.StdEncoding.EncodeToString(mac)
	}

	return hex.EncodeToString(mac)
}
