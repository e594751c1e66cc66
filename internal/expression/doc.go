// Package expression compiles and runs the expressions by which tenants choose events and shape requests. They are
// written in CEL, the Common Expression Language.
//
// Expressions come from tenants and run for every event, so whatever they could spend is bounded: the length and the
// nesting of the text when it is compiled, work and memory when it runs, and the size of what comes out. See plan.go
// and meter.go for how work is counted, and guards.go for what each function counts for.
//
// Objects and arrays of a payload that an expression passes on are written as they came: with their order of members,
// their digits and their escapes. See data.go.
package expression
