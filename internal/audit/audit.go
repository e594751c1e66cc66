// Package audit keeps the record of what must not go unnoticed: who saw a secret, and who changed what guards others.
package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/auth"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/page"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/tenant"
)

// Action is what was done.
type Action string

// The actions.
const (
	BulkOperationCanceled Action = "BULK_OPERATION_CANCELED"
	BulkOperationStarted  Action = "BULK_OPERATION_STARTED"
	EventExpunged         Action = "EVENT_EXPUNGED"
	LimitsChanged         Action = "ORGANIZATION_LIMITS_CHANGED"
	RolesChanged          Action = "ORGANIZATION_ROLES_CHANGED"
	AuthChanged           Action = "WEBHOOK_AUTH_CHANGED"
	HeldDropped           Action = "WEBHOOK_HELD_DELIVERIES_DROPPED"
	SecretRevealed        Action = "WEBHOOK_SECRET_REVEALED" //nolint:gosec // A name, and no secret.
	SecretRotated         Action = "WEBHOOK_SECRET_ROTATED"  //nolint:gosec // A name, and no secret.
)

// Entry is something that was done.
type Entry struct {
	ID             id.ID
	OrganizationID id.ID
	// APIKeyID is the key that was used. Nil when Surehook did it by itself.
	APIKeyID *id.ID
	Action   Action
	// SubjectID is what it was done to.
	SubjectID string
	// Detail is an object that says more. It has no secrets.
	Detail    json.RawMessage
	CreatedAt time.Time
}

// Write adds an entry in the transaction of what it is about, so that there is no one without the other. Who is asking
// is taken from the context.
func Write(
	ctx context.Context, q *dbsqlc.Queries, organization id.ID, action Action, subject id.ID, detail map[string]any,
	now time.Time,
) error {
	if detail == nil {
		detail = map[string]any{}
	}

	text, err := json.Marshal(detail)
	if err != nil {
		return fmt.Errorf("write detail of audit entry: %w", err)
	}

	params := dbsqlc.InsertAuditEntryParams{
		ID: id.New(id.AuditEntry).UUID(), OrganizationID: organization.UUID(), Action: string(action),
		SubjectID: subject.String(), Detail: text, Now: now,
	}

	if who, ok := auth.From(ctx); ok {
		params.ApiKeyID = new(who.Key.ID.UUID())
	}

	if err := q.InsertAuditEntry(ctx, params); err != nil {
		return fmt.Errorf("insert audit entry: %w", err)
	}

	return nil
}

// Service reads the record. It is safe for concurrent use.
type Service struct {
	pool *db.Pool
}

// NewService makes a service.
func NewService(pool *db.Pool) *Service { return &Service{pool: pool} }

// List returns a page of an organization's entries.
func (s *Service) List(
	ctx context.Context, scope tenant.Scope, organization id.ID, q page.Query,
) (page.Page[Entry], error) {
	if !scope.Allows(organization) {
		return page.Page[Entry]{}, problem.Missing("organization")
	}

	list := page.From("audit_log").Where("organization_id = ?", organization.UUID())

	found, err := page.Read(ctx, s.pool, list, q, page.Sure(fromRow))
	if err != nil {
		return found, fmt.Errorf("list audit log: %w", err)
	}

	return found, nil
}

func fromRow(row dbsqlc.AuditLog) Entry {
	return Entry{
		ID:             id.AuditEntry.From(row.ID),
		OrganizationID: id.Organization.From(row.OrganizationID),
		APIKeyID:       id.APIKey.FromPtr(row.ApiKeyID),
		Action:         Action(row.Action),
		SubjectID:      row.SubjectID,
		Detail:         row.Detail,
		CreatedAt:      row.CreatedAt,
	}
}
