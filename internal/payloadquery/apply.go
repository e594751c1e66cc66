package payloadquery

import "fmt"

// MaxResultBytes is the limit of a result, in bytes: four times the largest payload. A query can ask for the same value
// two hundred times, or name a missing member with four thousand characters, in each item of a long array.
const MaxResultBytes = 1024 * 1024

// ErrResultTooLarge says that a result would have more than [MaxResultBytes].
var ErrResultTooLarge = fmt.Errorf("the result of the query has more than %d bytes", MaxResultBytes)

// Apply returns the selected data as compact JSON. It takes data of any shape; see the package comment for what it
// gives. It does not change the data, and the result shares no memory with it.
//
// Errors: [ErrInvalidJSON], and [ErrResultTooLarge], which no query that makes data smaller can give.
func (q *Query) Apply(data []byte) ([]byte, error) {
	from, err := newCursor(data)
	if err != nil {
		return nil, err
	}

	w := writer{cursor: from}
	w.value(&q.root)

	if w.full() {
		return nil, ErrResultTooLarge
	}

	return w.out, nil
}

// writer writes the selected parts of what the cursor moves over.
type writer struct {
	cursor

	out []byte
	// found has, for each object that is being written, the positions of the members that are wanted of it.
	found []int
}

// full tells whether the result is too large already. What is written after that is thrown away, and the cursor may be
// anywhere.
func (w *writer) full() bool { return len(w.out) > MaxResultBytes }

// value writes the value at the cursor and steps over it.
func (w *writer) value(wanted *selection) {
	switch {
	case wanted == nil:
		w.out = append(w.out, w.skip()...)
	case w.data[w.at] == '{':
		w.object(wanted)
	case w.data[w.at] == '[':
		w.array(wanted)
	default:
		w.skip()
		w.out = append(w.out, "null"...)
	}
}

func (w *writer) array(wanted *selection) {
	w.out = append(w.out, '[')

	w.at++
	for n := 0; !w.full() && w.more(']'); n++ {
		if n > 0 {
			w.out = append(w.out, ',')
		}

		w.value(wanted)
	}

	w.out = append(w.out, ']')
}

func (w *writer) object(wanted *selection) {
	base := len(w.found)
	for range wanted.slots {
		w.found = append(w.found, -1)
	}

	w.at++
	for w.more('}') {
		if slot, ok := lookup(wanted.slots, w.name()); ok {
			w.found[base+slot] = w.at // a later one replaces it
		}

		w.skip()
	}

	end := w.at
	w.out = append(w.out, '{')

	for n, one := range wanted.fields {
		if n > 0 {
			w.out = append(w.out, ',')
		}

		// A key is a GraphQL name, which needs no escapes.
		w.out = append(w.out, '"')
		w.out = append(w.out, one.key...)
		w.out = append(w.out, '"', ':')

		if w.at = w.found[base+one.slot]; w.at < 0 {
			w.out = append(w.out, "null"...)

			continue
		}

		if w.full() {
			return
		}

		w.value(one.selection)
	}

	w.out = append(w.out, '}')
	w.at, w.found = end, w.found[:base]
}
