// Package endpointauth is how a webhook proves itself to its endpoint: the settings, what may be shown of
// them, and the sender that puts them to use.
//
// # When it cannot be done
//
// Nothing is ever sent without the authentication it should have. If there is no way to authenticate, because
// the token endpoint is out of order, say, the attempt fails with [egress.CodeAuthUnavailable] and the receiver
// hears nothing of it.
//
// # Tokens
//
// A token of OAuth 2.0 client credentials (RFC 6749 section 4.4) is kept until shortly before it expires. An
// endpoint that answers 401 gets the request once more, with a new token: tokens are revoked, and keys of
// authorization servers change. There is never more than one token request at a time for the same key, nor is
// a token dropped that somebody else has renewed meanwhile.
package endpointauth
