package console_test

import (
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/console"
)

func TestFiles_AreThereWithAndWithoutABuild(t *testing.T) {
	t.Parallel()

	found, built := console.Files()
	page, err := fs.ReadFile(found, "index.html")
	require.NoError(t, err)
	require.Equal(t, !built, string(page) == readPlaceholder(t))
}

func TestFiles_WithoutABuildSayHowToMakeOne(t *testing.T) {
	t.Parallel()

	page := readPlaceholder(t)
	require.Contains(t, page, "make console")
	require.NotContains(t, page, "<script", "it has nothing to run")
	require.NotContains(t, page, "//", "it comes from nowhere else")

	for name, folder := range map[string]fstest.MapFS{
		"no build":       {"dist-missing/index.html": {Data: []byte("missing")}},
		"unfinished one": {"dist-missing/index.html": {Data: []byte("missing")}, "dist/assets/a.js": {}},
	} {
		found, built := console.From(folder)
		require.False(t, built, name)

		page, err := fs.ReadFile(found, "index.html")
		require.NoError(t, err, name)
		require.Equal(t, "missing", string(page), name)
	}
}

func TestFiles_ABuildTakesItsPlace(t *testing.T) {
	t.Parallel()

	found, built := console.From(fstest.MapFS{
		"dist-missing/index.html": {Data: []byte("missing")}, "dist/index.html": {Data: []byte("built")},
	})
	require.True(t, built)

	page, err := fs.ReadFile(found, "index.html")
	require.NoError(t, err)
	require.Equal(t, "built", string(page))
}

func readPlaceholder(t *testing.T) string {
	t.Helper()

	page, err := fs.ReadFile(console.All, "dist-missing/index.html")
	require.NoError(t, err)

	return string(page)
}
