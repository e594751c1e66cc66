package delivery

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// Header is an HTTP header as it is kept in the log.
type Header struct {
	Name  string `json:"n"`
	Value string `json:"v"`
}

// Headers sorts headers by name. Postgres takes neither NUL nor broken UTF-8.
func Headers(header http.Header) []Header {
	out := make([]Header, 0, len(header))

	for _, name := range slices.Sorted(maps.Keys(header)) {
		for _, value := range header[name] {
			out = append(out, Header{Name: clean(name), Value: clean(value)})
		}
	}

	return out
}

func clean(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
}
