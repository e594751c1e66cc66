package session_test

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/db/dbtest"
	"github.com/surehook/surehook/internal/apikey"
	"github.com/surehook/surehook/internal/secretbox"
	"github.com/surehook/surehook/internal/session"
	"github.com/surehook/surehook/internal/tenant"
)

const lifetime = time.Hour

// own is an origin of the server that httptest requests are for.
const own = "http://example.com"

type testBundle struct {
	*session.Service
	pool    *db.Pool
	keys    *apikey.Service
	box     *secretbox.Box
	clock   *atomic.Pointer[time.Time]
	log     *bytes.Buffer
	handler http.Handler

	key   apikey.Key
	token string
}

func setup(t *testing.T) *testBundle {
	t.Helper()

	b := &testBundle{pool: dbtest.Pool(t), clock: &atomic.Pointer[time.Time]{}, log: &bytes.Buffer{}}
	start := time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)
	b.clock.Store(&start)
	b.keys = apikey.NewService(b.pool, b.now)
	b.box = newBox(t)
	b.Service = session.NewService(b.keys, b.box, lifetime, b.now)
	b.handler = b.Handler(slog.New(slog.NewTextHandler(b.log, nil)))

	var err error

	b.key, b.token, err = b.keys.Create(t.Context(), tenant.All(), apikey.CreateInput{Name: "n", Role: apikey.Operator})
	require.NoError(t, err)

	return b
}

func newBox(t *testing.T) *secretbox.Box {
	t.Helper()

	keyset, err := secretbox.Generate()
	require.NoError(t, err)

	box, err := secretbox.New([]byte(keyset))
	require.NoError(t, err)

	return box
}

func (b *testBundle) now() time.Time { return *b.clock.Load() }

func (b *testBundle) wait(span time.Duration) {
	later := b.now().Add(span)
	b.clock.Store(&later)
}

// start returns the value of a session's cookie.
func (b *testBundle) start(t *testing.T) string {
	t.Helper()

	value, of, err := b.Start(t.Context(), b.token)
	require.NoError(t, err)
	require.Equal(t, b.key.ID, of.ID)

	return value
}

// change alters a request that is fine.
type change func(*http.Request)

func set(name, value string) change {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

func without(name string) change { return func(r *http.Request) { r.Header.Del(name) } }

func cookie(name, value string) change {
	return func(r *http.Request) { r.AddCookie(&http.Cookie{Name: name, Value: value}) }
}

// request is one that a page of the server's own would make with fetch.
func request(method, path, body string, changes ...change) *http.Request {
	var content io.Reader = http.NoBody
	if body != "" {
		content = strings.NewReader(body)
	}

	r := httptest.NewRequest(method, path, content)

	if method != http.MethodGet {
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Origin", own)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}

	for _, one := range changes {
		one(r)
	}

	return r
}

func (b *testBundle) do(method, body string, changes ...change) *http.Response {
	recorder := httptest.NewRecorder()
	b.handler.ServeHTTP(recorder, request(method, "/session", body, changes...))

	return recorder.Result()
}

func (b *testBundle) signIn(changes ...change) *http.Response {
	return b.do(http.MethodPost, `{"token":"`+b.token+`"}`, changes...)
}

func read(t *testing.T, res *http.Response) string {
	t.Helper()

	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)

	return string(body)
}
