// Package signing signs requests. How it does so is data: a [Profile] names a scheme, the headers and the form of what
// is in them. There are the two schemes of Standard Webhooks 1.0.0, v1 (HMAC-SHA256) and v1a (Ed25519), and plain
// HMAC-SHA256 over the content, with or without a timestamp.
//
// The package is pure: it reads no clock and does no I/O apart from the random bytes of [NewSecret] and
// [NewPrivateKey]. Section names in the comments are those of spec/standard-webhooks.md of
// github.com/standard-webhooks/standard-webhooks.
package signing
