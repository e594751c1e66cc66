// Package tenant says whose things a caller may touch.
package tenant

import "github.com/surehook/surehook/internal/id"

// Scope is one organization, or all of them. The zero Scope is none. Services check it on everything they look up, so
// that what belongs to somebody else cannot be told from what does not exist.
type Scope struct {
	organization id.ID
	all          bool
}

// All is the scope of an operator.
func All() Scope { return Scope{all: true} }

// Of is the scope of one organization.
func Of(organization id.ID) Scope { return Scope{organization: organization} }

// Allows tells whether things of the organization are in scope.
func (s Scope) Allows(organization id.ID) bool {
	return s.all || (!s.organization.IsZero() && s.organization == organization)
}
