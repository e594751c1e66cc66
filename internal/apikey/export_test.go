package apikey

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/id"
)

// Forge returns a well-formed token of the key with a secret that is not its own.
func Forge(key id.ID) string { return newToken(key) }

// ReadForCache reads a key as Authenticate does, and returns the step that keeps what it read.
func (s *Service) ReadForCache(t *testing.T, key id.ID) (keep func()) {
	t.Helper()

	now := s.now()

	_, ticket, ok := s.cache.get(key.UUID(), now)
	require.False(t, ok)

	row, err := dbsqlc.New(s.pool).APIKeyByID(t.Context(), key.UUID())
	require.NoError(t, err)

	return func() { s.cache.put(row, now, ticket) }
}
