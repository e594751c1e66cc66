package main

import (
	"fmt"
	"math/rand/v2"
	"strconv"
)

// payloadOf makes a payload of some 300 bytes. Its values are to be found by searching: some are in every payload, some
// in a few, and some only in those of certain days.
func payloadOf(r *rand.Rand, number int, day float64) string {
	country := pick(r, []string{"DE", "DE", "DE", "FR", "FR", "IT", "ES", "NL", "AT", "PL"})
	if r.Float64() < 0.0005 {
		country = "IS"
	}

	plan := "basic"

	switch p := r.Float64(); {
	case p < 0.0001:
		plan = "enterprise"
	case p < 0.01:
		plan = "business"
	case p < 0.1:
		plan = "pro"
	}

	campaign := "null"

	switch {
	case day >= 10 && day < 10.5 && r.Float64() < 0.3:
		campaign = `"autumn"` // a twentieth of the log of that part, and nothing elsewhere
	case day >= 22 && day < 22.04:
		campaign = `"flash"` // all of one hour
	case r.Float64() < 0.003:
		campaign = `"newsletter"`
	}

	return fmt.Sprintf(`{"id":"ord_%08x","number":%d,"customer":{"id":"cus_%06d","country":"%s","plan":"%s"},`+
		`"amount":%d.%02d,"currency":"EUR","paid":%t,"campaign":%s,`+
		`"items":[{"sku":"sku-%05d","quantity":%d},{"sku":"sku-%05d","quantity":1}],"note":"%s"}`,
		number, number, r.IntN(200_000), country, plan, r.IntN(500), r.IntN(100), r.Float64() < 0.8, campaign,
		r.IntN(20_000), 1+r.IntN(4), r.IntN(20_000), notes[r.IntN(len(notes))]+" "+strconv.Itoa(r.IntN(1_000)))
}

var notes = []string{
	"Please leave it at the door of the neighbours, shelf", "Ring twice and wait for the concierge on floor",
	"The customer has asked to be called first, line", "Nothing to be said about this one, case",
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }
