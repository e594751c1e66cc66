-- name: InsertOrganization :one
INSERT INTO organizations (id, name, slug, max_webhooks, max_publish_per_minute, max_payload_bytes, allow_insecure_urls,
    manage_roles, view_roles, created_at, updated_at)
VALUES (@id, @name, @slug, @max_webhooks, @max_publish_per_minute, @max_payload_bytes, @allow_insecure_urls,
    @manage_roles, @view_roles, @now, @now)
ON CONFLICT (slug) DO NOTHING
RETURNING *;

-- name: UpdateOrganization :one
UPDATE organizations
SET name = coalesce(sqlc.narg(name), name), manage_roles = coalesce(sqlc.narg(manage_roles)::text[], manage_roles),
    view_roles = coalesce(sqlc.narg(view_roles)::text[], view_roles), updated_at = @now
WHERE id = @id
RETURNING *;

-- name: UpdateOrganizationLimits :one
UPDATE organizations
SET max_webhooks = coalesce(sqlc.narg(max_webhooks), max_webhooks),
    max_publish_per_minute = coalesce(sqlc.narg(max_publish_per_minute), max_publish_per_minute),
    max_payload_bytes = coalesce(sqlc.narg(max_payload_bytes), max_payload_bytes),
    allow_insecure_urls = coalesce(sqlc.narg(allow_insecure_urls), allow_insecure_urls), updated_at = @now
WHERE id = @id
RETURNING *;

-- name: InsertOrganizationProfile :exec
INSERT INTO organization_profiles (organization_id, document) VALUES (@organization_id, @document);

-- name: OrganizationProfiles :many
SELECT * FROM organization_profiles WHERE organization_id = ANY (@organization_ids::uuid[]) ORDER BY organization_id;

-- name: OrganizationsByID :many
SELECT * FROM organizations WHERE id = ANY (@ids::uuid[]) ORDER BY id;
