// Package temporal runs a complete Temporal server inside this process:
// frontend, history, matching and worker services on one Postgres server.
//
// It exists so that development, tests and benchmarks meet the real server
// with the real store, without anything to install. Temporal's own
// development server keeps its state in SQLite, which carries a small fraction
// of the load Postgres does.
//
// Everything listens on 127.0.0.1. The services find each other through a
// static list rather than through gossip, so a start needs no membership ports
// and no settling time.
package temporal
