package stack_test

import (
	"bytes"
	"flag"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/dev/stack"
)

// environment is a getenv over fixed variables.
func environment(variables map[string]string) func(string) string {
	return func(name string) string { return variables[name] }
}

func TestParseConfig(t *testing.T) {
	t.Parallel()

	t.Run("without flags runs everything on the usual ports", func(t *testing.T) {
		t.Parallel()
		cfg, err := stack.ParseConfig(nil, environment(nil), io.Discard)
		require.NoError(t, err)
		require.Equal(t, ".dev", cfg.DataDir)
		require.Equal(t, ".dev/env", cfg.EnvFile)
		require.Equal(t, []string{"postgres", "temporal", "ui", "receiver", "surehook"}, cfg.Parts)
		require.Equal(t, map[string]int{
			"postgres": 5440, "receiver": 8090, "surehook": 8080, "temporal": 7233, "ui": 8233,
		}, cfg.Ports)
	})

	t.Run("a flag goes before the environment", func(t *testing.T) {
		t.Parallel()
		cfg, err := stack.ParseConfig([]string{"--ui-port", "1"}, environment(map[string]string{
			"SUREHOOK_DEV_POSTGRES_PORT": "0",
			"SUREHOOK_DEV_UI_PORT":       "2",
		}), io.Discard)
		require.NoError(t, err)
		require.Equal(t, 0, cfg.Ports["postgres"])
		require.Equal(t, 1, cfg.Ports["ui"])
	})

	t.Run("parts are put in starting order", func(t *testing.T) {
		t.Parallel()
		cfg, err := stack.ParseConfig([]string{"--parts", "temporal, postgres"}, environment(nil), io.Discard)
		require.NoError(t, err)
		require.Equal(t, []string{"postgres", "temporal"}, cfg.Parts)
	})

	t.Run("help lists every flag", func(t *testing.T) {
		t.Parallel()
		var out bytes.Buffer
		_, err := stack.ParseConfig([]string{"--help"}, environment(nil), &out)
		require.ErrorIs(t, err, flag.ErrHelp)
		for _, name := range []string{
			"data-dir", "env-file", "parts", "postgres-port", "postgres-url", "receiver-port", "reset",
			"surehook-port", "temporal-address", "temporal-port", "ui-port",
		} {
			require.Contains(t, out.String(), "-"+name)
		}
	})
}

func TestParseConfig_Refuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, args, want string
		env              map[string]string
	}{
		{name: "a part that needs another", args: "--parts temporal", want: "give --postgres-url"},
		{name: "a part that is elsewhere and here", args: "--postgres-url postgres://x/y", want: "take it out of --parts"},
		{name: "a port out of range", args: "--ui-port 65536", want: "65536"},
		{name: "a port that is no number in the environment", want: "SUREHOOK_DEV_UI_PORT",
			env: map[string]string{"SUREHOOK_DEV_UI_PORT": "http"}},
		{name: "an argument", args: "start", want: `unexpected argument "start"`},
		{name: "an unknown part", args: "--parts redis", want: `unknown part "redis"`},
		{name: "surehook without temporal", args: "--parts postgres,surehook", want: "give --temporal-address"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := stack.ParseConfig(strings.Fields(tt.args), environment(tt.env), io.Discard)
			require.ErrorContains(t, err, tt.want)
		})
	}
}
