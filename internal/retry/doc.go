// Package retry says when a failed delivery is attempted again.
//
// Every function is pure: no I/O, no clock, no randomness and no floating point, whose last digit may
// differ between processor families. A workflow that is replayed on another machine, or years later, gets
// the same answers.
package retry
