package postgres_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/dev/postgres"
)

// dataDir is a directory that every account can reach, unlike t.TempDir, so
// that the cluster is kept in it even when the tests run as root.
func dataDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "surehook-dev-test-")
	require.NoError(t, err)
	require.NoError(t, os.Chmod(dir, 0o755))
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	return filepath.Join(dir, ".dev")
}

// start runs a server on dir and stops it when the test ends.
func start(t *testing.T, dir string) *postgres.Server {
	t.Helper()
	server, err := postgres.Start(t.Context(), postgres.Options{Dir: dir})
	require.NoError(t, err)
	t.Cleanup(func() { _ = server.Stop(context.WithoutCancel(t.Context())) })
	return server
}

// query returns the single text value a statement yields.
func query(t *testing.T, url, sql string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer conn.Close(t.Context())
	var value string
	require.NoError(t, conn.QueryRow(t.Context(), sql).Scan(&value))
	return value
}

// exec runs statements that yield nothing.
func exec(t *testing.T, url, sql string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer conn.Close(t.Context())
	_, err = conn.Exec(t.Context(), sql)
	require.NoError(t, err)
}

func TestServer_FindsItsDataAgain(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)

	first := start(t, dir)
	exec(t, first.URL("postgres"), `CREATE TABLE kept (word text); INSERT INTO kept VALUES ('still here')`)
	require.NoError(t, first.Stop(t.Context()))
	require.NoError(t, first.Err(), "a stop on request is no failure")

	second := start(t, dir)
	require.Equal(t, "still here", query(t, second.URL("postgres"), `SELECT word FROM kept`))
}

func TestServer_Settings(t *testing.T) {
	t.Parallel()
	url := start(t, dataDir(t)).URL("postgres")

	for _, tt := range []struct{ name, want string }{
		{"fsync", "on"},
		{"full_page_writes", "on"},
		{"listen_addresses", "127.0.0.1"},
		{"max_connections", "300"},
		{"server_encoding", "UTF8"},
		{"shared_buffers", "256MB"},
		{"synchronous_commit", "on"},
		{"unix_socket_directories", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			require.Equal(t, tt.want, query(t, url, "SHOW "+tt.name))
		})
	}
}

func TestServer_RefusesConnectionWithoutPassword(t *testing.T) {
	t.Parallel()
	server := start(t, dataDir(t))

	_, err := pgx.Connect(t.Context(),
		fmt.Sprintf("postgres://surehook:guess@127.0.0.1:%d/postgres?sslmode=disable", server.Port()))
	require.ErrorContains(t, err, "password authentication failed")
}

func TestServer_RefusesSecondOneOnSameData(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	first := start(t, dir)

	_, err := postgres.Start(t.Context(), postgres.Options{Dir: dir})
	require.ErrorIs(t, err, postgres.ErrRunning)
	require.ErrorIs(t, postgres.Remove(t.Context(), dir), postgres.ErrRunning)
	require.Equal(t, "1", query(t, first.URL("postgres"), `SELECT '1'`), "the first goes on")
}

func TestServer_ReportsAndSurvivesItsOwnDeath(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)

	first := start(t, dir)
	exec(t, first.URL("postgres"), `CREATE TABLE kept (word text); INSERT INTO kept VALUES ('committed')`)
	require.NoError(t, syscall.Kill(first.PID(), syscall.SIGKILL))
	<-first.Done()
	require.ErrorContains(t, first.Err(), "killed")
	require.FileExists(t, filepath.Join(first.Home(), "data", "postmaster.pid"))
	_ = first.Stop(t.Context()) // releases the lock

	second := start(t, dir)
	require.Equal(t, "committed", query(t, second.URL("postgres"), `SELECT word FROM kept`))
}

func TestServer_IgnoresPidFileOfAnUnrelatedProcess(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	first := start(t, dir)
	require.NoError(t, first.Stop(t.Context()))

	pidFile := filepath.Join(first.Home(), "data", "postmaster.pid")
	require.NoError(t, os.WriteFile(pidFile, []byte(strconv.Itoa(os.Getpid())+"\n"), 0o600))

	start(t, dir)
}

func TestServer_ClearsAnInterruptedInitialization(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	first := start(t, dir)
	require.NoError(t, first.Stop(t.Context()))

	// What a kill in the middle of initdb leaves behind.
	data := filepath.Join(first.Home(), "data")
	require.NoError(t, os.Rename(data, data+".new"))

	start(t, dir)
}

func TestServer_SaysWhichPortIsTaken(t *testing.T) {
	t.Parallel()
	first := start(t, dataDir(t))

	_, err := postgres.Start(t.Context(), postgres.Options{Dir: dataDir(t), Port: first.Port()})
	require.ErrorContains(t, err, strconv.Itoa(first.Port()))
	require.ErrorContains(t, err, "Address already in use")
}

func TestServer_KeepsClusterWhereItsAccountCanReachIt(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root drops to an account that may be locked out")
	}
	locked := filepath.Join(t.TempDir(), "work")
	require.NoError(t, os.Mkdir(locked, 0o700))
	dir := filepath.Join(locked, ".dev")

	first := start(t, dir)
	exec(t, first.URL("postgres"), `CREATE TABLE kept (word text); INSERT INTO kept VALUES ('elsewhere')`)
	require.NoError(t, first.Stop(t.Context()))
	target, err := os.Readlink(filepath.Join(dir, "postgres"))
	require.NoError(t, err, "a link shows where the data is")
	require.Equal(t, target, first.Home())

	require.NoError(t, os.RemoveAll(dir), "even the link may get lost")
	second := start(t, dir)
	require.Equal(t, "elsewhere", query(t, second.URL("postgres"), `SELECT word FROM kept`))
	require.NoError(t, second.Stop(t.Context()))

	require.NoError(t, postgres.Remove(t.Context(), dir))
	require.NoDirExists(t, target)
	require.NoFileExists(t, filepath.Join(dir, "postgres"))
}

func TestServer_NeedsTheReleaseThatMadeTheCluster(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	first := start(t, dir)
	require.NoError(t, first.Stop(t.Context()))
	require.NoError(t, os.WriteFile(filepath.Join(first.Home(), "data", "PG_VERSION"), []byte("12\n"), 0o600))

	_, err := postgres.Start(t.Context(), postgres.Options{Dir: dir})
	require.ErrorIs(t, err, postgres.ErrNoBinaries)
	require.ErrorContains(t, err, "wanted release 12, which made the existing cluster")
}

func TestEnsureDatabases_CreatesWhatIsMissing(t *testing.T) {
	t.Parallel()
	server := start(t, dataDir(t))
	names := []string{"one", "two", `odd "name`}

	var wg sync.WaitGroup
	errs := make([]error, 4)
	for i := range errs {
		wg.Go(func() { errs[i] = postgres.EnsureDatabases(t.Context(), server.URL("postgres"), names...) })
	}
	wg.Wait()
	for _, err := range errs {
		require.NoError(t, err)
	}

	for _, name := range names {
		url, err := postgres.DatabaseURL(server.URL("postgres"), name)
		require.NoError(t, err)
		require.Equal(t, name, query(t, url, `SELECT current_database()`))
	}
}

func TestDatabaseURL(t *testing.T) {
	t.Parallel()

	t.Run("keeps everything but the database", func(t *testing.T) {
		t.Parallel()
		got, err := postgres.DatabaseURL("postgres://me:p%40ss@db:5432/old?sslmode=disable", "new")
		require.NoError(t, err)
		require.Equal(t, "postgres://me:p%40ss@db:5432/new?sslmode=disable", got)
	})

	t.Run("names the scheme it wants", func(t *testing.T) {
		t.Parallel()
		_, err := postgres.DatabaseURL("mysql://db/old", "new")
		require.ErrorContains(t, err, "postgres://")
	})

	t.Run("shows no password in an error", func(t *testing.T) {
		t.Parallel()
		_, err := postgres.DatabaseURL("postgres://me:s3cret@db:port/old", "new")
		require.Error(t, err)
		require.NotContains(t, err.Error(), "s3cret")
	})
}
