package stack

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// Client talks to the GraphQL API as any other program would.
type Client struct {
	URL   string
	Token string
	HTTP  *http.Client
}

// GraphQLError is an error of a request as a whole.
type GraphQLError struct {
	Message    string         `json:"message"`
	Extensions map[string]any `json:"extensions"`
}

// Error returns the message and its code.
func (e GraphQLError) Error() string { return fmt.Sprintf("%v: %s", e.Extensions["code"], e.Message) }

// Do runs an operation and decodes its data.
func (c Client) Do(ctx context.Context, query string, variables map[string]any, data any) error {
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		return fmt.Errorf("write request: %w", err)
	}

	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL+"/graphql", bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("make request: %w", err)
	}

	request.Header.Set("Authorization", "Bearer "+c.Token)
	request.Header.Set("Content-Type", "application/json")

	client := c.HTTP
	if client == nil {
		client = http.DefaultClient
	}

	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()

	text, err := io.ReadAll(response.Body)
	if err != nil {
		return fmt.Errorf("read response: %w", err)
	}

	answer := struct {
		Data   any            `json:"data"`
		Errors []GraphQLError `json:"errors"`
	}{Data: data}

	if err := json.Unmarshal(text, &answer); err != nil {
		return fmt.Errorf("status %d is no GraphQL response: %w: %.200s", response.StatusCode, err, text)
	}

	if len(answer.Errors) > 0 {
		return answer.Errors[0]
	}

	return nil
}
