package organization

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/problem"
)

func TestSlugOf_KeepsWhatAnAddressCanHave(t *testing.T) {
	t.Parallel()

	for name, want := range map[string]string{
		"Acme":                          "acme",
		"  Acme & Söhne (GmbH)  ":       "acme-sohne-gmbh",
		"-- Ångström --":                "angstrom",
		"株式会社":                          "organization",
		"🦊 Fox":                         "fox",
		strings.Repeat("a", 62) + " bc": strings.Repeat("a", 62),
		strings.Repeat("x", 100):        strings.Repeat("x", 63),
	} {
		require.Equal(t, want, slugOf(name), name)
	}
}

func TestSlugsOf_AreAllValidAndDifferent(t *testing.T) {
	t.Parallel()

	for _, name := range []string{"Acme", "株式会社", strings.Repeat("x", 100), strings.Repeat("a", 61) + "-b"} {
		seen := map[string]bool{}

		for _, slug := range slugsOf(name) {
			var problems problem.List

			checkSlug(&problems, slug)
			require.NoError(t, problems.Err(), slug)
			require.False(t, seen[slug], slug)
			seen[slug] = true
		}
	}
}

func FuzzSlugOf_IsAlwaysValid(f *testing.F) {
	f.Add("Acme & Söhne")
	f.Add("\xff\x00 -")

	f.Fuzz(func(t *testing.T, name string) {
		var problems problem.List

		checkSlug(&problems, slugOf(name))
		require.NoError(t, problems.Err())
	})
}
