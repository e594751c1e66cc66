package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler/lru"
)

// documentCache keeps what belongs to documents of a usual length. A long one is rather data than a question that will
// be asked again, and a thousand of them would fill the memory.
type documentCache[T any] struct {
	graphql.Cache[T]

	// length is of the key or the value, whichever is the document.
	length   func(key string, value T) int
	maxBytes int
}

func newDocumentCache[T any](limits bounds, length func(key string, value T) int) documentCache[T] {
	return documentCache[T]{
		Cache: lru.New[T](limits.cachedDocuments), length: length, maxBytes: limits.cachedBytes,
	}
}

func (c documentCache[T]) Add(ctx context.Context, key string, value T) {
	if c.length(key, value) <= c.maxBytes {
		c.Cache.Add(ctx, key, value)
	}
}
