package consoleweb_test

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/consoleweb"
)

// rules returns what a page's policy says, by directive.
func rules(t *testing.T, handler *consoleweb.Handler, path string) map[string]string {
	t.Helper()

	out := make(map[string]string)

	for rule := range strings.SplitSeq(get(handler, path).Header.Get("Content-Security-Policy"), "; ") {
		name, value, _ := strings.Cut(rule, " ")
		out[name] = value
	}

	return out
}

func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))

	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

func TestPolicy_NothingComesFromElsewhere(t *testing.T) {
	t.Parallel()

	require.Equal(t, map[string]string{
		"base-uri":        "'self'",
		"connect-src":     "'self'",
		"default-src":     "'self'",
		"form-action":     "'self'",
		"frame-ancestors": "'none'",
		"img-src":         "'self' data:",
		"object-src":      "'none'",
		"script-src":      "'self' " + hashOf("theme()"),
		"style-src":       "'self' 'unsafe-inline'",
	}, rules(t, setup(t), "/deliveries"))
}

func TestPolicy_OnlyTheExplorerHasWorkersAndFontsOfItsOwn(t *testing.T) {
	t.Parallel()

	handler := setup(t)

	for _, path := range []string{"/", "/deliveries", "/explorers", "/explorer/x"} {
		require.NotContains(t, rules(t, handler, path), "worker-src", path)
		require.NotContains(t, rules(t, handler, path), "font-src", path)
	}

	for _, path := range []string{"/explorer", "/explorer/", "/explorer.html"} {
		found := rules(t, handler, path)
		require.Equal(t, "'self' blob:", found["worker-src"], path)
		require.Equal(t, "'self' data:", found["font-src"], path)
		require.Equal(t, "'self'", found["script-src"], path)
		require.Equal(t, "'self'", found["connect-src"], path)
	}

	inFolder, err := consoleweb.New(fstest.MapFS{
		"index.html": text(page), "explorer/index.html": text("<p>"),
	}, consoleweb.Info{})
	require.NoError(t, err)
	require.Contains(t, rules(t, inFolder, "/explorer"), "worker-src")
}

func TestPolicy_HashesScriptsAsBrowsersDo(t *testing.T) {
	t.Parallel()

	first, second := "\n  if (a < b && '</p>') { x() }\n", `f("ü")`
	html := "<!doctype html><!-- <script>no()</script> --><SCRIPT>" + first + `</SCRIPT><script src="/a.js"></script>` +
		`<script type="module" SRC=/b.js></script><script></script><p>&lt;script></p><script defer>` + second + `</script>`

	handler, err := consoleweb.New(fstest.MapFS{"index.html": text(html)}, consoleweb.Info{})
	require.NoError(t, err)
	require.Equal(t, "'self' "+hashOf(first)+" "+hashOf(second), rules(t, handler, "/")["script-src"])
}

func TestPolicy_EveryAnswerHasTheHeadersThatProtectIt(t *testing.T) {
	t.Parallel()

	handler := setup(t)

	for _, path := range []string{"/", "/assets/main-abc.js", "/console.json", "/graphql/x"} {
		header := get(handler, path).Header
		require.Equal(t, "nosniff", header.Get("X-Content-Type-Options"), path)
		require.Equal(t, "no-referrer", header.Get("Referrer-Policy"), path)
		require.Equal(t, "same-origin", header.Get("Cross-Origin-Opener-Policy"), path)
		require.Equal(t, "same-origin", header.Get("Cross-Origin-Resource-Policy"), path)
	}

	require.Empty(t, get(handler, "/assets/main-abc.js").Header.Get("Content-Security-Policy"), "a worker would take it over")
}
