package profile

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/surehook/surehook/internal/eventtype"
	"github.com/surehook/surehook/internal/expression"
	"github.com/surehook/surehook/internal/problem"
)

// check reports what is wrong with a whole profile in the right format.
func check(r *report, p Profile) {
	checkRules(r, p)
	checkSettings(r, p)
	checkEventTypes(r, p)
	checkRecipeTypes(r, p)
	checkPresentation(r, p)

	if !eventtype.ValidName(p.TestEvent.EventType) {
		r.add("must be segments of a-z, A-Z, 0-9 and _ joined by dots", "testEvent", "eventType")
	}

	_, err := expression.CompileShape(p.TestEvent.Data)
	r.expression(err, "testEvent", "data")
}

func checkRules(r *report, p Profile) {
	if p.Rules.MinTimeoutSeconds > p.Rules.MaxTimeoutSeconds {
		r.add(fmt.Sprintf("must be at most maxTimeoutSeconds, which is %d", p.Rules.MaxTimeoutSeconds),
			"rules", "minTimeoutSeconds")
	}

	for _, role := range p.Roles.Manage {
		if !slices.Contains(p.Roles.View, role) {
			r.add(fmt.Sprintf("must have %s, who may manage webhooks", role), "roles", "view")
		}
	}
}

func checkSettings(r *report, p Profile) {
	problems := p.Settings.Check(p.Rules)
	r.problems(problems)

	// What is wrong with the profile's own is wrong with those that are laid over them, too.
	if len(problems) > 0 {
		return
	}

	for n, one := range p.Recipes {
		r.problems(one.Settings.Check(p.Rules), "recipes", strconv.Itoa(n))
	}
}

func checkEventTypes(r *report, p Profile) {
	byName := make(map[string]EventType, len(p.EventTypes))

	for n, one := range p.EventTypes {
		if _, twice := byName[one.Name]; twice {
			r.add("another event type has this name", "eventTypes", strconv.Itoa(n), "name")
		}

		byName[one.Name] = one
	}

	for n, one := range p.EventTypes {
		at := strconv.Itoa(n)
		in := eventtype.CreateInput{
			Name: one.Name, Description: &one.Description, Group: &one.Group, Schema: one.Schema, Samples: one.Samples,
			SchemaValidation: one.SchemaValidation,
		}

		if one.Deprecation != "" {
			in.Deprecation = &one.Deprecation
		}

		if one.DerivedFrom != "" {
			from, ok := byName[one.DerivedFrom]

			switch {
			case !ok:
				r.add("there is no event type "+one.DerivedFrom, "eventTypes", at, "derivedFrom")
			case from.DerivedFrom != "":
				r.add("must not itself be derived, as "+one.DerivedFrom+" is", "eventTypes", at, "derivedFrom")
			default:
				in.Schema = from.Schema
			}

			_, err := expression.CompileCondition(one.When)
			r.expression(err, "eventTypes", at, "when")
		}

		err := eventtype.Check(in, p.Limits.MaxPayloadBytes)

		problems, ok := problem.Of(err)
		if err != nil && !ok {
			r.add(err.Error(), "eventTypes", at)
		}

		if one.DerivedFrom != "" {
			// Where the schema is, it is reported.
			problems = slices.DeleteFunc(problems, func(one problem.Problem) bool {
				return len(one.Field) > 0 && one.Field[0] == "schema"
			})
		}

		r.problems(problems, "eventTypes", at)
	}
}

func checkRecipeTypes(r *report, p Profile) {
	names := map[string]bool{}

	for n, one := range p.Recipes {
		if names[one.Name] {
			r.add("another recipe has this name", "recipes", strconv.Itoa(n), "name")
		}

		names[one.Name] = true

		for m, pattern := range one.EventTypes {
			at := []string{"recipes", strconv.Itoa(n), "eventTypes", strconv.Itoa(m)}

			switch {
			case !eventtype.ValidPattern(pattern):
				r.add("must be the name of an event type, such a name with .* behind it, or *", at...)
			case eventtype.IsName(pattern) &&
				!slices.ContainsFunc(p.EventTypes, func(one EventType) bool { return one.Name == pattern }):
				r.add("there is no event type "+pattern, at...)
			}
		}
	}
}

// problems reports what a check has found, with its fields below a path.
func (r *report) problems(problems problem.List, path ...string) {
	for _, one := range problems {
		message := one.Message
		if one.Line > 0 {
			message = fmt.Sprintf("line %d, column %d: %s", one.Line, one.Column, message)
		}

		r.add(message, slices.Concat(path, one.Field)...)
	}
}

// expression reports what is wrong with an expression, if anything is.
func (r *report) expression(err error, path ...string) {
	if err != nil {
		r.add(err.Error(), path...) // which begins with the line and the column within the expression
	}
}
