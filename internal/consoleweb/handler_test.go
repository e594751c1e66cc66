package consoleweb_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/console"
	"github.com/surehook/surehook/internal/consoleweb"
)

const (
	page   = "<!doctype html><script>theme()</script><script type=module src=/assets/main-abc.js></script>"
	script = "console.log('a long script')"
)

func zip(t *testing.T, text string) *fstest.MapFile {
	t.Helper()

	var out bytes.Buffer

	writer := gzip.NewWriter(&out)
	_, err := writer.Write([]byte(text))
	require.NoError(t, err)
	require.NoError(t, writer.Close())

	return &fstest.MapFile{Data: out.Bytes()}
}

func text(content string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(content)} }

// build is what make console leaves behind. Nothing here looks into what brotli has made.
func build(t *testing.T) fstest.MapFS {
	t.Helper()

	return fstest.MapFS{
		"index.html":                text(page),
		"explorer.html":             text("<!doctype html><title>Explorer</title>"),
		"favicon.svg":               text("<svg/>"),
		"assets/main-abc.js":        text(script + strings.Repeat(" ", 500)),
		"assets/main-abc.js.br":     text("BR"),
		"assets/main-abc.js.gz":     zip(t, script+strings.Repeat(" ", 500)),
		"assets/zipped-abc.css.gz":  zip(t, "p{}"),
		"assets/brotli-abc.wasm.br": text("BR"),
		"assets/small-abc.css":      text("p{}"),
		"assets/small-abc.css.gz":   zip(t, "p{}"),
		"assets/data-abc":           text("?"),
	}
}

func setup(t *testing.T) *consoleweb.Handler {
	t.Helper()

	handler, err := consoleweb.New(build(t), consoleweb.Info{Version: "1.2.3"})
	require.NoError(t, err)

	return handler
}

func get(handler http.Handler, path string, header ...string) *http.Response {
	return do(handler, http.MethodGet, path, header...)
}

func do(handler http.Handler, method, path string, header ...string) *http.Response {
	r := httptest.NewRequest(method, "/", nil)
	r.URL.Path = path

	for n := 0; n < len(header); n += 2 {
		r.Header.Set(header[n], header[n+1])
	}

	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, r)

	return recorder.Result()
}

func read(t *testing.T, res *http.Response) string {
	t.Helper()

	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)

	return string(body)
}

func TestHandler_PagesAreTheIndex(t *testing.T) {
	t.Parallel()

	handler := setup(t)

	for _, path := range []string{
		"/", "/index.html", "/deliveries", "/deliveries/", "/deliveries/dlv_1", "/event-types/user.created", "/graphqlish",
		"/sessions", "/...", "/wp-login.php",
	} {
		res := get(handler, path)
		require.Equal(t, http.StatusOK, res.StatusCode, path)
		require.Equal(t, page, read(t, res), path)
		require.Equal(t, "text/html; charset=utf-8", res.Header.Get("Content-Type"), path)
		require.Equal(t, "no-cache", res.Header.Get("Cache-Control"), path)
		require.NotEmpty(t, res.Header.Get("ETag"), path)
	}
}

func TestHandler_WhatIsNoPageIsNotFound(t *testing.T) {
	t.Parallel()

	handler := setup(t)

	for _, path := range []string{
		"/api", "/api/", "/api/x", "/assets", "/assets/", "/assets/main-old.js", "/assets/deliveries", "/graphql", "/graphql/x",
		"/healthz", "/healthz/x", "/readyz/x", "/session", "/session/x", "/robots.txt", "/a/b.JS", "/favicon.ico",
		"/../go.mod", "/assets/../index.html", "/./index.html", "/a//b", "/deliveries/..", "/a/../../etc/passwd",
	} {
		res := get(handler, path)
		require.Equal(t, http.StatusNotFound, res.StatusCode, path)
		require.Equal(t, "application/json", res.Header.Get("Content-Type"), path)
		require.JSONEq(t, `{"code":"NOT_FOUND","message":"there is nothing here"}`, read(t, res), path)
		require.Equal(t, "no-store", res.Header.Get("Cache-Control"), path)
	}
}

func TestHandler_ServesNothingOutsideOfTheFolder(t *testing.T) {
	t.Parallel()

	server := httptest.NewServer(setup(t))
	t.Cleanup(server.Close)

	for _, path := range []string{
		"/..%2f..%2fgo.mod", "/%2e%2e/%2e%2e/etc/passwd", "/assets/%2e%2e%2f%2e%2e%2fhandler.go", `/..%5c..%5cgo.mod`, "/%00",
		"/assets/main-abc.js%00.html", "/main-abc.js.br",
	} {
		res, err := http.Get(server.URL + path)
		require.NoError(t, err)

		body := read(t, res)
		require.NoError(t, res.Body.Close())
		require.True(t, res.StatusCode == http.StatusNotFound || body == page, "%s: %s", path, body)
	}
}

func TestHandler_AssetsAreKeptForEver(t *testing.T) {
	t.Parallel()

	res := get(setup(t), "/assets/main-abc.js")
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.Equal(t, "public, max-age=31536000, immutable", res.Header.Get("Cache-Control"))
	require.Equal(t, "text/javascript; charset=utf-8", res.Header.Get("Content-Type"))
	require.Equal(t, script, strings.TrimSpace(read(t, res)))

	other := get(setup(t), "/favicon.svg")
	require.Equal(t, "no-cache", other.Header.Get("Cache-Control"), "its name says nothing of its content")
	require.Equal(t, "image/svg+xml", other.Header.Get("Content-Type"))
	require.Equal(t, "application/octet-stream", get(setup(t), "/assets/data-abc").Header.Get("Content-Type"))
}

func TestHandler_SendsTheSmallestFormThatIsTaken(t *testing.T) {
	t.Parallel()

	handler := setup(t)
	tags := make(map[string]string)

	for accept, want := range map[string]string{
		"gzip, deflate, br, zstd": "br",
		"gzip, deflate":           "gzip",
		"br;q=0, gzip":            "gzip",
		"*":                       "br",
		"":                        "",
		"identity":                "",
		"*;q=0, identity":         "",
	} {
		res := get(handler, "/assets/main-abc.js", "Accept-Encoding", accept)
		require.Equal(t, http.StatusOK, res.StatusCode, accept)
		require.Equal(t, want, res.Header.Get("Content-Encoding"), accept)
		require.Equal(t, "Accept-Encoding", res.Header.Get("Vary"), accept)
		require.Equal(t, "text/javascript; charset=utf-8", res.Header.Get("Content-Type"), accept)

		body := read(t, res)

		switch want {
		case "br":
			require.Equal(t, "BR", body, accept)
		case "gzip":
			require.Equal(t, script, strings.TrimSpace(unzipped(t, body)), accept)
		default:
			require.Equal(t, script, strings.TrimSpace(body), accept)
		}

		tags[want] = res.Header.Get("ETag")
	}

	require.NotEqual(t, tags["br"], tags["gzip"], "other bytes, another tag")
	require.NotEqual(t, tags[""], tags["gzip"], "other bytes, another tag")
	require.Empty(t, get(handler, "/assets/small-abc.css", "Accept-Encoding", "gzip").Header.Get("Content-Encoding"),
		"compression would make it larger")
}

func unzipped(t *testing.T, body string) string {
	t.Helper()

	reader, err := gzip.NewReader(strings.NewReader(body))
	require.NoError(t, err)

	out, err := io.ReadAll(reader)
	require.NoError(t, err)

	return string(out)
}

func TestHandler_UnpacksWhatIsThereCompressedOnly(t *testing.T) {
	t.Parallel()

	handler := setup(t)

	for range 2 {
		res := get(handler, "/assets/zipped-abc.css")
		require.Equal(t, http.StatusOK, res.StatusCode)
		require.Empty(t, res.Header.Get("Content-Encoding"))
		require.Equal(t, "p{}", read(t, res))
	}

	require.Equal(t, http.StatusNotAcceptable, get(handler, "/assets/brotli-abc.wasm").StatusCode)
	require.Equal(t, "br", get(handler, "/assets/brotli-abc.wasm", "Accept-Encoding", "br").Header.Get("Content-Encoding"))
	require.Equal(t, http.StatusNotFound, get(handler, "/assets/main-abc.js.x").StatusCode)
}

func TestHandler_SendsNothingAgainThatTheBrowserHas(t *testing.T) {
	t.Parallel()

	handler := setup(t)
	tag := get(handler, "/").Header.Get("ETag")

	res := get(handler, "/deliveries", "If-None-Match", tag)
	require.Equal(t, http.StatusNotModified, res.StatusCode)
	require.Empty(t, read(t, res))

	changed := build(t)
	changed["index.html"] = text(page + "<p>")

	other, err := consoleweb.New(changed, consoleweb.Info{})
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, get(other, "/", "If-None-Match", tag).StatusCode)
}

func TestHandler_AnswersHeadAndRanges(t *testing.T) {
	t.Parallel()

	handler := setup(t)

	head := do(handler, http.MethodHead, "/deliveries")
	require.Equal(t, http.StatusOK, head.StatusCode)
	require.Equal(t, "text/html; charset=utf-8", head.Header.Get("Content-Type"))
	require.NotEmpty(t, head.Header.Get("Content-Security-Policy"))
	require.Empty(t, read(t, head))

	part := get(handler, "/assets/main-abc.js", "Range", "bytes=0-6")
	require.Equal(t, http.StatusPartialContent, part.StatusCode)
	require.Equal(t, "console", read(t, part))
}

func TestHandler_TakesNothing(t *testing.T) {
	t.Parallel()

	for _, method := range []string{http.MethodDelete, http.MethodOptions, http.MethodPost, http.MethodPut} {
		res := do(setup(t), method, "/")
		require.Equal(t, http.StatusMethodNotAllowed, res.StatusCode, method)
		require.Equal(t, "GET, HEAD", res.Header.Get("Allow"), method)
	}
}

func TestHandler_SaysWhatEverybodyMayKnow(t *testing.T) {
	t.Parallel()

	res := get(setup(t), "/console.json")
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.Equal(t, "application/json", res.Header.Get("Content-Type"))
	require.Equal(t, "no-cache", res.Header.Get("Cache-Control"))
	require.JSONEq(t, `{"version":"1.2.3"}`, read(t, res))
}

func TestNew_RefusesFoldersThatAreNoConsole(t *testing.T) {
	t.Parallel()

	for name, folder := range map[string]fstest.MapFS{
		"empty":                 {},
		"no index":              {"assets/main-abc.js": text(script)},
		"index in brotli alone": {"index.html.br": text("BR")},
		"broken gzip":           {"index.html": text(page), "assets/a.js.gz": text("no gzip")},
	} {
		_, err := consoleweb.New(folder, consoleweb.Info{})
		require.Error(t, err, name)
	}
}

func TestNew_TakesWhatIsBuiltIntoTheProgram(t *testing.T) {
	t.Parallel()

	folder, _ := console.Files()

	handler, err := consoleweb.New(folder, consoleweb.Info{})
	require.NoError(t, err)

	res := get(handler, "/")
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.Contains(t, read(t, res), "<title>Surehook")
	require.Contains(t, res.Header.Get("Content-Security-Policy"), "default-src 'self'")

	// Assets are there compressed only, and have to be had all the same.
	assets, err := fs.Glob(folder, "assets/*.br")
	require.NoError(t, err)

	for _, name := range assets {
		path := "/" + strings.TrimSuffix(name, ".br")

		packed := get(handler, path, "Accept-Encoding", "gzip")
		require.Equal(t, http.StatusOK, packed.StatusCode, path)
		require.Equal(t, "gzip", packed.Header.Get("Content-Encoding"), path)
		require.Equal(t, unzipped(t, read(t, packed)), read(t, get(handler, path)), path)
	}
}
