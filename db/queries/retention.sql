-- name: ForgetIdempotencyKeys :one
WITH old AS (
    SELECT k.organization_id, k.key FROM idempotency_keys k
    WHERE k.created_at >= @since AND k.created_at < @before
    ORDER BY k.created_at
    LIMIT @at_most
), gone AS (
    DELETE FROM idempotency_keys k USING old
    WHERE k.organization_id = old.organization_id AND k.key = old.key
    RETURNING k.created_at
)
SELECT count(*) AS forgotten, coalesce(max(created_at), @before)::timestamptz AS last FROM gone;
