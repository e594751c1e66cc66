// Package apikey is about the keys of the API: who they belong to, what they may do, and whether a token is one.
//
// A token is shown once, when its key is made. The database holds the SHA-256 of its secret part only; as the secret is
// random and long, nothing slower is needed.
package apikey

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/tenant"
)

// MaxNameLength is the limit of a name, in characters.
const MaxNameLength = 100

// Role is what a key may do. The values are those of the schema.
type Role string

// The roles. They are no ladder: a PUBLISHER may not read and a VIEWER may not publish.
const (
	// Admin may do everything in its organization, keys included.
	Admin Role = "ADMIN"
	// Developer may do everything in its organization but keys and settings.
	Developer Role = "DEVELOPER"
	// Operator may do everything on the platform. Only platform keys have it.
	Operator Role = "OPERATOR"
	// Publisher may publish events, and nothing else.
	Publisher Role = "PUBLISHER"
	// Viewer may read everything in its organization but keys.
	Viewer Role = "VIEWER"
)

// ErrUnauthenticated says that a token opens nothing. The errors below wrap it; any other error of
// [Service.Authenticate] says that it could not be found out.
var ErrUnauthenticated = errors.New("not authenticated")

// Why a token opens nothing. Revoked and expired are only told to who has the right secret.
var (
	ErrExpired   = fmt.Errorf("%w: the API key has expired", ErrUnauthenticated)
	ErrMalformed = fmt.Errorf("%w: this is not an API key", ErrUnauthenticated)
	ErrRevoked   = fmt.Errorf("%w: the API key was revoked", ErrUnauthenticated)
	ErrUnknown   = fmt.Errorf("%w: there is no such API key", ErrUnauthenticated)
)

// ErrTaken says that a token cannot be stored as an operator's, because its id is that of another key.
var ErrTaken = errors.New("another key has the id of this token")

// Key is a key of the API, without its token.
type Key struct {
	ID id.ID
	// OrganizationID is nil for a platform key.
	OrganizationID *id.ID
	Name           string
	// Prefix is the public part of the token, to tell keys apart.
	Prefix    string
	Role      Role
	CreatedAt time.Time
	// ExpiresAt is when the key stops working. Nil means never.
	ExpiresAt *time.Time
	// LastUsedAt is when the key was last used, to the minute. Nil means never.
	LastUsedAt *time.Time
	// RevokedAt is when the key was revoked. Nil means it was not.
	RevokedAt *time.Time
}

// CreateInput describes a new key.
type CreateInput struct {
	// OrganizationID is nil for a platform key.
	OrganizationID *id.ID
	Name           string
	Role           Role
	ExpiresAt      *time.Time
}

// isRole tells whether the role is one that a key of an organization, or else of the platform, can have.
func isRole(role Role, platform bool) bool {
	if platform {
		return role == Operator
	}

	return slices.Contains([]Role{Admin, Developer, Publisher, Viewer}, role)
}

// visible tells whether a key is the caller's to see. Platform keys are the operators' alone.
func visible(scope tenant.Scope, key Key) bool {
	if key.OrganizationID == nil {
		return scope == tenant.All()
	}

	return scope.Allows(*key.OrganizationID)
}

func fromRow(row dbsqlc.ApiKey) Key {
	return Key{
		ID:             id.APIKey.From(row.ID),
		OrganizationID: id.Organization.FromPtr(row.OrganizationID),
		Name:           row.Name,
		Prefix:         row.Prefix,
		Role:           Role(row.Role),
		CreatedAt:      row.CreatedAt,
		ExpiresAt:      row.ExpiresAt,
		LastUsedAt:     row.LastUsedAt,
		RevokedAt:      row.RevokedAt,
	}
}
