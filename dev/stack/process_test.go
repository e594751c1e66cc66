package stack_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/dev/stack"
)

// asMain makes the test binary behave as surehook-dev, so that tests can start
// and kill real processes without building the program first.
const asMain = "SUREHOOK_DEV_TEST_AS_MAIN"

// patience bounds every wait for another process.
const patience = 40 * time.Second

func TestMain(m *testing.M) {
	if os.Getenv(asMain) != "" {
		os.Exit(stack.Main(os.Args[1:], os.Getenv, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// output collects what a process writes.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// proc is a running surehook-dev.
type proc struct {
	cmd  *exec.Cmd
	done chan struct{}
	env  string // its env file
	out  *output
	t    *testing.T
}

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

// launch starts surehook-dev and returns at once. Ports are free ones unless
// args say otherwise. The process is interrupted when the test ends.
func launch(t *testing.T, dir string, args ...string) *proc {
	t.Helper()
	p := &proc{done: make(chan struct{}), env: filepath.Join(dir, "env"), out: &output{}, t: t}
	p.cmd = exec.Command(os.Args[0], append([]string{"--data-dir", dir}, args...)...)
	p.cmd.Env = append(os.Environ(), asMain+"=1")
	for _, part := range []string{"POSTGRES", "RECEIVER", "SUREHOOK", "TEMPORAL", "UI"} {
		p.cmd.Env = append(p.cmd.Env, "SUREHOOK_DEV_"+part+"_PORT=0")
	}
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.out
	require.NoError(t, p.cmd.Start())
	go func() {
		_ = p.cmd.Wait()
		close(p.done)
	}()
	t.Cleanup(func() {
		p.signal(syscall.SIGINT)
		p.wait()
		if t.Failed() {
			t.Logf("output of surehook-dev %s:\n%s", strings.Join(args, " "), p.out)
		}
	})
	return p
}

// up waits for the env file and returns its variables.
func (p *proc) up() map[string]string {
	p.t.Helper()
	deadline := time.Now().Add(patience)
	for {
		content, err := os.ReadFile(p.env)
		if err == nil {
			return parseEnv(string(content))
		}
		select {
		case <-p.done:
			require.FailNow(p.t, "surehook-dev ended while starting", p.out.String())
		case <-time.After(20 * time.Millisecond):
		}
		require.True(p.t, time.Now().Before(deadline), "not ready in time:\n%s", p.out)
	}
}

func (p *proc) signal(sig syscall.Signal) { _ = p.cmd.Process.Signal(sig) }

// wait returns the exit code; -1 means that a signal ended the process.
func (p *proc) wait() int {
	p.t.Helper()
	select {
	case <-p.done:
	case <-time.After(patience):
		p.signal(syscall.SIGKILL)
		require.Fail(p.t, "surehook-dev does not end", p.out.String())
	}
	return p.cmd.ProcessState.ExitCode()
}

// parseEnv reads shell assignments whose values need no unquoting.
func parseEnv(content string) map[string]string {
	variables := map[string]string{}
	for line := range strings.Lines(content) {
		name, value, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "export "), "=")
		variables[name] = strings.Trim(value, "'")
	}
	return variables
}

// postmaster is the process id of the cluster's server.
func postmaster(t *testing.T, dir string) int {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dir, "postgres", "data", "postmaster.pid"))
	require.NoError(t, err)
	first, _, _ := strings.Cut(string(content), "\n")
	pid, err := strconv.Atoi(first)
	require.NoError(t, err)
	return pid
}

// requireGone waits until a process that is not our child has ended.
func requireGone(t *testing.T, pid int) {
	t.Helper()
	require.Eventually(t, func() bool {
		state, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err == nil && strings.Contains(string(state), ") Z ") {
			return true // ended, and not yet collected by init
		}
		return syscall.Kill(pid, 0) != nil
	}, patience, 20*time.Millisecond)
}

func TestProcess_StartsStopsAndStartsAgain(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	parts := []string{"--parts", "postgres,temporal,ui,receiver"}

	first := launch(t, dir, parts...)
	env := first.up()
	runWorkflow(t, env["TEMPORAL_ADDRESS"], "kept")
	require.Contains(t, get(t, env["TEMPORAL_UI_URL"]+"/api/v1/namespaces/default"), `NAMESPACE_STATE_REGISTERED`)
	require.Contains(t, get(t, env["SAMPLE_RECEIVER_URL"]), "Nothing has arrived yet")
	require.Contains(t, env["SUREHOOK_DATABASE_URL"], "/surehook?")
	require.Contains(t, first.out.String(), env["TEMPORAL_UI_URL"], "the table shows it")

	pid := postmaster(t, dir)
	first.signal(syscall.SIGINT)
	require.Equal(t, 0, first.wait())
	require.NoFileExists(t, first.env, "the stack no longer runs")
	requireGone(t, pid)

	began := time.Now()
	second := launch(t, dir, parts...)
	env = second.up()
	t.Logf("second start: %s", time.Since(began).Round(time.Millisecond))
	requireWorkflow(t, env["TEMPORAL_ADDRESS"], "kept")
}

func TestProcess_KilledLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)

	first := launch(t, dir, "--parts", "postgres,temporal")
	env := first.up()
	runWorkflow(t, env["TEMPORAL_ADDRESS"], "kept")
	pid := postmaster(t, dir)
	first.signal(syscall.SIGKILL)
	first.wait()

	t.Run("postgres ends by itself", func(t *testing.T) { requireGone(t, pid) })

	t.Run("the next start works and finds its data", func(t *testing.T) {
		require.FileExists(t, first.env, "a killed process cannot clean up")
		require.NoError(t, os.Remove(first.env)) // launch removes it too, but up might see it first
		second := launch(t, dir, "--parts", "postgres,temporal")
		requireWorkflow(t, second.up()["TEMPORAL_ADDRESS"], "kept")

		second.signal(syscall.SIGKILL)
		second.wait()
	})

	t.Run("even when it comes at once", func(t *testing.T) {
		require.NoError(t, os.Remove(first.env))
		third := launch(t, dir, "--parts", "postgres,temporal")
		requireWorkflow(t, third.up()["TEMPORAL_ADDRESS"], "kept")
	})
}

func TestProcess_PartsInProcessesOfTheirOwn(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	pg := launch(t, dir, "--parts", "postgres")
	pgEnv := pg.up()

	temporalDir := dataDir(t)
	args := []string{"--parts", "temporal", "--postgres-url", pgEnv["SUREHOOK_DATABASE_URL"]}
	first := launch(t, temporalDir, args...)
	env := first.up()
	stopWorker := startWorker(t, env["TEMPORAL_ADDRESS"])
	runWorkflow(t, env["TEMPORAL_ADDRESS"], "kept")
	first.signal(syscall.SIGTERM)
	require.Equal(t, 0, first.wait(), "a worker that polls does not hold it up")

	_, port, err := net.SplitHostPort(env["TEMPORAL_ADDRESS"])
	require.NoError(t, err)
	second := launch(t, temporalDir, append(args, "--temporal-port", port)...)
	env = second.up()
	requireWorkflow(t, env["TEMPORAL_ADDRESS"], "kept")
	runWorkflow(t, env["TEMPORAL_ADDRESS"], "after")
	stopWorker()

	second.signal(syscall.SIGKILL)
	second.wait()
	require.NoError(t, syscall.Kill(postmaster(t, dir), 0), "postgres goes on")
}

func TestProcess_NamesATakenPort(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = taken.Close() })
	port := strconv.Itoa(taken.Addr().(*net.TCPAddr).Port)
	dir := dataDir(t)

	p := launch(t, dir, "--parts", "postgres,temporal,ui", "--ui-port", port)
	require.Equal(t, 1, p.wait())
	require.Contains(t, p.out.String(),
		"port "+port+", wanted for ui, is taken by another program: choose another with --ui-port or SUREHOOK_DEV_UI_PORT")
	require.NoDirExists(t, dir, "nothing was started")

	p = launch(t, dir, "--parts", "postgres,temporal", "--postgres-port", "54399", "--temporal-port", "54399")
	require.Equal(t, 1, p.wait())
	require.Contains(t, p.out.String(), "port 54399 is given to both postgres and temporal")
}

func TestProcess_EndsWhenAPartDoes(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	p := launch(t, dir, "--parts", "postgres,receiver")
	p.up()

	require.NoError(t, syscall.Kill(postmaster(t, dir), syscall.SIGKILL))
	require.Equal(t, 1, p.wait())
	require.Contains(t, p.out.String(), "postgres: ended unexpectedly")
	require.NoFileExists(t, p.env)
}

func TestProcess_SecondSignalKills(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	p := launch(t, dir, "--parts", "postgres")
	p.up()
	pid := postmaster(t, dir)
	require.NoError(t, syscall.Kill(pid, syscall.SIGSTOP), "a part that does not stop")

	p.signal(syscall.SIGINT)
	require.Eventually(t, func() bool { return strings.Contains(p.out.String(), "once more to kill") },
		patience, 10*time.Millisecond)
	p.signal(syscall.SIGINT)
	require.Equal(t, 130, p.wait())

	require.NoError(t, syscall.Kill(pid, syscall.SIGCONT))
	requireGone(t, pid)
}

func TestProcess_RefusesNonsense(t *testing.T) {
	t.Parallel()
	p := launch(t, dataDir(t), "--parts", "ui")
	require.Equal(t, 2, p.wait())
	require.Contains(t, p.out.String(), "give --temporal-address")
}

func TestProcess_ResetRemovesTheData(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	first := launch(t, dir, "--parts", "postgres")
	first.up()

	refused := launch(t, dir, "--reset")
	require.Equal(t, 1, refused.wait(), "not while it is in use")
	first.signal(syscall.SIGINT)
	require.Equal(t, 0, first.wait())

	require.Equal(t, 0, launch(t, dir, "--reset").wait())
	require.NoDirExists(t, dir)
}

// get returns the body of a page.
func get(t *testing.T, url string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	require.NoError(t, err)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	var body bytes.Buffer
	_, err = body.ReadFrom(resp.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, resp.StatusCode, body.String())
	return body.String()
}
