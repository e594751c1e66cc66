package postgres

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	embeddedpostgres "github.com/fergusstrange/embedded-postgres"

	"github.com/surehook/surehook/dev/freeport"
)

// downloadable maps releases to the builds embedded-postgres knows. Key 0 is
// what a new cluster gets.
var downloadable = map[int]embeddedpostgres.PostgresVersion{
	0:  embeddedpostgres.V17,
	14: embeddedpostgres.V14,
	15: embeddedpostgres.V15,
	16: embeddedpostgres.V16,
	17: embeddedpostgres.V17,
	18: embeddedpostgres.V18,
}

// download fetches binaries for this operating system from a Maven repository
// into the home and returns them. The archive itself is cached by
// embedded-postgres below ~/.embedded-postgres-go, so a cluster that is thrown
// away costs no second download.
//
// embedded-postgres offers no "only download": its Start also makes and runs a
// throw-away cluster. That proves the binaries as a side effect, and fails when
// we are root, whom initdb refuses, after the binaries are in place. So the
// outcome is judged by whether the account can run them.
//
// Start does not take a context: when ctx ends first, the download goes on in
// the background until the process exits.
func download(ctx context.Context, h home, opts Options, want int) (binaries, error) {
	release, ok := downloadable[want]
	if !ok {
		return binaries{}, fmt.Errorf("no build of release %d is offered", want)
	}
	final := filepath.Join(h.path, "binaries-"+string(release))
	if major, err := version(ctx, h.account, filepath.Join(final, "bin")); err == nil {
		return binaries{dir: filepath.Join(final, "bin"), major: major}, nil
	}

	if opts.Downloading != nil {
		opts.Downloading(string(release))
	}
	scratch, err := os.MkdirTemp(h.path, "download-")
	if err != nil {
		return binaries{}, fmt.Errorf("make scratch directory: %w", err)
	}
	defer os.RemoveAll(scratch)
	if err := os.Chmod(scratch, 0o755); err != nil {
		return binaries{}, fmt.Errorf("open scratch directory: %w", err)
	}
	ports, err := freeport.Pick(ctx, 1)
	if err != nil {
		return binaries{}, err
	}
	var output bytes.Buffer
	config := embeddedpostgres.DefaultConfig().
		BinariesPath(filepath.Join(scratch, "binaries")).
		DataPath(filepath.Join(scratch, "data")).
		Logger(&output).
		Port(uint32(ports[0])).
		RuntimePath(filepath.Join(scratch, "runtime")).
		StartTimeout(time.Minute).
		Version(release)
	if opts.BinaryRepository != "" {
		config = config.BinaryRepositoryURL(strings.TrimSuffix(opts.BinaryRepository, "/"))
	}

	trial := make(chan error, 1)
	go func() {
		server := embeddedpostgres.NewDatabase(config)
		err := server.Start()
		if err == nil {
			err = server.Stop()
		}
		trial <- err
	}()
	var trialErr error
	select {
	case trialErr = <-trial:
	case <-ctx.Done():
		return binaries{}, fmt.Errorf("download Postgres %s: %w", release, ctx.Err())
	}

	major, err := version(ctx, h.account, filepath.Join(scratch, "binaries", "bin"))
	if err != nil {
		if trialErr == nil {
			trialErr = err
		}
		return binaries{}, fmt.Errorf("download Postgres %s: %w", release, trialErr)
	}
	if err := os.RemoveAll(final); err != nil {
		return binaries{}, fmt.Errorf("clear an earlier download: %w", err)
	}
	if err := os.Rename(filepath.Join(scratch, "binaries"), final); err != nil {
		return binaries{}, fmt.Errorf("put downloaded binaries in place: %w", err)
	}
	return binaries{dir: filepath.Join(final, "bin"), major: major}, nil
}
