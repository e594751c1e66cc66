package settings

import (
	"slices"
	"strconv"

	"github.com/surehook/surehook/internal/problem"
)

// Check returns all that is wrong with the settings that the changes have come to, as [Settings.Check] does, and with
// the changes themselves. A section has its place among those that were given, not among all there are.
func (c Changes) Check(next Settings, rules Rules) problem.List {
	problems := next.Check(rules)
	for n := range problems {
		problems[n].Field = c.placed(problems[n].Field, next)
	}

	if p := c.RetryPolicy.Value; p != nil && p.DelaysSeconds != nil && p.Backoff != nil {
		problems.Add(problem.Invalid, "must not be given together with delaysSeconds", "settings", "retryPolicy", "backoff")
	}

	return problems
}

// placed returns the field of the changes that a field of the settings has its value from.
func (c Changes) placed(field []string, next Settings) []string {
	if c.Sections.Value == nil || len(field) < 3 || field[1] != "sections" {
		return field
	}

	at, err := strconv.Atoi(field[2])
	if err != nil || at >= len(next.Sections) {
		return field
	}

	for n, one := range slices.Backward(*c.Sections.Value) {
		if one.Name == next.Sections[at].Name {
			field = slices.Clone(field)
			field[2] = strconv.Itoa(n)

			return field
		}
	}

	return field
}
