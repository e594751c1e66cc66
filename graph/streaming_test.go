package graph_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"strings"

	"github.com/stretchr/testify/require"
)

// streamed sends an operation of any kind and returns the first answer, from server-sent events.
func (b *testBundle) streamed(token, query string, variables ...vars) response {
	b.t.Helper()

	s := b.listen(token, query, variables...)
	defer s.close()

	return s.next()
}

// eventStream is a stream of server-sent events.
type eventStream struct {
	b      *testBundle
	cancel context.CancelFunc
	body   io.ReadCloser
	lines  *bufio.Scanner
}

func (b *testBundle) listen(token, query string, variables ...vars) *eventStream {
	b.t.Helper()

	var header http.Header
	if token != "" {
		header = bearer(token)
	}

	return b.listenAs(header, query, variables...)
}

func (b *testBundle) listenAs(header http.Header, query string, variables ...vars) *eventStream {
	b.t.Helper()

	body := map[string]any{"query": query}
	if len(variables) > 0 {
		body["variables"] = variables[0]
	}

	raw, err := json.Marshal(body)
	require.NoError(b.t, err)

	ctx, cancel := context.WithCancel(b.t.Context())

	r, err := http.NewRequestWithContext(ctx, http.MethodPost, b.url, strings.NewReader(string(raw)))
	require.NoError(b.t, err)

	r.Header.Set("Accept", "text/event-stream")
	r.Header.Set("Content-Type", "application/json")

	maps.Copy(r.Header, header)

	res, err := http.DefaultClient.Do(r)
	require.NoError(b.t, err)
	require.Equal(b.t, "text/event-stream", res.Header.Get("Content-Type"))

	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, 1<<20)

	return &eventStream{b: b, cancel: cancel, body: res.Body, lines: lines}
}

// watch starts a subscription and waits until it has begun.
func (b *testBundle) watch(token, query string, variables vars) *eventStream {
	b.t.Helper()

	b.settle()

	out := b.listen(token, query, variables)
	out.next().marked("ready")

	return out
}

// next returns the next answer. One without a body says that the stream is complete or broken.
func (s *eventStream) next() response {
	s.b.t.Helper()

	data, err := s.receive()
	if err != nil {
		return response{t: s.b.t}
	}

	return parsed(s.b.t, data)
}

// receive returns the data of the next event.
func (s *eventStream) receive() (string, error) {
	for s.lines.Scan() {
		line := s.lines.Text()
		if line == "event: complete" {
			break
		}

		if data, ok := strings.CutPrefix(line, "data: "); ok {
			return data, nil
		}
	}

	return "", io.EOF
}

// drain reads until the stream ends.
func (s *eventStream) drain() {
	for {
		if _, err := s.receive(); err != nil {
			return
		}
	}
}

func (s *eventStream) close() {
	s.cancel()
	// It may have ended already.
	_ = s.body.Close()
}
