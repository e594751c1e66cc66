package payloadquery

import "github.com/vektah/gqlparser/v2/ast"

// reader makes a query of what was parsed, and gathers what is wrong with it.
type reader struct {
	problems Problems
	fields   int
}

func (r *reader) document(document *ast.QueryDocument) *Query {
	for _, fragment := range document.Fragments {
		r.problems.addf(at(fragment.Position), "fragments are not supported")
	}

	if len(document.Operations) == 0 {
		if len(document.Fragments) == 0 {
			r.problems.addf(place{}, "the query is empty")
		}

		return nil
	}

	for _, operation := range document.Operations[1:] {
		r.problems.addf(at(operation.Position), "there must be only one query")
	}

	var query Query

	r.operation(&query, document.Operations[0])

	return &query
}

func (r *reader) operation(query *Query, operation *ast.OperationDefinition) {
	if operation.Operation != ast.Query {
		r.problems.addf(at(operation.Position), "must be a query, not a %s", operation.Operation)

		return
	}

	for _, variable := range operation.VariableDefinitions {
		r.problems.addf(at(variable.Position), "variables are not supported")
	}

	for _, directive := range operation.Directives {
		r.problems.addf(at(directive.Position), "directive @%s is not allowed here", directive.Name)
	}

	r.selection(&query.root, operation.SelectionSet, 1)
}

// selection reads a selection into one that may have fields already, when the same field was given twice.
func (r *reader) selection(into *selection, from ast.SelectionSet, depth int) {
	for _, one := range from {
		switch one := one.(type) {
		case *ast.Field:
			if depth > MaxDepth {
				r.problems.addf(at(one.Position), "selections must be nested at most %d deep", MaxDepth)

				return
			}

			if r.fields++; r.fields > MaxFields {
				if r.fields == MaxFields+1 {
					r.problems.addf(at(one.Position), "there must be at most %d fields", MaxFields)
				}

				return
			}

			r.field(into, one, depth)
		default:
			r.problems.addf(at(one.GetPosition()), "fragments are not supported")
		}
	}
}

func (r *reader) field(into *selection, from *ast.Field, depth int) {
	for _, argument := range from.Arguments {
		r.problems.addf(at(argument.Position), "arguments are not supported")
	}

	here, member := at(from.Position), r.member(from)
	whole := from.SelectionSet == nil

	one := into.find(from.Alias)

	switch {
	case one == nil:
		added := field{key: from.Alias, member: member, at: here}
		if !whole {
			added.selection = &selection{}
		}

		one = into.add(added)
	case one.member != member:
		r.problems.addf(here, "%s stands for %q already, and here for %q; give one of them an alias",
			one.key, one.member, member)

		return
	case whole != (one.selection == nil):
		r.problems.addf(here, "%s is asked for both whole and in parts; give one of them an alias", one.key)

		return
	}

	if !whole {
		// Reading it does not add to this selection, so the pointer stays good.
		r.selection(one.selection, from.SelectionSet, depth+1)
	}
}

// member returns the name of the member that a field reads.
func (r *reader) member(from *ast.Field) string {
	member, named := from.Name, false

	for _, directive := range from.Directives {
		here := at(directive.Position)

		switch {
		case directive.Name != memberDirective:
			r.problems.addf(here, "there is no directive @%s, only @member", directive.Name)
		case named:
			r.problems.addf(here, "there must be only one @member")
		default:
			named = true

			value, ok := memberName(directive)
			if !ok {
				r.problems.addf(here, `must be @member(name: "...")`)
			}

			member = value
		}
	}

	return member
}

func memberName(directive *ast.Directive) (string, bool) {
	if len(directive.Arguments) != 1 || directive.Arguments[0].Name != memberArgument {
		return "", false
	}

	value := directive.Arguments[0].Value

	return value.Raw, value.Kind == ast.StringValue || value.Kind == ast.BlockValue
}

func at(position *ast.Position) place {
	if position == nil {
		return place{}
	}

	return place{line: position.Line, column: position.Column}
}
