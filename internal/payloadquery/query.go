package payloadquery

// The limits of a query.
const (
	// MaxBytes is the limit of its text, in bytes of UTF-8.
	MaxBytes = 4096
	// MaxDepth is how deep selections may be nested: { a } is one deep.
	MaxDepth = 12
	// MaxFields counts fields on all levels, as they are written.
	MaxFields = 200
	// MaxTokens counts names, texts and punctuation. It leaves each field more than it can use.
	MaxTokens = 3000
)

// Query is a query that was read. It never changes, so it can be used by many at once.
type Query struct{ root selection }

// selection is what is wanted of an object.
type selection struct {
	fields []field
	// slots numbers the different members that the fields read. Several fields may read the same one.
	slots map[string]int
}

type field struct {
	// key is the member that is written, member the one that is read.
	key, member string
	// slot is the number of the member in its selection.
	slot int
	// selection is nil when the whole value is wanted.
	selection *selection
	at        place
}

// find returns the field that writes a member, or nil.
func (s *selection) find(key string) *field {
	for n := range s.fields {
		if s.fields[n].key == key {
			return &s.fields[n]
		}
	}

	return nil
}

func (s *selection) add(one field) *field {
	slot, ok := s.slots[one.member]
	if !ok {
		if s.slots == nil {
			s.slots = map[string]int{}
		}

		slot = len(s.slots)
		s.slots[one.member] = slot
	}

	one.slot = slot
	s.fields = append(s.fields, one)

	return &s.fields[len(s.fields)-1]
}
