package app

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/db/dbtest"
	"github.com/surehook/surehook/internal/apikey"
	"github.com/surehook/surehook/internal/config"
	"github.com/surehook/surehook/internal/secretbox"
	"github.com/surehook/surehook/internal/tenant"
)

// consoleBundle is the HTTP side of a process, with nothing behind it but keys.
type consoleBundle struct {
	url, token string
}

func setupConsole(t *testing.T, change func(*config.Config)) consoleBundle {
	t.Helper()

	a := &App{pool: dbtest.Pool(t), config: config.Defaults(), log: slog.New(slog.DiscardHandler)}
	a.keys = apikey.NewService(a.pool, time.Now)

	change(&a.config)

	keyset, err := secretbox.Generate()
	require.NoError(t, err)

	box, err := secretbox.New([]byte(keyset))
	require.NoError(t, err)
	require.NoError(t, a.wireConsole(box))

	server := httptest.NewServer(a.handler(context.Background()))
	t.Cleanup(server.Close)

	_, token, err := a.keys.Create(t.Context(), tenant.All(), apikey.CreateInput{Name: "n", Role: apikey.Operator})
	require.NoError(t, err)

	return consoleBundle{server.URL, token}
}

// send makes a request as a page of the console would, and returns the answer with its body.
func (b consoleBundle) send(t *testing.T, method, path, body string, cookies ...*http.Cookie) (*http.Response, string) {
	t.Helper()

	r, err := http.NewRequestWithContext(t.Context(), method, b.url+path, strings.NewReader(body))
	require.NoError(t, err)

	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Origin", b.url)

	for _, one := range cookies {
		r.AddCookie(one)
	}

	res, err := http.DefaultClient.Do(r)
	require.NoError(t, err)

	defer res.Body.Close()

	content, err := io.ReadAll(res.Body)
	require.NoError(t, err)

	return res, string(content)
}

const whoAmI = `{"query":"{ viewer { role } }"}`

func TestConsole_IsServedWithItsSignIn(t *testing.T) {
	t.Parallel()

	b := setupConsole(t, func(*config.Config) {})

	for _, path := range []string{"/", "/deliveries/dlv_1", "/readyzz"} {
		res, body := b.send(t, http.MethodGet, path, "")
		require.Equal(t, http.StatusOK, res.StatusCode, path)
		require.Contains(t, body, "<title>Surehook", path)
		require.Contains(t, res.Header.Get("Content-Security-Policy"), "frame-ancestors 'none'", path)
	}

	_, body := b.send(t, http.MethodGet, "/console.json", "")
	require.JSONEq(t, `{"version":"dev"}`, body)

	res, body := b.send(t, http.MethodGet, "/graphql/x", "")
	require.Equal(t, http.StatusNotFound, res.StatusCode)
	require.Contains(t, body, "NOT_FOUND")

	res, _ = b.send(t, http.MethodGet, "/healthz", "")
	require.Equal(t, "application/json", res.Header.Get("Content-Type"))
	res, _ = b.send(t, http.MethodPost, "/healthz", "")
	require.Equal(t, http.StatusMethodNotAllowed, res.StatusCode)

	_, body = b.send(t, http.MethodPost, "/graphql", whoAmI)
	require.Contains(t, body, "UNAUTHENTICATED")

	token, err := json.Marshal(map[string]string{"token": b.token})
	require.NoError(t, err)

	res, _ = b.send(t, http.MethodPost, "/session", string(token))
	require.Equal(t, http.StatusNoContent, res.StatusCode)
	require.Len(t, res.Cookies(), 1)

	_, body = b.send(t, http.MethodPost, "/graphql", whoAmI, res.Cookies()...)
	require.JSONEq(t, `{"data":{"viewer":{"role":"OPERATOR"}}}`, body)
}

func TestConsole_CanBeSwitchedOff(t *testing.T) {
	t.Parallel()

	on := setupConsole(t, func(*config.Config) {})
	in, _ := on.send(t, http.MethodPost, "/session", `{"token":"`+on.token+`"}`)

	for name, test := range map[string]struct {
		change func(*config.Config)
		api    bool
	}{
		"by its setting": {func(c *config.Config) { c.Console = false }, true},
		"with the API":   {func(c *config.Config) { c.Roles = []config.Role{config.RoleWorker} }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := setupConsole(t, test.change)

			for _, path := range []string{"/", "/console.json", "/session", "/deliveries"} {
				res, _ := b.send(t, http.MethodGet, path, "")
				require.Equal(t, http.StatusNotFound, res.StatusCode, path)
			}

			res, body := b.send(t, http.MethodPost, "/graphql", whoAmI, in.Cookies()...)
			if test.api {
				require.Contains(t, body, "UNAUTHENTICATED", "a session is of no use")
			} else {
				require.Equal(t, http.StatusNotFound, res.StatusCode)
			}
		})
	}
}
