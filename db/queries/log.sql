-- name: EventRows :many
SELECT * FROM events WHERE id = ANY (@ids::uuid[]) ORDER BY id;
