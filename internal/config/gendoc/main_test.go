package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/config"
)

const root = "../../.."

func TestGendoc_WhatIsCheckedInIsFresh(t *testing.T) {
	t.Parallel()

	files, err := render(root)
	require.NoError(t, err)

	for name, want := range files {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			got, err := os.ReadFile(filepath.Join(root, name))
			require.NoError(t, err)
			require.Equal(t, string(want), string(got), "out of date: run go generate ./internal/config")
		})
	}
}

func TestGendoc_EveryFlagGoesBeforeAVariableThatExists(t *testing.T) {
	t.Parallel()

	known := make(map[string]bool)
	for _, one := range config.Settings() {
		known[one.Name] = true
	}

	flags, err := readFlags(filepath.Join(root, "cmd", "surehook"))
	require.NoError(t, err)
	require.NotEmpty(t, flags)

	for _, one := range flags {
		require.True(t, known[one.variable], "--%s goes before %s, which is no setting", one.flag, one.variable)
	}
}

func TestGendoc_WhatACommandPrintsIsASetting(t *testing.T) {
	t.Parallel()

	known := make(map[string]bool)
	for _, one := range config.Settings() {
		known[one.Name] = true
	}

	for name := range commands {
		require.True(t, known[name], "%s is no setting", name)
	}
}
