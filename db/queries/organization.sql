-- name: InsertOrganization :one
INSERT INTO organizations (id, name, slug, created_at, updated_at)
VALUES (@id, @name, @slug, @now, @now)
ON CONFLICT (slug) DO NOTHING
RETURNING *;

-- name: UpdateOrganization :one
UPDATE organizations
SET name = coalesce(sqlc.narg(name), name), updated_at = @now
WHERE id = @id
RETURNING *;

-- name: OrganizationsByID :many
SELECT * FROM organizations WHERE id = ANY (@ids::uuid[]) ORDER BY id;
