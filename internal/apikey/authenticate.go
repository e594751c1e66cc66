package apikey

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/id"
)

// touchTimeout bounds how long a request waits for its key's last use to be written down, once a minute at most.
const touchTimeout = time.Second

// Authenticate returns the key that a token belongs to. The error wraps [ErrUnauthenticated] when the token is no good,
// and does not when that could not be found out.
//
// A key is looked up once in two seconds at most, so that is how long one that another process revoked goes on working
// here. What is not found is not remembered: a new key works at once.
func (s *Service) Authenticate(ctx context.Context, token string) (Key, error) {
	key, secretHash, err := Parse(token)
	if err != nil {
		return Key{}, err
	}

	now := s.now()

	row, found, err := s.lookUp(ctx, key.UUID(), now)
	if err != nil {
		return Key{}, fmt.Errorf("look up API key: %w", err)
	}

	// An unknown key is compared like any other, with what no secret hashes to.
	if same := sameHash(row.SecretHash, secretHash); !found || !same {
		return Key{}, ErrUnknown
	}

	return s.use(ctx, row, now)
}

// Active returns a key for somebody who has shown before that it is theirs, which the caller vouches for. Errors and
// delays are those of [Service.Authenticate].
func (s *Service) Active(ctx context.Context, key id.ID) (Key, error) {
	if !key.Is(id.APIKey) {
		return Key{}, ErrUnknown
	}

	now := s.now()

	row, found, err := s.lookUp(ctx, key.UUID(), now)
	if err != nil {
		return Key{}, fmt.Errorf("look up API key: %w", err)
	}

	if !found {
		return Key{}, ErrUnknown
	}

	return s.use(ctx, row, now)
}

// use returns the key if it may still be used, and has its use written down.
func (s *Service) use(ctx context.Context, row dbsqlc.ApiKey, now time.Time) (Key, error) {
	switch {
	case row.RevokedAt != nil:
		return Key{}, ErrRevoked
	case row.ExpiresAt != nil && !now.Before(*row.ExpiresAt):
		return Key{}, ErrExpired
	}

	if s.cache.claimTouch(row, now) {
		s.touch(ctx, row.ID, now)
	}

	return fromRow(row), nil
}

func (s *Service) lookUp(ctx context.Context, key uuid.UUID, now time.Time) (dbsqlc.ApiKey, bool, error) {
	row, ticket, ok := s.cache.get(key, now)
	if ok {
		return row, true, nil
	}

	row, err := dbsqlc.New(s.pool).APIKeyByID(ctx, key)
	if errors.Is(err, pgx.ErrNoRows) {
		return dbsqlc.ApiKey{SecretHash: make([]byte, sha256.Size)}, false, nil
	}

	if err != nil {
		return dbsqlc.ApiKey{}, false, err
	}

	s.cache.put(row, now, ticket)

	return row, true, nil
}

// touch writes down that the key is in use. That is nothing to fail a request for.
func (s *Service) touch(ctx context.Context, key uuid.UUID, now time.Time) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), touchTimeout)
	defer cancel()

	if err := dbsqlc.New(s.pool).TouchAPIKey(ctx, dbsqlc.TouchAPIKeyParams{ID: key, Now: &now}); err != nil {
		slog.WarnContext(ctx, "last use of an API key was not recorded",
			slog.String("key", id.APIKey.From(key).String()), slog.Any("error", err))
	}
}

func sameHash(stored []byte, given [sha256.Size]byte) bool {
	return subtle.ConstantTimeCompare(stored, given[:]) == 1
}
