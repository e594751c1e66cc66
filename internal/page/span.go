package page

import (
	"bytes"

	"github.com/google/uuid"
)

// span is from the smallest to the greatest id of a list.
type span struct{ floor, ceiling bound }

// bound is an end of a span. Open leaves the id itself out; set says that it is not the end of all ids.
type bound struct {
	id        uuid.UUID
	open, set bool
}

// begin moves the floor up, unless it is higher already.
func (s *span) begin(at *uuid.UUID, open bool) {
	if at != nil && (!s.floor.set || after(*at, s.floor.id) || *at == s.floor.id && open) {
		s.floor = bound{id: *at, open: open, set: true}
	}
}

// end moves the ceiling down, unless it is lower already.
func (s *span) end(at *uuid.UUID, open bool) {
	if at != nil && (!s.ceiling.set || after(s.ceiling.id, *at) || *at == s.ceiling.id && open) {
		s.ceiling = bound{id: *at, open: open, set: true}
	}
}

func after(a, b uuid.UUID) bool { return bytes.Compare(a[:], b[:]) > 0 }
