-- name: EventRows :many
SELECT * FROM events WHERE id = ANY (@ids::uuid[]) ORDER BY id;

-- name: DeliveryIDsOfEvents :many
SELECT id FROM deliveries
WHERE organization_id = @organization_id AND event_id = ANY (@event_ids::uuid[])
ORDER BY id;
