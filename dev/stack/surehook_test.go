package stack_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// graphql runs an operation and decodes its data.
func graphql(t *testing.T, env map[string]string, key, operation string, out any) {
	t.Helper()
	body, err := json.Marshal(map[string]string{"query": operation})
	require.NoError(t, err)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, env["SUREHOOK_URL"]+"/graphql", bytes.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+key)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	var answer struct {
		Data   json.RawMessage
		Errors []struct{ Message string }
	}
	require.NoError(t, json.NewDecoder(resp.Body).Decode(&answer))
	require.Empty(t, answer.Errors)
	require.NoError(t, json.Unmarshal(answer.Data, out))
}

// demoOrganization is what the demonstration key sees.
type demoOrganization struct {
	ID         string
	Name       string
	EventTypes struct{ Nodes []struct{ Name string } }
	Webhooks   struct{ Nodes []struct{ URL string } }
}

func viewDemo(t *testing.T, env map[string]string) demoOrganization {
	t.Helper()
	var data struct {
		Viewer struct {
			Organization demoOrganization
			Role         string
		}
	}
	graphql(t, env, env["SUREHOOK_API_KEY"], `{ viewer { role organization {
		id name eventTypes { nodes { name } } webhooks { nodes { url } } } } }`, &data)
	require.Equal(t, "ADMIN", data.Viewer.Role)
	return data.Viewer.Organization
}

func TestProcess_DemonstratesSurehook(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	first := launch(t, dir)
	env := first.up()
	organization := viewDemo(t, env)

	t.Run("the env file has every name", func(t *testing.T) {
		for _, name := range []string{
			"SAMPLE_RECEIVER_URL", "SUREHOOK_API_KEY", "SUREHOOK_CONSOLE_URL", "SUREHOOK_DATABASE_URL",
			"SUREHOOK_OPERATOR_KEY", "SUREHOOK_URL", "TEMPORAL_ADDRESS", "TEMPORAL_UI_URL",
		} {
			require.NotEmpty(t, env[name], name)
		}
	})

	t.Run("the link to the console signs its reader in", func(t *testing.T) {
		page, token, ok := strings.Cut(env["SUREHOOK_CONSOLE_URL"], "#token=")
		require.True(t, ok)
		require.Contains(t, get(t, page), "<title>Surehook")

		// What the console does with the link.
		resp, err := http.Post(page+"session", "application/json", strings.NewReader(`{"token":"`+token+`"}`))
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, http.StatusNoContent, resp.StatusCode)

		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, page+"graphql",
			strings.NewReader(`{"query":"{ viewer { role organization { name } } }"}`))
		require.NoError(t, err)
		req.Header.Set("Content-Type", "application/json")
		req.AddCookie(resp.Cookies()[0])
		resp, err = http.DefaultClient.Do(req)
		require.NoError(t, err)
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.JSONEq(t, `{"data":{"viewer":{"role":"ADMIN","organization":{"name":"Demo"}}}}`, string(body))
	})

	t.Run("the organization has event types and a webhook to the sample receiver", func(t *testing.T) {
		require.Equal(t, "Demo", organization.Name)
		require.Len(t, organization.EventTypes.Nodes, 3)
		require.Len(t, organization.Webhooks.Nodes, 1)
		require.Equal(t, env["SAMPLE_RECEIVER_URL"]+"/ok", organization.Webhooks.Nodes[0].URL)
	})

	t.Run("what is published arrives and is verified", func(t *testing.T) {
		publish(t, env, organization.ID, "insp_first")
		requireReceived(t, env, "insp_first")
	})

	first.signal(syscall.SIGINT)
	require.Equal(t, 0, first.wait())

	t.Run("the second start finds all of it again", func(t *testing.T) {
		second := launch(t, dir)
		again := second.up()
		require.Equal(t, env["SUREHOOK_API_KEY"], again["SUREHOOK_API_KEY"])
		require.Equal(t, env["SUREHOOK_OPERATOR_KEY"], again["SUREHOOK_OPERATOR_KEY"])

		want := organization
		want.Webhooks.Nodes[0].URL = again["SAMPLE_RECEIVER_URL"] + "/ok" // it follows the receiver to its new port
		require.Equal(t, want, viewDemo(t, again))
		publish(t, again, organization.ID, "insp_second")
		requireReceived(t, again, "insp_second")

		second.signal(syscall.SIGINT)
		require.Equal(t, 0, second.wait())
	})

	t.Run("a lost key is replaced", func(t *testing.T) {
		require.NoError(t, os.Remove(filepath.Join(dir, "demo.json")))
		third := launch(t, dir)
		again := third.up()
		require.NotEqual(t, env["SUREHOOK_API_KEY"], again["SUREHOOK_API_KEY"])
		require.Equal(t, organization.ID, viewDemo(t, again).ID)
		publish(t, again, organization.ID, "insp_third") // to one webhook: the old one is found
		requireReceived(t, again, "insp_third")
	})
}

// publish publishes an inspection with the demonstration key.
func publish(t *testing.T, env map[string]string, organization, inspection string) {
	t.Helper()
	var data struct {
		PublishEvent struct {
			MatchedWebhookCount int
			UserErrors          []struct{ Message string }
		}
	}
	graphql(t, env, env["SUREHOOK_API_KEY"], `mutation { publishEvent(input: {organizationId: "`+organization+`",
		eventType: "inspection.completed", payload: {id: "`+inspection+`"}}) { matchedWebhookCount userErrors { message } } }`,
		&data)
	require.Empty(t, data.PublishEvent.UserErrors)
	require.Equal(t, 1, data.PublishEvent.MatchedWebhookCount)
}

// requireReceived waits until the receiver's page shows the inspection with a
// good signature.
func requireReceived(t *testing.T, env map[string]string, inspection string) {
	t.Helper()
	require.Eventually(t, func() bool {
		for row := range strings.SplitSeq(get(t, env["SAMPLE_RECEIVER_URL"]), "<tr>") {
			if strings.Contains(row, inspection) {
				return strings.Contains(row, "<td>verified</td>")
			}
		}
		return false
	}, patience, 50*time.Millisecond)
}
