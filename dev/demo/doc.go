// Package demo gives a fresh Surehook something to look at: an organization
// with a key, a few event types, and a webhook that leads to the sample
// receiver.
//
// Everything is made through the GraphQL API over HTTP, as any customer would
// do it, so a start of the development stack is also a first test of the API.
// What exists already is found and used again; nothing a developer changed is
// changed back, except the address of the sample receiver, which may have
// moved to another port.
package demo
