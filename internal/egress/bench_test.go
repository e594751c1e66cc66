package egress_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/surehook/surehook/internal/egress"
)

// BenchmarkClient_Do measures requests to one host side by side, the receiver in the same process included.
func BenchmarkClient_Do(b *testing.B) {
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
	}))
	defer server.Close()
	client := egress.New(loopback())
	defer client.Close()

	body := make([]byte, 1024)
	b.ReportAllocs()
	b.SetParallelism(32)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			result := client.Do(b.Context(), egress.Request{Body: body, Method: http.MethodPost, URL: server.URL})
			if result.Err != nil {
				b.Error(result.Err)
				return
			}
		}
	})
}
