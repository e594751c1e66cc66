package postgres

import (
	"archive/zip"
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// The real repository is on the Internet, so the test brings its own: an
// archive of the machine's binaries in the layout of Maven Central.
func TestDownload_PutsBinariesInPlace(t *testing.T) {
	for _, tool := range []string{"tar", "xz"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip("needs " + tool + " to make an archive")
		}
	}
	t.Setenv("HOME", t.TempDir()) // where embedded-postgres keeps its cache

	dir, err := os.MkdirTemp("", "surehook-dev-test-")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	require.NoError(t, os.Chmod(dir, 0o755))
	acct, err := chooseAccount(dir)
	require.NoError(t, err)
	require.NoError(t, acct.own(dir))
	local, err := find(t.Context(), acct, 0)
	require.NoError(t, err)

	var requests []string
	repository := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests = append(requests, r.URL.Path)
		if filepath.Ext(r.URL.Path) != ".jar" {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(archive(t, local.dir))
	}))
	t.Cleanup(repository.Close)

	h := home{account: acct, path: dir}
	bin, err := download(t.Context(), h, Options{BinaryRepository: repository.URL + "/"}, local.major)
	require.NoError(t, err)
	require.Equal(t, local.major, bin.major)
	require.FileExists(t, filepath.Join(bin.dir, "initdb"))
	require.Contains(t, requests[0], "/io/zonky/test/postgres/embedded-postgres-binaries-")

	again, err := download(t.Context(), h, Options{BinaryRepository: "http://127.0.0.1:1"}, local.major)
	require.NoError(t, err, "what is there is not downloaded again")
	require.Equal(t, bin, again)

	entries, err := filepath.Glob(filepath.Join(dir, "download-*"))
	require.NoError(t, err)
	require.Empty(t, entries, "no scratch directory is left")
}

func TestDownload_SaysWhatWentWrong(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	h := home{account: account{uid: uint32(os.Geteuid())}, path: t.TempDir()}

	_, err := download(t.Context(), h, Options{BinaryRepository: "http://127.0.0.1:1"}, 0)
	require.ErrorContains(t, err, "download Postgres 17.")
	require.ErrorContains(t, err, "http://127.0.0.1:1")

	_, err = download(t.Context(), h, Options{}, 9)
	require.ErrorContains(t, err, "release 9")
}

func TestReleaseInPath(t *testing.T) {
	t.Parallel()
	require.Equal(t, 16, releaseInPath("/usr/lib/postgresql/16/bin"))
	require.Equal(t, 17, releaseInPath("/opt/homebrew/opt/postgresql@17/bin"))
	require.Greater(t, releaseInPath("/opt/homebrew/opt/postgresql/bin"), 1000, "the current release goes first")
}

// archive packs the programs of a directory as embedded-postgres expects them:
// a zip that holds a .txz that holds bin/.
func archive(t *testing.T, dir string) []byte {
	t.Helper()
	root := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(root, "bin"), 0o755))
	for _, name := range []string{"initdb", "pg_ctl", "postgres"} {
		content, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(root, "bin", name), content, 0o755))
	}
	packed, err := exec.Command("tar", "-C", root, "--use-compress-program=xz -0", "-cf", "-", "bin").Output()
	require.NoError(t, err)

	var jar bytes.Buffer
	w := zip.NewWriter(&jar)
	f, err := w.Create("postgres.txz")
	require.NoError(t, err)
	_, err = f.Write(packed)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return jar.Bytes()
}
