-- name: EventHeads :many
-- Without payloads.
SELECT * FROM events WHERE id = ANY (@ids::uuid[]) ORDER BY id;
