package receiver_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/surehook/surehook/dev/receiver"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var secret = "whsec_" + base64.StdEncoding.EncodeToString([]byte("a secret of twenty-four.."))

// send posts a webhook to the receiver and returns the answer's status.
func send(t *testing.T, r http.Handler, path, id, body string, header http.Header) int {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(body))
	maps.Copy(req.Header, header)
	req.Header.Set("webhook-id", id)
	w := httptest.NewRecorder()
	r.ServeHTTP(w, req)
	return w.Code
}

// signed returns the headers of a correct signature.
func signed(t *testing.T, id, body string) http.Header {
	t.Helper()
	signer, err := standardwebhooks.NewWebhook(secret)
	require.NoError(t, err)
	now := time.Now()
	signature, err := signer.Sign(id, now, []byte(body))
	require.NoError(t, err)
	header := http.Header{}
	header.Set("webhook-signature", signature)
	header.Set("webhook-timestamp", strconv.FormatInt(now.Unix(), 10))
	return header
}

// page returns the receiver's page.
func page(t *testing.T, r http.Handler) string {
	t.Helper()
	w := httptest.NewRecorder()
	r.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody))
	require.Equal(t, http.StatusOK, w.Code)
	return w.Body.String()
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func TestReceiver_AnswersAsThePathSays(t *testing.T) {
	t.Parallel()
	r := receiver.New(quiet())

	require.Equal(t, http.StatusInternalServerError, send(t, r, "/fail", "a", "{}", nil))
	require.Equal(t, http.StatusOK, send(t, r, "/ok", "a", "{}", nil))
	require.Equal(t, http.StatusOK, send(t, r, "/slow?ms=1", "a", "{}", nil))
	require.Equal(t, http.StatusNotFound, send(t, r, "/elsewhere", "a", "{}", nil))
}

func TestReceiver_FlakyFailsTwiceForEachWebhookID(t *testing.T) {
	t.Parallel()
	r := receiver.New(quiet())

	var got []int
	for _, id := range []string{"a", "b", "a", "a", "b", "a"} {
		got = append(got, send(t, r, "/flaky", id, "{}", nil))
	}
	require.Equal(t, []int{500, 500, 500, 200, 500, 200}, got)
}

func TestReceiver_SlowEndsWhenTheSenderLeaves(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w := httptest.NewRecorder()
	receiver.New(quiet()).ServeHTTP(w,
		httptest.NewRequestWithContext(ctx, http.MethodPost, "/slow?ms=60000", http.NoBody))
}

func TestReceiver_VerifiesSignatures(t *testing.T) {
	t.Parallel()
	r := receiver.New(quiet())
	send(t, r, "/ok", "before", "{}", nil)
	require.NoError(t, r.SetSecret(secret))

	send(t, r, "/ok", "right", `{"n":1}`, signed(t, "right", `{"n":1}`))
	send(t, r, "/ok", "changed", `{"n":2}`, signed(t, "changed", `{"n":1}`))
	send(t, r, "/ok", "unsigned", `{"n":1}`, nil)

	got := map[string]receiver.Verification{}
	for _, req := range r.Requests() {
		got[req.WebhookID] = req.Verification
	}
	require.Equal(t, map[string]receiver.Verification{
		"before":   receiver.Unchecked,
		"changed":  receiver.NotVerified,
		"right":    receiver.Verified,
		"unsigned": receiver.NotVerified,
	}, got)
	require.Contains(t, page(t, r), "<td>not verified</td>")
	require.Error(t, r.SetSecret("whsec_%%%"))
}

func TestReceiver_PageEscapesWhatItShows(t *testing.T) {
	t.Parallel()
	r := receiver.New(quiet())
	send(t, r, "/ok?<b>", "<i>id</i>", `<script>alert(1)</script>`, nil)

	html := page(t, r)
	require.Contains(t, html, "&lt;script&gt;alert(1)&lt;/script&gt;")
	require.NotContains(t, html, "<script>")
	require.NotContains(t, html, "<i>id")
}

func TestReceiver_ShowsTheLastFiftyNewestFirst(t *testing.T) {
	t.Parallel()
	r := receiver.New(quiet())
	for i := range 60 {
		send(t, r, "/ok", fmt.Sprintf("id-%d", i), "{}", nil)
	}

	requests := r.Requests()
	require.Len(t, requests, 50)
	require.Equal(t, "id-59", requests[0].WebhookID)
	require.Equal(t, "id-10", requests[49].WebhookID)
}

func TestReceiver_RefusesABodyWithoutEnd(t *testing.T) {
	t.Parallel()
	r := receiver.New(quiet())
	require.Equal(t, http.StatusBadRequest, send(t, r, "/ok", "a", strings.Repeat("x", 2<<20), nil))
	require.Empty(t, r.Requests())
}

func TestReceiver_LogsOneLinePerRequest(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	r := receiver.New(slog.New(slog.NewTextHandler(&out, nil)))
	send(t, r, "/fail", "a", "a secret body", nil)

	require.Equal(t, 1, strings.Count(out.String(), "\n"))
	require.Contains(t, out.String(), `webhook_id=a path=/fail status=500 bytes=13 signature=unchecked`)
	require.NotContains(t, out.String(), "secret body")
}

func TestServer_ListensAndStops(t *testing.T) {
	t.Parallel()
	server, err := receiver.Start(t.Context(), receiver.Options{Logger: quiet()})
	require.NoError(t, err)

	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL()+"/ok", strings.NewReader("{}"))
	require.NoError(t, err)
	resp, err := client.Do(req)
	require.NoError(t, err)
	_, _ = io.Copy(io.Discard, resp.Body)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.Len(t, server.Requests(), 1)

	require.NoError(t, server.Stop(t.Context()))
	<-server.Done()
	require.NoError(t, server.Err())
}
