package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
)

// maxAnswer bounds how much of an answer is read, in bytes.
const maxAnswer = 8 << 20

// errUnauthenticated says that a key is not, or no longer, valid.
var errUnauthenticated = errors.New("unauthenticated")

// variables are the variables of a GraphQL operation.
type variables map[string]any

// pageInfo tells whether there is another page.
type pageInfo struct {
	EndCursor   string
	HasNextPage bool
}

// userErrors are the reasons why a mutation was refused.
type userErrors []struct{ Code, Message string }

// err is nil when there are none.
func (e userErrors) err() error {
	if len(e) == 0 {
		return nil
	}
	messages := make([]string, len(e))
	for i, problem := range e {
		messages[i] = problem.Code + ": " + problem.Message
	}
	return errors.New(strings.Join(messages, "; "))
}

// has reports whether one of them has the code.
func (e userErrors) has(code string) bool {
	return slices.ContainsFunc(e, func(problem struct{ Code, Message string }) bool { return problem.Code == code })
}

// api is a GraphQL endpoint.
type api struct {
	http *http.Client
	url  string
}

// do sends one operation as the holder of key and decodes "data" into out.
func (a api) do(ctx context.Context, key, operation string, vars variables, out any) error {
	body, err := json.Marshal(map[string]any{"query": operation, "variables": vars})
	if err != nil {
		return fmt.Errorf("encode operation: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.url, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("make request: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+key)
	req.Header.Set("Content-Type", "application/json")
	resp, err := a.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()

	content, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	return decode(resp.Status, content, out)
}

// decode reads a GraphQL answer. A request error comes with whatever HTTP
// status, so the body is what counts.
func decode(status string, content []byte, out any) error {
	var answer struct {
		Data   json.RawMessage
		Errors []struct {
			Extensions struct{ Code string }
			Message    string
		}
	}
	if err := json.Unmarshal(content, &answer); err != nil {
		return fmt.Errorf("read answer (%s): %w", status, err)
	}
	if len(answer.Errors) > 0 {
		first := answer.Errors[0]
		if first.Extensions.Code == "UNAUTHENTICATED" {
			return fmt.Errorf("%w: %s", errUnauthenticated, first.Message)
		}
		return fmt.Errorf("%s (%s)", first.Message, first.Extensions.Code)
	}
	if err := json.Unmarshal(answer.Data, out); err != nil {
		return fmt.Errorf("read answer (%s): %w", status, err)
	}
	return nil
}
