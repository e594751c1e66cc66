package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/e2e/stack"
)

// verifier is a program that verifies requests with the code of somebody else.
type verifier struct {
	stdin  io.Writer
	stdout *bufio.Scanner
	stderr *strings.Builder
}

// verifying starts a program of the directory e2e, such as verify/kazinex.py. It ends when its standard input does.
func verifying(t *testing.T, interpreter, program string) verifier {
	t.Helper()

	if _, err := exec.LookPath(interpreter); err != nil {
		const missing = "%s is needed to run %s, the verification code of a seed system: %v"
		// Where everything has to be proved, nothing may be left out.
		require.Empty(t, os.Getenv("CI"), missing, interpreter, program, err)
		t.Skipf(missing, interpreter, program, err)
	}

	cmd := exec.Command(interpreter, filepath.FromSlash(program))
	cmd.Dir = filepath.Join(stack.Root(), "e2e")

	stdin, err := cmd.StdinPipe()
	require.NoError(t, err)

	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)

	var stderr strings.Builder

	cmd.Stderr = &stderr
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		require.NoError(t, stdin.Close())
		require.NoError(t, cmd.Wait(), stderr.String())
	})

	return verifier{stdin: stdin, stdout: bufio.NewScanner(stdout), stderr: &stderr}
}

// verifies asks the program.
func (v verifier) verifies(t *testing.T, body []byte, header, secret string) (out bool) {
	t.Helper()

	line, err := json.Marshal(map[string]any{"body": body, "header": header, "secret": secret})
	require.NoError(t, err)
	_, err = v.stdin.Write(append(line, '\n'))
	require.NoError(t, err)
	require.True(t, v.stdout.Scan(), "the program has ended")
	require.NoError(t, json.Unmarshal(v.stdout.Bytes(), &out))

	return out
}

// requireGenuine checks that the program accepts a body as it came, and nothing else: not with any one byte changed,
// not with one byte more or less, nor with another secret.
func (v verifier) requireGenuine(t *testing.T, body []byte, header, secret string) {
	t.Helper()
	require.NotEmpty(t, body)
	require.True(t, v.verifies(t, body, header, secret), "genuine, and refused: %s", body)

	for n := range body {
		changed := bytes.Clone(body)
		changed[n] ^= 1
		require.False(t, v.verifies(t, changed, header, secret), "byte %d is changed, and nobody minds", n)
	}

	require.False(t, v.verifies(t, append(bytes.Clone(body), ' '), header, secret))
	require.False(t, v.verifies(t, body[1:], header, secret))
	require.False(t, v.verifies(t, body, header, secret+"x"))
}
