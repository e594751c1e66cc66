package e2e

import (
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/e2e/stack"
)

func TestCommand_MigrateGoesUpAndDownAndSaysWhereItStands(t *testing.T) {
	t.Parallel()

	url, err := stack.CreateDatabase(t.Context(), shared.stack.PostgresURL, "migrations")
	require.NoError(t, err)

	for _, step := range []struct {
		args []string
		want string
	}{
		{[]string{"migrate", "status"}, "migrations are missing"},
		{[]string{"migrate", "up"}, "up to date"},
		{[]string{"migrate", "up"}, "up to date"},
		{[]string{"migrate", "down"}, "migrations are missing"},
		{[]string{"migrate", "up"}, "up to date"},
	} {
		out, err := shared.stack.Command(t.Context(), []string{"SUREHOOK_DATABASE_URL=" + url}, step.args...)
		require.NoError(t, err, out)
		require.Contains(t, out, step.want)
	}
}

func TestCommand_ServeSaysAllThatIsWrongWithItsConfiguration(t *testing.T) {
	t.Parallel()

	out, err := shared.stack.Command(t.Context(), []string{"SUREHOOK_DISPATCH_MAX_BATCH=65", "SUREHOOK_LOG_FORMAT=xml"},
		"serve", "--roles", "api,cook")
	require.Error(t, err)

	for _, want := range []string{
		"SUREHOOK_DATABASE_URL is required", "SUREHOOK_KEYSET", "SUREHOOK_DISPATCH_MAX_BATCH must be 1 to 64",
		"SUREHOOK_LOG_FORMAT", `not "cook"`,
	} {
		require.Contains(t, out, want)
	}
}

func TestCommand_ServeRefusesASchemaThatIsBehindAndAPortThatIsTaken(t *testing.T) {
	t.Parallel()

	url, err := stack.CreateDatabase(t.Context(), shared.stack.PostgresURL, "behind")
	require.NoError(t, err)

	keyset, err := shared.stack.Command(t.Context(), nil, "keyset")
	require.NoError(t, err)

	env := []string{"SUREHOOK_DATABASE_URL=" + url, "SUREHOOK_KEYSET=" + keyset}

	out, err := shared.stack.Command(t.Context(), env, "serve", "--address", "127.0.0.1:0")
	require.Error(t, err)
	require.Contains(t, out, "surehook migrate up")

	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)

	defer func() { require.NoError(t, taken.Close()) }()

	out, err = shared.stack.Command(t.Context(), env, "serve", "--migrate", "--address", taken.Addr().String())
	require.Error(t, err)
	require.Contains(t, out, taken.Addr().String())
	require.Contains(t, out, "address already in use")
}
