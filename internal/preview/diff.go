package preview

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/surehook/surehook/internal/settings"
)

// Change is something that would be different. Nil means that there is nothing.
type Change struct {
	Path          string
	Before, After *string
}

// settingsChanges returns the settings that differ, each by its path.
func settingsChanges(before, after settings.Settings) ([]Change, error) {
	was, err := flatten("settings", before)
	if err != nil {
		return nil, err
	}

	will, err := flatten("settings", after)
	if err != nil {
		return nil, err
	}

	return differences(was, will), nil
}

// flatten returns the scalars of a value by their paths.
func flatten(root string, value any) (map[string]string, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", root, err)
	}

	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()

	var decoded any
	if err := decoder.Decode(&decoded); err != nil {
		return nil, fmt.Errorf("read %s: %w", root, err)
	}

	out := make(map[string]string)
	flattenInto(out, root, decoded)

	return out, nil
}

func flattenInto(out map[string]string, path string, value any) {
	switch value := value.(type) {
	case map[string]any:
		for name, member := range value {
			flattenInto(out, path+"."+name, member)
		}
	case []any:
		for n, item := range value {
			flattenInto(out, path+"."+strconv.Itoa(n), item)
		}
	case nil:
	default:
		out[path] = fmt.Sprint(value)
	}
}

// requestChanges returns how what would be sent differs from what is sent now.
func requestChanges(before, after Preview) []Change { return differences(parts(before), parts(after)) }

func parts(p Preview) map[string]string {
	out := map[string]string{"matched": strconv.FormatBool(p.Matched)}

	if p.Error != nil {
		out["error"] = p.Error.Message
	}

	if p.Request == nil {
		return out
	}

	out["method"], out["url"], out["body"] = p.Request.Method, p.Request.URL, string(p.Request.Body)

	for _, one := range p.Request.Headers {
		out["header."+one.Name] = one.Value
	}

	return out
}

func differences(before, after map[string]string) []Change {
	var out []Change

	paths := make(map[string]bool, len(before)+len(after))
	for path := range before {
		paths[path] = true
	}

	for path := range after {
		paths[path] = true
	}

	for _, path := range slices.Sorted(maps.Keys(paths)) {
		was, had := before[path]
		will, has := after[path]

		if had && has && was == will {
			continue
		}

		change := Change{Path: path}
		if had {
			change.Before = &was
		}

		if has {
			change.After = &will
		}

		out = append(out, change)
	}

	return out
}
