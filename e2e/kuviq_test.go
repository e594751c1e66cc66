package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/e2e/stack"
)

type responder = stack.Responder

// kuviq are the payloads that Kuviq documents on its webhook page.
var kuviq = map[string]string{
	"action.created": `{"id":"action_678","title":"Recharge fire extinguisher","priority":"high",
		"item":{"id":"item_456","name":"Fire Extinguisher A1"},"assignee":{"id":"user_901","name":"Bob Wilson"},
		"dueDate":"2024-01-18","inspection":{"id":"insp_123"}}`,
	"inspection.completed": `{"id":"insp_123",
		"item":{"id":"item_456","name":"Fire Extinguisher A1","type":"Fire Extinguisher"},
		"template":{"id":"tmpl_789","name":"Monthly Fire Safety"},"result":"passed",
		"inspector":{"id":"user_012","name":"Jane Doe","email":"jane@example.com"},
		"location":{"id":"loc_345","name":"Building A"},"completedAt":"2024-01-15T10:30:00Z",
		"elements":[{"name":"Pressure Check","result":"pass","value":"OK"}]}`,
	"item.status_changed": `{"id":"item_456","name":"Fire Extinguisher A1","previousStatus":"available",
		"newStatus":"needs_attention","reason":"Failed inspection","changedBy":{"id":"user_012","name":"Jane Doe"}}`,
}

func TestPublish_GoLibraryOfOthersVerifiesKuviqPayloads(t *testing.T) {
	t.Parallel()

	b := setup(t, "action.created", "inspection.completed", "item.status_changed")
	to := receiver(t, nil)
	hook := b.webhook(t, to.URL, nil)

	verifier, err := standardwebhooks.NewWebhook(hook.Secret)
	require.NoError(t, err)

	for eventType, payload := range kuviq {
		event := b.publish(t, eventType, json.RawMessage(payload))
		got := next(t, to)

		require.NoError(t, verifier.Verify(got.Body, got.Header))
		require.Error(t, verifier.Verify(bytes.Replace(got.Body, []byte("id"), []byte("ID"), 1), got.Header))

		var body struct {
			Type      string
			Timestamp time.Time
			Data      json.RawMessage
		}

		require.NoError(t, json.Unmarshal(got.Body, &body))
		require.Equal(t, eventType, body.Type)
		require.WithinDuration(t, time.Now(), body.Timestamp, time.Minute)
		require.JSONEq(t, payload, string(body.Data))
		require.Equal(t, event, got.Header.Get("surehook-event-id"))
		require.Equal(t, "application/json", got.Header.Get("Content-Type"))
	}
}

func TestPublish_JavaScriptLibraryOfOthersVerifiesKuviqPayloads(t *testing.T) {
	t.Parallel()

	b := setup(t, "action.created", "inspection.completed", "item.status_changed")

	// The receiver is a Node program. It learns its secret from the first line that it reads.
	// It ends when its standard input does.
	cmd := exec.Command("node", "receiver.js")
	cmd.Dir = filepath.Join(stack.Root(), "e2e", "js")

	stdin, err := cmd.StdinPipe()
	require.NoError(t, err)

	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)

	var stderr strings.Builder

	cmd.Stderr = &stderr
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		require.NoError(t, stdin.Close())
		require.NoError(t, cmd.Wait(), stderr.String())
	})

	lines := bufio.NewScanner(stdout)
	require.True(t, lines.Scan(), "the receiver says where it listens")

	hook := b.webhook(t, lines.Text(), nil)
	_, err = stdin.Write([]byte(hook.Secret + "\n"))
	require.NoError(t, err)
	require.True(t, lines.Scan())
	require.Equal(t, "ready", lines.Text())

	for eventType, payload := range kuviq {
		b.publish(t, eventType, json.RawMessage(payload))
		require.True(t, lines.Scan())

		var seen struct {
			Verified        bool
			ChangedRejected bool
			Type            string
			Data            json.RawMessage
		}

		require.NoError(t, json.Unmarshal(lines.Bytes(), &seen), lines.Text())
		require.True(t, seen.Verified)
		require.True(t, seen.ChangedRejected)
		require.Equal(t, eventType, seen.Type)
		require.JSONEq(t, payload, string(seen.Data))
	}
}
