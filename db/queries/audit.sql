-- name: InsertAuditEntry :exec
INSERT INTO audit_log (id, organization_id, api_key_id, action, subject_id, detail, created_at)
VALUES (@id, @organization_id, @api_key_id, @action, @subject_id, @detail, @now);
