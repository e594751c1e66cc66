// Package stack runs Surehook's development stack: Postgres, the Temporal
// server, its Web UI, a sample receiver and Surehook itself, in one process or
// spread over several.
//
// Everything that runs is a Part. Parts are started one after another, each
// when the one before it is ready, and stopped in the reverse order. A part
// that ends by itself takes the rest with it, because a stack with a hole in
// it only produces confusing errors.
//
// A process may run any selection of parts (--parts) and be told where the
// others are (--postgres-url, --temporal-address). That is how a test kills or
// stops one of them alone.
package stack
