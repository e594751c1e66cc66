// Package egress is the one way out: the HTTP client for every request whose address a tenant chose, be it
// a delivery, a test send or a token fetch.
//
// # Where it connects
//
// The address that is about to be dialled decides, on every dial, so neither DNS rebinding nor an odd
// spelling of an address gets around it. In this order: instance metadata services are refused whatever the
// configuration says, then [Config.AllowedPrefixes] are let through, then code.dny.dev/ssrf refuses what is
// not public. Redirects are not followed: a 307 would carry body and signature to an address nobody
// registered. Proxy settings of the environment are ignored, since a proxy would dial in our place.
//
// # What it reads
//
// A receiver cannot make us spend more than [MaxResponseBody] of memory for its body and
// [MaxResponseHeaders] for its headers, nor more than the one deadline of the request. Nothing is
// decompressed.
//
// # A request is sent once
//
// Receivers close idle connections, and sometimes just as a request sets out on one. Reporting that as a
// failed attempt would be false, and sending again on a guess could deliver twice in one attempt. So a
// request goes out again, within its deadline, only on proof that the receiver never got it:
//
//   - HTTP/1.1: the connection had been used before, and not a byte of the request was written to it;
//   - HTTP/1.1 on Linux: the connection had been used before, the receiver ended it in order (FIN) without a
//     byte of response, and its kernel acknowledged nothing of the request (bytes_acked of tcp_info). A
//     reset proves nothing, because the reset of a process that died over the request looks the same;
//   - HTTP/2: the receiver said so, by GOAWAY or REFUSED_STREAM (RFC 9113 section 8.7). net/http takes a
//     PROTOCOL_ERROR reset for the same, so one second send is the most a request with a body gets here.
//
// Anything else is a failed attempt with code [CodeConnect]. By itself, net/http does too little and too
// much: a POST fails even if nothing was written, and any request that has an Idempotency-Key header, which
// tenants may set, is sent again whatever happened to it, so net/http is kept from seeing that header.
// Requests with the methods GET, HEAD, OPTIONS and TRACE it may repeat (RFC 9110 section 9.2.2).
//
// # Client certificates
//
// Requests with a [ClientTLS] have connections of their own, under the same guard, limits and timeouts, since
// a connection carries what was proved when it was opened. Those of the 256 values used last are kept.
package egress
