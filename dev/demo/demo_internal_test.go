package demo

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

func TestOperations_FitTheSchema(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile(filepath.Join("..", "..", "schema.graphql"))
	require.NoError(t, err)
	schema, err := gqlparser.LoadSchema(&ast.Source{Input: string(source), Name: "schema.graphql"})
	require.NoError(t, err)

	for name, operation := range map[string]string{
		"createAPIKey":       createAPIKey,
		"createEventType":    createEventType,
		"createOrganization": createOrganization,
		"createWebhook":      createWebhook,
		"findEventType":      findEventType,
		"findWebhook":        findWebhook,
		"listOrganizations":  listOrganizations,
		"listWebhooks":       listWebhooks,
		"revealSecret":       revealSecret,
		"updateWebhook":      updateWebhook,
		"viewer":             viewer,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, problems := gqlparser.LoadQueryWithRules(schema, operation, nil)
			require.Empty(t, problems)
		})
	}
}

func TestCatalog_IsReadable(t *testing.T) {
	t.Parallel()
	var names []string
	for _, eventType := range catalog() {
		names = append(names, eventType.Name)
		require.NotEmpty(t, eventType.Samples)
	}
	require.Equal(t, []string{"inspection.completed", "item.status_changed", "action.created"}, names)
}

func TestDecode(t *testing.T) {
	t.Parallel()
	var out struct{ N int }

	require.NoError(t, decode("200 OK", []byte(`{"data":{"n":1}}`), &out))
	require.Equal(t, 1, out.N)
	require.ErrorIs(t, decode("401 Unauthorized",
		[]byte(`{"errors":[{"message":"no such key","extensions":{"code":"UNAUTHENTICATED"}}]}`), &out), errUnauthenticated)
	require.EqualError(t, decode("200 OK",
		[]byte(`{"errors":[{"message":"sorry","extensions":{"code":"INTERNAL"}}],"data":null}`), &out), "sorry (INTERNAL)")
	require.ErrorContains(t, decode("502 Bad Gateway", []byte(`<html>`), &out), "502 Bad Gateway")
}

func TestState_IsKeptForItsOwnerOnly(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "demo.json")

	empty, err := readState(path)
	require.NoError(t, err)
	require.Zero(t, empty)

	want := state{APIKey: "key", WebhookID: "wh_1"}
	require.NoError(t, want.write(path))
	got, err := readState(path)
	require.NoError(t, err)
	require.Equal(t, want, got)
	st, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), st.Mode().Perm())

	require.NoError(t, os.WriteFile(path, []byte("{"), 0o600))
	_, err = readState(path)
	require.ErrorContains(t, err, path)
}

func TestIsSampleReceiver(t *testing.T) {
	t.Parallel()
	require.True(t, isSampleReceiver("http://127.0.0.1:8090/ok"))
	require.False(t, isSampleReceiver("http://127.0.0.1:8090/flaky"), "a developer's choice")
	require.False(t, isSampleReceiver("https://example.com/ok"))
}
