package signing

import (
	"encoding/base64"
	"strings"
)

// hidden keeps a key out of sight. A key is held as *hidden, which is two pointers away, because fmt cannot ask the
// methods of a Secret that sits in an unexported field. It prints such a pointer as an address, but follows it once for
// a verb that does not fit ("%s").
type hidden[T any] struct{ value *T }

func hide[T any](value T) *hidden[T] { return &hidden[T]{value: &value} }

// decode reads padded standard base64 in its one spelling. The decoder skips line breaks, even in strict mode, and its
// own error may quote input, so neither gets out of here.
func decode(encoded string) ([]byte, bool) {
	if strings.ContainsAny(encoded, "\r\n") {
		return nil, false
	}

	decoded, err := base64.StdEncoding.Strict().DecodeString(encoded)

	return decoded, err == nil
}
