-- name: InsertEventType :one
INSERT INTO event_types (id, organization_id, name, description, group_name, samples, created_at, updated_at)
VALUES (@id, @organization_id, @name, @description, @group_name, @samples, @now, @now)
ON CONFLICT (organization_id, name) DO NOTHING
RETURNING *;

-- name: UpdateEventType :one
UPDATE event_types
SET description = @description, group_name = @group_name, samples = @samples, updated_at = @now
WHERE organization_id = @organization_id AND id = @id
RETURNING *;

-- name: ArchiveEventType :one
UPDATE event_types
SET archived_at = CASE WHEN @archived::boolean THEN coalesce(archived_at, @now) END, updated_at = @now
WHERE organization_id = @organization_id AND id = @id
RETURNING *;

-- name: EventTypeByID :one
SELECT * FROM event_types WHERE id = @id;

-- name: EventTypeByName :one
SELECT * FROM event_types WHERE organization_id = @organization_id AND name = @name;

-- name: EventTypesByID :many
SELECT * FROM event_types WHERE id = ANY (@ids::uuid[]) ORDER BY id;

-- name: EventTypeNames :many
SELECT name FROM event_types
WHERE organization_id = @organization_id AND name = ANY (@names::text[]) AND archived_at IS NULL
ORDER BY name;

-- name: LockEventType :one
SELECT * FROM event_types WHERE organization_id = @organization_id AND id = @id FOR UPDATE;

-- name: InsertEventTypeSchema :one
INSERT INTO event_type_schemas (event_type_id, version, schema, created_at)
SELECT @event_type_id, coalesce(max(version), 0) + 1, @schema, @now
FROM event_type_schemas
WHERE event_type_id = @event_type_id
RETURNING *;

-- name: EventTypeSchemas :many
SELECT * FROM event_type_schemas WHERE event_type_id = ANY (@event_type_ids::uuid[]) ORDER BY event_type_id, version DESC;

-- name: EventTypeSchemaByVersion :one
SELECT * FROM event_type_schemas WHERE event_type_id = @event_type_id AND version = @version;

-- name: NewestEventTypeSchema :one
SELECT * FROM event_type_schemas WHERE event_type_id = @event_type_id ORDER BY version DESC LIMIT 1;
