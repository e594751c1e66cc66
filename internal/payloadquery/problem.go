package payloadquery

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// maxProblems is how many problems are told at once.
const maxProblems = 20

// Problem says what is wrong with a query, and where.
type Problem struct {
	// Line and Column count from 1, the column in characters. What is wrong with the query as a whole is at 1, 1.
	Line, Column int
	// Message is one clause without a capital or a full stop. It may quote the query and the names in the schema.
	Message string
}

// Problems is what is wrong with a query, in its order, at most twenty. As an error it is never empty.
type Problems []Problem //nolint:errname,recvcheck // It is first of all a list, which grows.

// Error joins the messages, each with its place.
func (p Problems) Error() string {
	texts := make([]string, len(p))
	for n, one := range p {
		texts[n] = fmt.Sprintf("%d:%d: %s", one.Line, one.Column, one.Message)
	}

	return strings.Join(texts, "; ")
}

// place is where something stands in a query. The zero value stands for the query as a whole.
type place struct{ line, column int }

func (p *Problems) addf(at place, format string, args ...any) {
	if len(*p) < maxProblems {
		*p = append(*p, Problem{
			Line: max(at.line, 1), Column: max(at.column, 1), Message: fmt.Sprintf(format, args...),
		})
	}
}

// err returns the problems in order as an error, or nil when there are none.
func (p Problems) err() error {
	if len(p) == 0 {
		return nil
	}

	slices.SortStableFunc(p, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})

	return p
}
