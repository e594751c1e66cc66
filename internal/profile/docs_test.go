package profile_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/profile"
	"github.com/surehook/surehook/profiles"
)

// What docs/profiles.md shows is a profile, and what it says of mistakes is what is told.
func TestLoad_TakesTheExampleOfTheDocumentation(t *testing.T) {
	t.Parallel()

	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "profiles.md"))
	require.NoError(t, err)

	_, rest, found := strings.Cut(string(page), "```yaml\n")
	require.True(t, found)

	example, _, found := strings.Cut(rest, "```")
	require.True(t, found)

	registry, err := profile.Load(profiles.Files, directory(t, map[string]string{"orders.yaml": example}))
	require.NoError(t, err)

	p := get(t, registry, "orders")
	require.Equal(t, []int{10, 60, 600}, p.Settings.RetryPolicy.DelaysSeconds)
	require.Equal(t, []string{"order.changed", "order.shipped"}, names(p))

	for _, mistake := range []struct{ old, wrong string }{
		{"delaysSeconds: [10", "delays: [10"}, {"status: paid}", "status: lost}"},
	} {
		require.Contains(t, example, mistake.old)

		dir := directory(t, map[string]string{"orders.yaml": strings.Replace(example, mistake.old, mistake.wrong, 1)})
		_, err = profile.Load(profiles.Files, dir)
		require.Error(t, err)

		told := strings.ReplaceAll(err.Error(), dir, "/etc/surehook/profiles")
		require.Contains(t, string(page), "\n"+told+"\n", told)
	}
}
