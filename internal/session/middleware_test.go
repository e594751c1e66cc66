package session_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/apikey"
	"github.com/surehook/surehook/internal/auth"
	"github.com/surehook/surehook/internal/session"
	"github.com/surehook/surehook/internal/tenant"
)

// through returns the context that a handler behind the middleware sees.
func (b *testBundle) through(t *testing.T, method string, changes ...change) context.Context {
	t.Helper()

	var seen context.Context

	handler := b.Middleware(auth.Middleware(b.keys)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		seen = r.Context()
	})))

	handler.ServeHTTP(httptest.NewRecorder(), request(method, "/graphql", "", changes...))
	require.NotNil(t, seen, "every request goes on")

	return seen
}

// handshake is what a page's websocket begins with.
func handshake(origin string) change {
	return func(r *http.Request) {
		r.Header.Set("Upgrade", "WebSocket")
		r.Header.Set("Connection", "Upgrade")
		r.Header.Set("Origin", origin)
	}
}

func TestMiddleware_ASessionAsksForItsKey(t *testing.T) {
	t.Parallel()

	b := setup(t)
	plain, secure := cookie("surehook_session", b.start(t)), cookie("__Host-surehook_session", b.start(t))

	for name, ctx := range map[string]context.Context{
		"POST":                b.through(t, http.MethodPost, plain),
		"POST, another case":  b.through(t, http.MethodPost, plain, set("Content-Type", "Application/JSON; charset=utf-8")),
		"POST over HTTPS":     b.through(t, http.MethodPost, secure, set("Origin", "https://example.com")),
		"POST of no browser":  b.through(t, http.MethodPost, secure, without("Origin"), without("Sec-Fetch-Site")),
		"POST, old browser":   b.through(t, http.MethodPost, plain, without("Sec-Fetch-Site")),
		"websocket":           b.through(t, http.MethodGet, plain, handshake(own)),
		"websocket, TLS":      b.through(t, http.MethodGet, secure, handshake("https://example.com")),
		"websocket, in caps":  b.through(t, http.MethodGet, plain, handshake("http://EXAMPLE.com")),
		"server-sent events":  b.through(t, http.MethodPost, plain, set("Accept", "text/event-stream")),
		"the secure one wins": b.through(t, http.MethodPost, secure, cookie("surehook_session", "x"), set("Origin", "https://example.com")),
	} {
		principal, ok := auth.From(ctx)
		require.True(t, ok, "%s: %v", name, auth.Problem(ctx))
		require.Equal(t, b.key.ID, principal.Key.ID, name)
		require.NoError(t, auth.Recheck(ctx), name)
	}
}

func TestMiddleware_ForeignPagesCannotUseASession(t *testing.T) {
	t.Parallel()

	b := setup(t)
	plain := cookie("surehook_session", b.start(t))

	for name, ctx := range map[string]context.Context{
		"form":                      b.through(t, http.MethodPost, plain, set("Content-Type", "application/x-www-form-urlencoded")),
		"form, no type":             b.through(t, http.MethodPost, plain, without("Content-Type")),
		"form, as text":             b.through(t, http.MethodPost, plain, set("Content-Type", "text/plain")),
		"GET":                       b.through(t, http.MethodGet, plain),
		"GET, server-sent events":   b.through(t, http.MethodGet, plain, set("Accept", "text/event-stream")),
		"OPTIONS":                   b.through(t, http.MethodOptions, plain),
		"PUT":                       b.through(t, http.MethodPut, plain),
		"POST, another site":        b.through(t, http.MethodPost, plain, set("Sec-Fetch-Site", "cross-site")),
		"POST, same site":           b.through(t, http.MethodPost, plain, set("Sec-Fetch-Site", "same-site")),
		"POST, another origin":      b.through(t, http.MethodPost, plain, set("Origin", "http://evil.test"), without("Sec-Fetch-Site")),
		"POST, no origin":           b.through(t, http.MethodPost, plain, set("Origin", "null"), without("Sec-Fetch-Site")),
		"websocket, another origin": b.through(t, http.MethodGet, plain, handshake("http://evil.test")),
		"websocket, another port":   b.through(t, http.MethodGet, plain, handshake("http://example.com:8090")),
		"websocket, sandboxed":      b.through(t, http.MethodGet, plain, handshake("null")),
		"websocket, a file":         b.through(t, http.MethodGet, plain, handshake("file://example.com")),
		"websocket, no origin":      b.through(t, http.MethodGet, plain, handshake(own), without("Origin")),
		"websocket, two origins": b.through(t, http.MethodGet, plain, handshake(own),
			func(r *http.Request) { r.Header.Add("Origin", "http://evil.test") }),
		"websocket by POST": b.through(t, http.MethodPost, plain, handshake("http://evil.test")),
	} {
		_, ok := auth.From(ctx)
		require.False(t, ok, name)
		require.ErrorIs(t, auth.Problem(ctx), session.ErrForeign, name)
	}
}

func TestMiddleware_WhatAnotherHostCouldHaveSetDoesNotCountOverHTTPS(t *testing.T) {
	t.Parallel()

	b := setup(t)
	value := b.start(t)

	for name, ctx := range map[string]context.Context{
		"without the prefix": b.through(t, http.MethodPost, cookie("surehook_session", value), set("Origin", "https://example.com")),
		"twice": b.through(t, http.MethodPost, cookie("surehook_session", value),
			cookie("surehook_session", value)),
		"empty": b.through(t, http.MethodPost, cookie("surehook_session", "")),
		"none":  b.through(t, http.MethodPost),
	} {
		_, ok := auth.From(ctx)
		require.False(t, ok, name)
		require.NoError(t, auth.Problem(ctx), "%s: it is as if there were none", name)
	}
}

func TestMiddleware_AnAuthorizationGoesBeforeTheCookie(t *testing.T) {
	t.Parallel()

	b := setup(t)
	plain := cookie("surehook_session", b.start(t))
	other, token, err := b.keys.Create(t.Context(), tenant.All(), apikey.CreateInput{Name: "other", Role: apikey.Operator})
	require.NoError(t, err)

	principal, ok := auth.From(b.through(t, http.MethodPost, plain, set("Authorization", "Bearer "+token)))
	require.True(t, ok)
	require.Equal(t, other.ID, principal.Key.ID)

	for _, bad := range []string{"Bearer nonsense", ""} {
		ctx := b.through(t, http.MethodPost, plain, set("Authorization", bad))
		_, ok = auth.From(ctx)
		require.False(t, ok, "a bad one is not made good by a cookie")
		require.ErrorIs(t, auth.Problem(ctx), apikey.ErrUnauthenticated)
	}
}

func TestMiddleware_AContextNoticesWhenItsSessionIsOver(t *testing.T) {
	t.Parallel()

	b := setup(t)
	ctx := b.through(t, http.MethodPost, cookie("surehook_session", b.start(t)))
	require.NoError(t, auth.Recheck(ctx))

	b.wait(lifetime)
	require.ErrorIs(t, auth.Recheck(ctx), session.ErrEnded)

	ended := b.through(t, http.MethodPost, cookie("surehook_session", "nonsense"))
	require.ErrorIs(t, auth.Problem(ended), session.ErrEnded)
}
