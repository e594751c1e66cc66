package secretbox_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/mac"

	"github.com/surehook/surehook/internal/secretbox"
)

func generate(t *testing.T) string {
	t.Helper()
	serialized, err := secretbox.Generate()
	require.NoError(t, err)
	return serialized
}

func open(t *testing.T, serialized string) *secretbox.Box {
	t.Helper()
	box, err := secretbox.New([]byte(serialized))
	require.NoError(t, err)
	return box
}

func decode(t *testing.T, serialized string) []byte {
	t.Helper()
	cleartext, err := base64.StdEncoding.DecodeString(serialized)
	require.NoError(t, err)
	return cleartext
}

// change gives the keyset as an operator's tool would leave it.
func change(t *testing.T, serialized string, change func(*keyset.Manager)) string {
	t.Helper()
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(decode(t, serialized))))
	require.NoError(t, err)
	manager := keyset.NewManagerFromHandle(handle)
	change(manager)
	handle, err = manager.Handle()
	require.NoError(t, err)

	var cleartext bytes.Buffer
	require.NoError(t, insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&cleartext)))
	return cleartext.String()
}

// keyMaterial returns the base64 of each key, as it stands in the JSON.
func keyMaterial(t *testing.T, cleartext []byte) []string {
	t.Helper()
	var parsed struct {
		Key []struct {
			KeyData struct{ TypeURL, Value string }
		}
	}
	require.NoError(t, json.Unmarshal(cleartext, &parsed))
	var values []string
	for _, key := range parsed.Key {
		values = append(values, key.KeyData.Value)
	}
	require.NotEmpty(t, values)
	return values
}

func TestGenerate(t *testing.T) {
	t.Parallel()

	first, second := generate(t), generate(t)
	require.NotEqual(t, first, second)
	require.NotContains(t, first, "\n")
	require.Contains(t, string(decode(t, first)), "AesGcmKey")

	key, err := base64.StdEncoding.DecodeString(keyMaterial(t, decode(t, first))[0])
	require.NoError(t, err)
	require.Len(t, key, 2+32, "a field header and 256 bits")
}

func TestNew(t *testing.T) {
	t.Parallel()

	valid := generate(t)
	sealed, err := open(t, valid).Seal([]byte("value"), nil)
	require.NoError(t, err)

	accepted := map[string]string{
		"base64":                          valid,
		"base64 broken into lines":        valid[:70] + "\n" + valid[70:],
		"base64 with a line break around": "\n" + valid + "\r\n",
		"JSON":                            string(decode(t, valid)),
		"JSON with white space around":    "\n  " + string(decode(t, valid)) + "\n",
	}
	for name, serialized := range accepted {
		t.Run("accepts "+name, func(t *testing.T) {
			t.Parallel()

			value, err := open(t, serialized).Open(sealed, nil)
			require.NoError(t, err)
			require.Equal(t, "value", string(value))
		})
	}

	cleartext := string(decode(t, valid))
	material := keyMaterial(t, []byte(cleartext))[0]
	macHandle, err := keyset.NewHandle(mac.HMACSHA256Tag128KeyTemplate())
	require.NoError(t, err)
	var macKeyset bytes.Buffer
	require.NoError(t, insecurecleartextkeyset.Write(macHandle, keyset.NewJSONWriter(&macKeyset)))

	refused := map[string]string{
		"a damaged key":           strings.Replace(cleartext, material, material[:20], 1),
		"a keyset without keys":   `{"primaryKeyId":1,"key":[]}`,
		"an encrypted keyset":     `{"encryptedKeyset":"` + material + `"}`,
		"an unknown field":        strings.Replace(cleartext, `"keyData"`, `"`+material+`"`, 1),
		"another purpose":         macKeyset.String(),
		"base64 of something":     base64.StdEncoding.EncodeToString([]byte(material)),
		"cut off base64":          valid[:len(valid)/2+1],
		"cut off JSON":            cleartext[:len(cleartext)/2],
		"no primary key":          strings.Replace(cleartext, `"primaryKeyId":`, `"primaryKeyId":1`, 1),
		"nothing":                 "",
		"the key without keyset":  material,
		"two keysets in a row":    cleartext + cleartext,
		"white space and nothing": " \n",
	}
	for name, serialized := range refused {
		t.Run("refuses "+name+" without quoting it", func(t *testing.T) {
			t.Parallel()

			box, err := secretbox.New([]byte(serialized))
			require.Equal(t, secretbox.ErrKeyset, err, "nothing wrapped, nothing quoted")
			require.Nil(t, box)
		})
	}
}

func TestBox_Seal(t *testing.T) {
	t.Parallel()

	box := open(t, generate(t))

	t.Run("opens again with the same associated data", func(t *testing.T) {
		t.Parallel()

		for _, size := range []int{0, 1, 16, 1 << 20} {
			plaintext := bytes.Repeat([]byte{'x'}, size)
			sealed, err := box.Seal(plaintext, []byte("org/webhook/secret"))
			require.NoError(t, err)
			require.Len(t, sealed, size+33)

			opened, err := box.Open(sealed, []byte("org/webhook/secret"))
			require.NoError(t, err)
			require.True(t, bytes.Equal(plaintext, opened))
		}
	})

	t.Run("differs each time", func(t *testing.T) {
		t.Parallel()

		first, err := box.Seal([]byte("value"), nil)
		require.NoError(t, err)
		second, err := box.Seal([]byte("value"), nil)
		require.NoError(t, err)
		require.NotEqual(t, first, second)
	})
}

func TestBox_Open_Refuses(t *testing.T) {
	t.Parallel()

	box := open(t, generate(t))
	sealed, err := box.Seal([]byte("value"), []byte("org-1"))
	require.NoError(t, err)

	tests := map[string]func() ([]byte, error){
		"a value cut off":       func() ([]byte, error) { return box.Open(sealed[:len(sealed)-1], []byte("org-1")) },
		"another keyset":        func() ([]byte, error) { return open(t, generate(t)).Open(sealed, []byte("org-1")) },
		"missing associated":    func() ([]byte, error) { return box.Open(sealed, nil) },
		"nothing":               func() ([]byte, error) { return box.Open(nil, []byte("org-1")) },
		"other associated data": func() ([]byte, error) { return box.Open(sealed, []byte("org-2")) },
		"a value in clear":      func() ([]byte, error) { return box.Open([]byte("value"), []byte("org-1")) },
	}
	for i := range sealed {
		damaged := bytes.Clone(sealed)
		damaged[i] ^= 1
		tests[fmt.Sprintf("damage at byte %d", i)] = func() ([]byte, error) {
			return box.Open(damaged, []byte("org-1"))
		}
	}
	for name, attempt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			opened, err := attempt()
			require.Equal(t, secretbox.ErrOpen, err)
			require.Nil(t, opened)
		})
	}
}

func TestBox_AfterRotation(t *testing.T) {
	t.Parallel()

	before := generate(t)
	sealedBefore, err := open(t, before).Seal([]byte("value"), []byte("org"))
	require.NoError(t, err)

	var oldID, newID uint32
	rotated := change(t, before, func(manager *keyset.Manager) {
		handle, err := manager.Handle()
		require.NoError(t, err)
		oldID = handle.KeysetInfo().GetPrimaryKeyId()
		newID, err = manager.Add(aead.AES256GCMKeyTemplate())
		require.NoError(t, err)
		require.NoError(t, manager.SetPrimary(newID))
	})
	sealedAfter, err := open(t, rotated).Seal([]byte("value"), []byte("org"))
	require.NoError(t, err)

	t.Run("old and new values open", func(t *testing.T) {
		t.Parallel()

		for _, sealed := range [][]byte{sealedBefore, sealedAfter} {
			opened, err := open(t, rotated).Open(sealed, []byte("org"))
			require.NoError(t, err)
			require.Equal(t, "value", string(opened))
		}
	})

	t.Run("new values use the new key", func(t *testing.T) {
		t.Parallel()

		_, err := open(t, before).Open(sealedAfter, []byte("org"))
		require.ErrorIs(t, err, secretbox.ErrOpen)
	})

	t.Run("a removed key no longer opens", func(t *testing.T) {
		t.Parallel()

		removed := change(t, base64.StdEncoding.EncodeToString([]byte(rotated)), func(manager *keyset.Manager) {
			require.NoError(t, manager.Delete(oldID))
		})
		_, err := open(t, removed).Open(sealedBefore, []byte("org"))
		require.ErrorIs(t, err, secretbox.ErrOpen)
		_, err = open(t, removed).Open(sealedAfter, []byte("org"))
		require.NoError(t, err)
	})
}

func TestBox_IsNeverPrinted(t *testing.T) {
	t.Parallel()

	serialized := generate(t)
	box := open(t, serialized)
	value := keyMaterial(t, decode(t, serialized))[0]
	key, err := base64.StdEncoding.DecodeString(value)
	require.NoError(t, err)
	key = key[2:]

	held := struct{ box *secretbox.Box }{box}
	var printed strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&printed, verb+verb, box, held)
	}
	for _, leak := range []string{value, string(key), fmt.Sprintf("%x", key), strings.Trim(fmt.Sprintf("%d", key), "[]")} {
		require.NotContains(t, printed.String(), leak)
	}
}
