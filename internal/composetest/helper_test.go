package composetest_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/apikey"
	"github.com/surehook/surehook/internal/config"
	"github.com/surehook/surehook/internal/secretbox"
)

const root = "../.."

// required are the variables that somebody has to fill in.
var required = []string{"POSTGRES_PASSWORD", "SUREHOOK_KEYSET", "SUREHOOK_OPERATOR_KEY"}

// settingName is what a setting of Surehook looks like wherever it is written.
var settingName = regexp.MustCompile(`\bSUREHOOK_[A-Z_]+\b`)

// testBundle is docker-compose.yml as Docker Compose would read it beside a filled-in .env.
type testBundle struct {
	project *types.Project
	values  map[string]string
}

func setup(t *testing.T) *testBundle {
	t.Helper()

	values := fillIn(t)

	project, err := load(t, values)
	require.NoError(t, err)

	return &testBundle{project: project, values: values}
}

// fillIn makes the values the way docs/deployment.md says.
func fillIn(t *testing.T) map[string]string {
	t.Helper()

	keyset, err := secretbox.Generate()
	require.NoError(t, err)

	return map[string]string{
		"POSTGRES_PASSWORD":     "5d41402abc4b2a76b9719d911017c592",
		"SUREHOOK_KEYSET":       keyset,
		"SUREHOOK_OPERATOR_KEY": apikey.NewOperatorToken(),
	}
}

// load reads docker-compose.yml in a directory of its own, beside a copy of .env.example with the values filled in. So
// neither the environment of the test nor a .env of whoever runs it has a part in it.
func load(t *testing.T, values map[string]string) (*types.Project, error) {
	t.Helper()

	dir := t.TempDir()
	env := read(t, ".env.example")

	for name, value := range values {
		env = strings.Replace(env, "\n"+name+"=\n", "\n"+name+"="+value+"\n", 1)
	}

	file := filepath.Join(dir, "docker-compose.yml")
	require.NoError(t, os.WriteFile(filepath.Join(dir, ".env"), []byte(env), 0o600))
	require.NoError(t, os.WriteFile(file, []byte(read(t, "docker-compose.yml")), 0o600))

	options, err := cli.NewProjectOptions([]string{file},
		cli.WithWorkingDirectory(dir), cli.WithEnvFiles(), cli.WithDotEnv)
	require.NoError(t, err)

	return options.LoadProject(t.Context())
}

// read returns a file of the repository.
func read(t *testing.T, name string) string {
	t.Helper()

	text, err := os.ReadFile(filepath.Join(root, name))
	require.NoError(t, err)

	return string(text)
}

// settings are the names of all that can be set.
func settings() map[string]bool {
	out := make(map[string]bool)
	for _, one := range config.Settings() {
		out[one.Name] = true
	}

	return out
}

// without returns a copy that lacks a name.
func without(values map[string]string, name string) map[string]string {
	out := make(map[string]string, len(values))

	for key, value := range values {
		if key != name {
			out[key] = value
		}
	}

	return out
}
