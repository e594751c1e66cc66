package demo

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/surehook/surehook/dev/atomicfile"
)

// state is what has to be remembered between starts.
type state struct {
	APIKey    string `json:"apiKey"`
	WebhookID string `json:"webhookId,omitempty"`
}

// readState returns the zero state when there is none yet.
func readState(path string) (state, error) {
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return state{}, nil
	}
	if err != nil {
		return state{}, fmt.Errorf("read state: %w", err)
	}
	var s state
	if err := json.Unmarshal(content, &s); err != nil {
		return state{}, fmt.Errorf("read state from %s: %w", path, err)
	}
	return s, nil
}

// write replaces the file.
func (s state) write(path string) error {
	content, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("write state: %w", err)
	}
	return atomicfile.Write(path, append(content, '\n'))
}
