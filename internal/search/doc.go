// Package search finds events by what is in their payloads. An event is kept with a term for each value of its payload:
// 64 bits that stand for the organization, the path to the value and the value. So one index finds the events that have
// a value at a path, whatever payloads look like.
package search
