package stack

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAddresses_EnvFileIsReadByTheShell(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "env")
	awkward := `it's "here" $HOME; \ and ` + "`there`"
	a := &addresses{apiKey: awkward, surehookURL: "http://127.0.0.1:8080"}
	require.NoError(t, a.writeEnv(path))

	out, err := exec.Command("/bin/sh", "-c",
		`. "$1" && printf '%s|%s|%s' "$SUREHOOK_API_KEY" "$SUREHOOK_URL" "${TEMPORAL_ADDRESS-unset}"`, "sh", path).Output()
	require.NoError(t, err)
	require.Equal(t, awkward+"|http://127.0.0.1:8080|unset", string(out))

	st, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), st.Mode().Perm(), "it holds keys")
}

func TestAddresses_TableIsAlignedAndComplete(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	a := &addresses{
		apiKey: "api", consoleURL: "console", databaseURL: "database", operatorKey: "operator", receiverURL: "receiver",
		surehookURL: "surehook", temporalAddress: "temporal", temporalUIURL: "ui",
	}
	require.NoError(t, a.print(&out, ".dev/env"))

	lines := strings.Split(strings.Trim(out.String(), "\n"), "\n")
	require.Len(t, lines, 9)
	column := strings.LastIndex(lines[0], " ")
	for _, line := range lines {
		require.Equal(t, column, strings.LastIndex(line, " "), line)
	}
}
