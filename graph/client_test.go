package graph_test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/apikey"
)

// vars are the variables of an operation.
type vars = map[string]any

// response is what the API answered.
type response struct {
	t      *testing.T
	Status int         `json:"-"`
	Header http.Header `json:"-"`
	Data   any         `json:"data"`
	Errors []graphError
	// Extensions are those of a message of a subscription.
	Extensions map[string]any
	rawBody    string
}

type graphError struct {
	Message    string
	Path       []any
	Extensions struct{ Code, RequestID string }
}

// as sends an operation as somebody with the role.
func (b *testBundle) as(role apikey.Role, query string, variables ...vars) response {
	b.t.Helper()

	return b.send(b.tokens[role], query, variables...)
}

// admin sends an operation as the first tenant's admin, and wants no errors.
func (b *testBundle) admin(query string, variables ...vars) response {
	b.t.Helper()

	return b.send(b.mine.admin, query, variables...).ok()
}

func (b *testBundle) send(token, query string, variables ...vars) response {
	b.t.Helper()

	body := map[string]any{"query": query}
	if len(variables) > 0 {
		body["variables"] = variables[0]
	}

	raw, err := json.Marshal(body)
	require.NoError(b.t, err)

	return b.post(token, raw, nil)
}

func (b *testBundle) post(token string, body []byte, header http.Header) response {
	b.t.Helper()

	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.url, bytes.NewReader(body))
	require.NoError(b.t, err)

	r.Header.Set("Content-Type", "application/json")

	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}

	maps.Copy(r.Header, header)

	return b.do(r)
}

func (b *testBundle) do(r *http.Request) response {
	b.t.Helper()

	res, err := http.DefaultClient.Do(r)
	require.NoError(b.t, err)

	raw, err := io.ReadAll(res.Body)
	require.NoError(b.t, err)
	require.NoError(b.t, res.Body.Close())

	out := response{t: b.t, Status: res.StatusCode, Header: res.Header, rawBody: string(raw)}
	if strings.Contains(res.Header.Get("Content-Type"), "json") {
		require.NoError(b.t, json.Unmarshal(raw, &out), out.rawBody)
	}

	return out
}

// parsed reads an answer.
func parsed(t *testing.T, body string) response {
	t.Helper()

	out := response{t: t, rawBody: body}
	require.NoError(t, json.Unmarshal([]byte(body), &out))

	return out
}

// ok wants no errors, neither of the request nor of a mutation.
func (r response) ok() response {
	r.t.Helper()

	require.Empty(r.t, r.Errors, r.rawBody)

	if fields, ok := r.Data.(map[string]any); ok {
		for name, field := range fields {
			if payload, ok := field.(map[string]any); ok && payload["userErrors"] != nil {
				require.Empty(r.t, payload["userErrors"], "%s: %s", name, r.rawBody)
			}
		}
	}

	return r
}

// at returns what lies at a path such as "organization.webhooks.nodes.0.id".
func (r response) at(path string) any {
	r.t.Helper()

	value := r.Data

	for step := range strings.SplitSeq(path, ".") {
		switch now := value.(type) {
		case map[string]any:
			require.Contains(r.t, now, step, r.rawBody)
			value = now[step]
		case []any:
			n, err := strconv.Atoi(step)
			require.NoError(r.t, err)
			require.Greater(r.t, len(now), n, r.rawBody)
			value = now[n]
		default:
			require.Fail(r.t, "nothing lies there", "%s in %s", path, r.rawBody)
		}
	}

	return value
}

func (r response) text(path string) string {
	r.t.Helper()

	out, ok := r.at(path).(string)
	require.True(r.t, ok, "%s in %s", path, r.rawBody)

	return out
}

// failed wants one error of the request with the code.
func (r response) failed(code string) response {
	r.t.Helper()

	require.NotEmpty(r.t, r.Errors, r.rawBody)
	require.Equal(r.t, code, r.Errors[0].Extensions.Code, r.rawBody)
	require.NotEmpty(r.t, r.Errors[0].Extensions.RequestID, r.rawBody)

	return r
}

// marked wants a message of a subscription that carries nothing but a mark.
func (r response) marked(as string) {
	r.t.Helper()

	require.Equal(r.t, map[string]any{as: true}, r.ok().Extensions, r.rawBody)
	require.Len(r.t, r.Data, 1)

	for _, node := range r.Data.(map[string]any) {
		require.Nil(r.t, node, r.rawBody)
	}
}

// refused wants a mutation that was not carried out, for the one reason and because of the field.
func (r response) refused(mutation, code string, field ...any) response {
	r.t.Helper()

	require.Empty(r.t, r.Errors, r.rawBody)
	require.Len(r.t, r.at(mutation+".userErrors"), 1, r.rawBody)
	require.Equal(r.t, code, r.at(mutation+".userErrors.0.code"), r.rawBody)
	require.NotEmpty(r.t, r.at(mutation+".userErrors.0.message"))

	if len(field) > 0 {
		require.Equal(r.t, field, r.at(mutation+".userErrors.0.field"), r.rawBody)
	}

	return r
}
