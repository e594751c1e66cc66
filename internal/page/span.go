package page

import (
	"bytes"
	"strings"

	"github.com/google/uuid"
)

// span is from the smallest to the greatest id of a list.
type span struct{ floor, ceiling bound }

// bound is an end of a span. Open leaves the id itself out; set says that it is not the end of all ids.
type bound struct {
	id        uuid.UUID
	open, set bool
}

// compare returns the operator of a bound.
func (b bound) compare(closed string) string {
	if b.open {
		return strings.Replace(closed, "=", "", 1)
	}

	return closed
}

// begin moves the floor up, unless it is higher already.
func (s *span) begin(at *uuid.UUID, open bool) {
	if at != nil && (!s.floor.set || above(*at, s.floor.id) || *at == s.floor.id && open) {
		s.floor = bound{id: *at, open: open, set: true}
	}
}

// end moves the ceiling down, unless it is lower already. The id itself is left out.
func (s *span) end(at *uuid.UUID) {
	if at != nil && (!s.ceiling.set || above(s.ceiling.id, *at)) {
		s.ceiling = bound{id: *at, open: true, set: true}
	}
}

// cut returns what of the span a query asks for.
func (s *span) cut(q Query) span {
	out := *s

	// Later in the list means a greater id when the list is ascending, and a smaller one otherwise.
	if q.Ascending {
		out.begin(q.After, true)
		out.end(q.Before)
	} else {
		out.end(q.After)
		out.begin(q.Before, true)
	}

	return out
}

func above(a, b uuid.UUID) bool { return bytes.Compare(a[:], b[:]) > 0 }
