package organization

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/apikey"
	"github.com/surehook/surehook/internal/audit"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/tenant"
)

// How far an operator may raise the limits of an organization.
const (
	MostWebhooks         = 100_000
	MostPublishPerMinute = 100_000_000
	// MostPayloadBytes leaves room in a request of 1 MiB for what is not payload.
	MostPayloadBytes = 1_000_000
)

// UpdateInput describes changes to a tenant. What is nil stays as it is.
type UpdateInput struct {
	ID   id.ID
	Name *string
	// ManageRoles and ViewRoles take the place of those there are. Who manages webhooks sees them, too.
	ManageRoles *[]apikey.Role
	ViewRoles   *[]apikey.Role
}

// LimitsInput describes changes to what a tenant may use. What is nil stays as it is.
type LimitsInput struct {
	ID                  id.ID
	MaxWebhooks         *int
	MaxPublishPerMinute *int
	MaxPayloadBytes     *int
	AllowInsecureURLs   *bool
}

// Update changes a tenant. Problems: NOT_FOUND, and REQUIRED, TOO_LONG and INVALID with the input.
func (s *Service) Update(ctx context.Context, scope tenant.Scope, in UpdateInput) (Organization, error) {
	if !in.ID.Is(id.Organization) || !scope.Allows(in.ID) {
		return Organization{}, problem.Missing("organization", "id")
	}

	var problems problem.List

	if in.Name != nil {
		problems.Text(*in.Name, MaxNameLength, "name")
	}

	checkRoles(&problems, in.ManageRoles, "manageRoles")
	checkRoles(&problems, in.ViewRoles, "viewRoles")

	if err := problems.Err(); err != nil {
		return Organization{}, err
	}

	if in == (UpdateInput{ID: in.ID}) {
		return s.find(ctx, in.ID, "id")
	}

	params := dbsqlc.UpdateOrganizationParams{ID: in.ID.UUID(), Name: in.Name, Now: s.now()}
	if in.ManageRoles != nil {
		params.ManageRoles = texts(*in.ManageRoles)
	}

	if in.ViewRoles != nil {
		params.ViewRoles = texts(*in.ViewRoles)
	}

	return s.change(ctx, func(q *dbsqlc.Queries) (dbsqlc.Organization, error) {
		row, err := q.UpdateOrganization(ctx, params)
		if err == nil && (in.ManageRoles != nil || in.ViewRoles != nil) {
			err = audit.Write(ctx, q, in.ID, audit.RolesChanged, in.ID,
				map[string]any{"manageRoles": row.ManageRoles, "viewRoles": row.ViewRoles}, s.now())
		}

		return row, err
	})
}

// UpdateLimits changes what a tenant may use. It is for operators. Problems: NOT_FOUND, and INVALID with the input.
func (s *Service) UpdateLimits(ctx context.Context, in LimitsInput) (Organization, error) {
	if !in.ID.Is(id.Organization) {
		return Organization{}, problem.Missing("organization", "id")
	}

	var problems problem.List

	checkLimit(&problems, in.MaxWebhooks, MostWebhooks, "maxWebhooks")
	checkLimit(&problems, in.MaxPublishPerMinute, MostPublishPerMinute, "maxPublishPerMinute")
	checkLimit(&problems, in.MaxPayloadBytes, MostPayloadBytes, "maxPayloadBytes")

	if err := problems.Err(); err != nil {
		return Organization{}, err
	}

	if in == (LimitsInput{ID: in.ID}) {
		return s.find(ctx, in.ID, "id")
	}

	return s.change(ctx, func(q *dbsqlc.Queries) (dbsqlc.Organization, error) {
		row, err := q.UpdateOrganizationLimits(ctx, dbsqlc.UpdateOrganizationLimitsParams{
			ID: in.ID.UUID(), MaxWebhooks: int32Ptr(in.MaxWebhooks), MaxPublishPerMinute: int32Ptr(in.MaxPublishPerMinute),
			MaxPayloadBytes: int32Ptr(in.MaxPayloadBytes), AllowInsecureUrls: in.AllowInsecureURLs, Now: s.now(),
		})
		if err == nil {
			err = audit.Write(ctx, q, in.ID, audit.LimitsChanged, in.ID, map[string]any{
				"maxWebhooks": row.MaxWebhooks, "maxPublishPerMinute": row.MaxPublishPerMinute,
				"maxPayloadBytes": row.MaxPayloadBytes, "allowInsecureUrls": row.AllowInsecureUrls,
			}, s.now())
		}

		return row, err
	})
}

func (s *Service) change(
	ctx context.Context, do func(q *dbsqlc.Queries) (dbsqlc.Organization, error),
) (out Organization, err error) {
	err = db.InTx(ctx, s.pool, func(q *dbsqlc.Queries) error {
		row, err := do(q)
		if errors.Is(err, pgx.ErrNoRows) {
			return problem.Missing("organization", "id")
		}

		if err != nil {
			return fmt.Errorf("update organization: %w", err)
		}

		out = fromRow(row)

		return nil
	})

	return out, err
}

// checkRoles: only roles of an organization that see anything can see webhooks. An administrator always can, or nobody
// could mend a mistake.
func checkRoles(problems *problem.List, roles *[]apikey.Role, field string) {
	if roles == nil {
		return
	}

	for n, one := range *roles {
		if !slices.Contains([]apikey.Role{apikey.Admin, apikey.Developer, apikey.Viewer}, one) {
			problems.Add(problem.Invalid, "must be ADMIN, DEVELOPER or VIEWER", field, strconv.Itoa(n))
		}
	}

	if !slices.Contains(*roles, apikey.Admin) {
		problems.Add(problem.Invalid, "must contain ADMIN", field)
	}
}

func checkLimit(problems *problem.List, value *int, most int, field string) {
	if value != nil && (*value < 1 || *value > most) {
		problems.Addf(problem.Invalid, field, "must be 1 to %d, not %d", most, *value)
	}
}

func int32Ptr(value *int) *int32 {
	if value == nil {
		return nil
	}

	out := int32(*value)

	return &out
}

func texts(roles []apikey.Role) []string {
	out := make([]string, len(roles))
	for n, one := range roles {
		out[n] = string(one)
	}

	return out
}

func roles(texts []string) []apikey.Role {
	out := make([]apikey.Role, len(texts))
	for n, one := range texts {
		out[n] = apikey.Role(one)
	}

	return out
}
