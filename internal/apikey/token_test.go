package apikey_test

import (
	"crypto/sha256"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/apikey"
)

func TestNewOperatorToken_HasTheFormThatScannersLookFor(t *testing.T) {
	t.Parallel()

	seen := map[string]bool{}

	for range 1000 {
		token := apikey.NewOperatorToken()
		require.Regexp(t, "^shk_[1-9A-HJ-NP-Za-km-z]{22}_[0-9A-Za-z]{38}$", token)
		require.False(t, seen[token])
		seen[token] = true
	}
}

func TestParse_ReadsIDAndHashOfTheSecret(t *testing.T) {
	t.Parallel()

	// A fixed token, so that the form cannot change unnoticed: tokens are out there for years.
	const token = "shk_1CCCsNkHQN2F8t7WGVYcHP_0123456789abcdefghijABCDEFGHIJkl1rCKcR"

	key, hash, err := apikey.Parse(token)
	require.NoError(t, err)
	require.Equal(t, "key_1CCCsNkHQN2F8t7WGVYcHP", key.String())
	require.Equal(t, sha256.Sum256([]byte("0123456789abcdefghijABCDEFGHIJkl")), hash)
}

func TestParse_RefusesEveryMistypedCharacter(t *testing.T) {
	t.Parallel()

	token := apikey.NewOperatorToken()

	for n := range len(token) {
		typo := []byte(token)
		if typo[n]++; typo[n] == 0x7f {
			typo[n] = '0'
		}

		_, _, err := apikey.Parse(string(typo))
		require.ErrorIs(t, err, apikey.ErrMalformed, string(typo))
	}
}

func TestParse_RefusesWhatIsNoToken(t *testing.T) {
	t.Parallel()

	token := apikey.NewOperatorToken()

	for name, text := range map[string]string{
		"empty":                "",
		"cut short":            token[:len(token)-1],
		"foreign prefix":       "ghp_" + token[4:],
		"only its public part": token[:26],
		"with a line break":    token + "\n",
		"with a space":         " " + token[1:],
		"much too long":        strings.Repeat(token, 1000),
		"upper case":           strings.ToUpper(token),
	} {
		_, hash, err := apikey.Parse(text)
		require.ErrorIs(t, err, apikey.ErrMalformed, name)
		require.ErrorIs(t, err, apikey.ErrUnauthenticated, name)
		require.Zero(t, hash, name)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(apikey.NewOperatorToken())
	f.Add("shk_")

	f.Fuzz(func(t *testing.T, token string) {
		key, _, err := apikey.Parse(token)
		if err == nil {
			require.Contains(t, token, strings.TrimPrefix(key.String(), "key_"))
		}
	})
}
