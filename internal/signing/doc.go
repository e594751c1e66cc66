// Package signing makes the secrets and the signatures of Standard Webhooks 1.0.0 in its symmetric form,
// version v1: HMAC-SHA256 over "{id}.{timestamp}.{body}".
//
// The package is pure: it reads no clock and does no I/O apart from the random bytes of [NewSecret].
// Section names in the comments are those of spec/standard-webhooks.md of
// github.com/standard-webhooks/standard-webhooks.
package signing
