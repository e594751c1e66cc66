package webui_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/dev/webui"
)

func TestServer_ServesItsAssetsAndStops(t *testing.T) {
	t.Parallel()
	server, err := webui.Start(t.Context(), webui.Options{
		Logger:          slog.New(slog.DiscardHandler),
		TemporalAddress: "127.0.0.1:1", // dialled only when a page needs it
	})
	require.NoError(t, err)

	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL()+"/", http.NoBody)
	require.NoError(t, err)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.Contains(t, string(body), "<!doctype html>")

	require.NoError(t, server.Stop(t.Context()))
	<-server.Done()
	require.NoError(t, server.Err())
}

func TestServer_ReportsATakenPortInsteadOfEndingTheProcess(t *testing.T) {
	t.Parallel()
	taken, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = taken.Close() })
	port := taken.Addr().(*net.TCPAddr).Port

	_, err = webui.Start(t.Context(), webui.Options{Port: port, TemporalAddress: "127.0.0.1:1"})
	require.ErrorContains(t, err, strconv.Itoa(port))
	require.ErrorContains(t, err, "address already in use")
}
