-- name: InsertAPIKey :one
INSERT INTO api_keys (id, organization_id, name, role, prefix, secret_hash, created_at, expires_at)
VALUES (@id, @organization_id, @name, @role, @prefix, @secret_hash, @now, @expires_at)
RETURNING *;

-- name: InsertAPIKeyIfNew :exec
-- For a key whose token is given from outside, so that all processes can do it at their start.
INSERT INTO api_keys (id, organization_id, name, role, prefix, secret_hash, created_at)
VALUES (@id, NULL, @name, @role, @prefix, @secret_hash, @now)
ON CONFLICT (id) DO NOTHING;

-- name: APIKeyByID :one
SELECT * FROM api_keys WHERE id = @id;

-- name: APIKeysByID :many
SELECT * FROM api_keys WHERE id = ANY (@ids::uuid[]) ORDER BY id;

-- name: RevokeAPIKey :one
UPDATE api_keys SET revoked_at = coalesce(revoked_at, @now) WHERE id = @id RETURNING *;

-- name: TouchAPIKey :exec
UPDATE api_keys
SET last_used_at = @now
WHERE id = @id AND (last_used_at IS NULL OR last_used_at + interval '1 minute' < @now);
