package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// minMajor is the oldest Postgres release the stack is run on.
const minMajor = 14

// ErrNoBinaries says that the machine has no usable Postgres binaries.
var ErrNoBinaries = errors.New("no usable Postgres binaries")

// places are the directories where packages put binaries without adding them
// to PATH: Debian and Ubuntu, Homebrew on Apple silicon, Homebrew on Intel.
var places = [...]string{
	"/usr/lib/postgresql/*/bin",
	"/opt/homebrew/opt/postgresql*/bin",
	"/usr/local/opt/postgresql*/bin",
}

var (
	versionInPath    = regexp.MustCompile(`\d+`)
	versionInMessage = regexp.MustCompile(`^postgres \(PostgreSQL\) (\d+)`)
)

// binaries is a directory with initdb and postgres of one release.
type binaries struct {
	dir   string
	major int
}

// findOrDownload returns binaries for the cluster in h: of its release if it
// exists, of any supported release if it does not. Binaries on the machine go
// first; otherwise they are downloaded into h.
func findOrDownload(ctx context.Context, h home, opts Options) (binaries, error) {
	want, err := clusterMajor(h)
	if err != nil {
		return binaries{}, err
	}
	bin, findErr := find(ctx, h.account, want)
	if findErr == nil || !errors.Is(findErr, ErrNoBinaries) {
		return bin, findErr
	}
	bin, err = download(ctx, h, opts, want)
	if err != nil {
		return binaries{}, fmt.Errorf("%w; and none could be downloaded: %w "+
			"(install Postgres %d or later, for example the Debian package postgresql)", findErr, err, max(want, minMajor))
	}
	return bin, nil
}

// clusterMajor reads the release a cluster was made by; 0 when there is none.
func clusterMajor(h home) (int, error) {
	content, err := os.ReadFile(filepath.Join(h.data(), "PG_VERSION"))
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read the cluster's version: %w", err)
	}
	major, err := strconv.Atoi(strings.TrimSpace(string(content)))
	if err != nil {
		return 0, fmt.Errorf("read the cluster's version: %w", err)
	}
	return major, nil
}

// find looks through PATH and the usual places and returns the first usable
// directory: one whose postgres the account can run, of release want, or of
// any supported release when want is 0.
func find(ctx context.Context, acct account, want int) (binaries, error) {
	var seen []string
	for _, dir := range candidates() {
		major, err := version(ctx, acct, dir)
		switch {
		case err != nil:
			seen = append(seen, fmt.Sprintf("%s (%v)", dir, err))
		case major < minMajor, want != 0 && major != want:
			seen = append(seen, fmt.Sprintf("%s (release %d)", dir, major))
		default:
			return binaries{dir: dir, major: major}, nil
		}
	}

	wanted := fmt.Sprintf("release %d or later", minMajor)
	if want != 0 {
		wanted = fmt.Sprintf("release %d, which made the existing cluster in this data directory", want)
	}
	if len(seen) == 0 {
		return binaries{}, fmt.Errorf("%w on this machine (wanted %s)", ErrNoBinaries, wanted)
	}
	return binaries{}, fmt.Errorf("%w on this machine (wanted %s; found %s)",
		ErrNoBinaries, wanted, strings.Join(seen, ", "))
}

// candidates are directories with both programs: PATH in its order, then each
// usual place with the newest release first.
func candidates() []string {
	dirs := filepath.SplitList(os.Getenv("PATH"))
	for _, place := range places {
		matches, _ := filepath.Glob(place) // fails only on a malformed pattern
		slices.SortFunc(matches, func(a, b string) int { return cmp.Compare(releaseInPath(b), releaseInPath(a)) })
		dirs = append(dirs, matches...)
	}
	return slices.DeleteFunc(dirs, func(dir string) bool {
		return !filepath.IsAbs(dir) || !isExecutable(filepath.Join(dir, "initdb")) ||
			!isExecutable(filepath.Join(dir, "postgres"))
	})
}

// releaseInPath is the number in ".../postgresql/16/bin" or
// ".../postgresql@16/bin"; a path without one names the packager's current
// release and sorts first.
func releaseInPath(path string) int {
	n, err := strconv.Atoi(versionInPath.FindString(path))
	if err != nil {
		return 1 << 16
	}
	return n
}

// isExecutable reports whether path is a program.
func isExecutable(path string) bool {
	st, err := os.Stat(path)
	return err == nil && st.Mode().IsRegular() && st.Mode()&0o111 != 0
}

// version runs `postgres --version` as the account, which proves at once that
// the account may execute it and which release it is.
func version(ctx context.Context, acct account, dir string) (int, error) {
	cmd := exec.CommandContext(ctx, filepath.Join(dir, "postgres"), "--version")
	cmd.Dir, cmd.Env, cmd.SysProcAttr = "/", environment(), acct.sysProcAttr()
	out, err := cmd.Output()
	if err != nil {
		return 0, fmt.Errorf("run postgres --version: %w", err)
	}
	match := versionInMessage.FindSubmatch(out)
	if match == nil {
		return 0, fmt.Errorf("postgres --version said %q", strings.TrimSpace(string(out)))
	}
	return strconv.Atoi(string(match[1]))
}
