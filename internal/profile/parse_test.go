package profile_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/profile"
)

func requireRoundTrip(t *testing.T, p profile.Profile) {
	t.Helper()

	again, err := profile.Parse(p.Document)
	require.NoError(t, err)
	require.Equal(t, p, again)

	var spaced bytes.Buffer
	require.NoError(t, json.Indent(&spaced, p.Document, "", "  "))

	again, err = profile.Parse(spaced.Bytes())
	require.NoError(t, err)
	require.Equal(t, p, again, "white space, as Postgres adds it, makes no difference")
}

func TestParse_GivesBackTheSameProfile(t *testing.T) {
	t.Parallel()

	for _, p := range shipped(t).List() {
		require.NotEmpty(t, p.Document, p.Name)
		requireRoundTrip(t, p)
	}
}

func TestParse_GivesACopy(t *testing.T) {
	t.Parallel()

	p := get(t, shipped(t), "kuviq")

	other, err := profile.Parse(p.Document)
	require.NoError(t, err)

	other.Settings.RetryPolicy.DelaysSeconds[0] = 1
	other.Statuses["FAILED"] = "other"

	require.Equal(t, 60, p.Settings.RetryPolicy.DelaysSeconds[0])
	require.Equal(t, "failed", p.Statuses["FAILED"])
}

func TestParse_RefusesWhatIsNoProfile(t *testing.T) {
	t.Parallel()

	for _, text := range []string{
		"", "null", "{}", "[]", `"standard"`, "{", `{"name":1}`, `{"name":"a","settings":[]}`, `{"name":"a"} {}`,
	} {
		_, err := profile.Parse([]byte(text))
		require.ErrorContains(t, err, "read profile", text)
	}
}
