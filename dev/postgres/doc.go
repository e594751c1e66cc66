// Package postgres runs a private Postgres cluster for development and tests.
//
// A developer who types `make dev` has Go and little else running. The package
// finds Postgres binaries on the machine or downloads them, makes a cluster of
// its own next to the work tree, and runs the server as a child process on the
// loopback interface. Nothing system-wide is touched and no other cluster is
// looked at.
//
// The settings are those of a small but honest server: fsync,
// full_page_writes and synchronous_commit stay on, because tests kill things
// with SIGKILL and count what survived, and because a benchmark on a database
// that does not write to disk measures nothing.
//
// Three things need care and shape the code:
//
//   - Postgres refuses to run as root. Started by root, the package drops to
//     an unprivileged account (account.go), and when that account cannot reach
//     the data directory the cluster is kept elsewhere and linked (home.go).
//   - A parent that is killed cannot stop its child. The kernel (Linux) or a
//     watchdog (elsewhere) does it (deathsig_*.go), and the next start waits
//     for what is left of the previous server (orphan.go).
//   - The kernel ties that signal to the thread which forked, not to the
//     process, so one goroutine keeps its thread for the whole life of the
//     server (process.go).
package postgres
