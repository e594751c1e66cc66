// Package session lets browsers use the console without keeping a key: the token of a key is shown once and exchanged
// for a cookie that scripts cannot read.
//
// A session is sealed with the keyset and says which key it stands for and when it ends. Nothing of it is stored: what
// it may do is looked up with the key, each time, so a session is worth nothing seconds after its key was revoked. See
// docs/adr/0014-sessions-are-sealed-cookies.md.
package session

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/surehook/surehook/internal/apikey"
	"github.com/surehook/surehook/internal/id"
)

// Why a session opens nothing. They wrap [apikey.ErrUnauthenticated].
var (
	ErrEnded   = fmt.Errorf("%w: the session is over, sign in again", apikey.ErrUnauthenticated)
	ErrForeign = fmt.Errorf("%w: a session is for pages of the server's own origin", apikey.ErrUnauthenticated)
)

// purpose keeps what is sealed here apart from everything else that the keyset seals.
const purpose = "session/1"

// sealedLength is how long what is sealed is: the id of the key, and the end in seconds since 1970.
const sealedLength = 16 + 8

// encoding is that of cookies, which may hold no padding in quotes and the like.
var encoding = base64.RawURLEncoding

// Keys knows the keys of the API. Errors wrap [apikey.ErrUnauthenticated] when a key is no good.
type Keys interface {
	// Authenticate returns the key of a token.
	Authenticate(ctx context.Context, token string) (apikey.Key, error)
	// Active returns a key by its id.
	Active(ctx context.Context, key id.ID) (apikey.Key, error)
}

var _ Keys = (*apikey.Service)(nil)

// Sealer encrypts, and tells when what it is given was not encrypted by itself for the same purpose.
type Sealer interface {
	Seal(plaintext, associated []byte) ([]byte, error)
	Open(sealed, associated []byte) ([]byte, error)
}

// Service makes sessions and knows whose they are. It is safe for concurrent use.
type Service struct {
	keys     Keys
	box      Sealer
	lifetime time.Duration
	now      func() time.Time
	attempts *attempts
}

// NewService returns a service whose sessions last for the lifetime, to the second.
func NewService(keys Keys, box Sealer, lifetime time.Duration, now func() time.Time) *Service {
	return &Service{keys: keys, box: box, lifetime: lifetime, now: now, attempts: newAttempts()}
}

// Start exchanges a token for the value of a session's cookie. The error is that of [Keys], or an internal one.
func (s *Service) Start(ctx context.Context, token string) (value string, of apikey.Key, err error) {
	of, err = s.keys.Authenticate(ctx, token)
	if err != nil {
		return "", apikey.Key{}, err
	}

	key := of.ID.UUID()
	plaintext := binary.BigEndian.AppendUint64(key[:], uint64(s.now().Add(s.lifetime).Unix()))

	sealed, err := s.box.Seal(plaintext, []byte(purpose))
	if err != nil {
		return "", apikey.Key{}, fmt.Errorf("seal session: %w", err)
	}

	return encoding.EncodeToString(sealed), of, nil
}

// Resume returns the key that the value of a cookie stands for. The error wraps [apikey.ErrUnauthenticated] when the
// session is over or was never one, or its key is no good any more.
func (s *Service) Resume(ctx context.Context, value string) (apikey.Key, error) {
	sealed, err := encoding.DecodeString(value)
	if err != nil {
		return apikey.Key{}, ErrEnded
	}

	plaintext, err := s.box.Open(sealed, []byte(purpose))
	if err != nil || len(plaintext) != sealedLength {
		return apikey.Key{}, ErrEnded
	}

	if s.now().Unix() >= int64(binary.BigEndian.Uint64(plaintext[16:])) {
		return apikey.Key{}, ErrEnded
	}

	return s.keys.Active(ctx, id.APIKey.From(uuid.UUID(plaintext[:16])))
}
