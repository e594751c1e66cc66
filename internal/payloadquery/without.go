package payloadquery

import "strings"

// Without removes members from a JSON object. A path names a member by itself and all those around it, joined by dots,
// such as "request.body"; through arrays it applies to every item. A path that leads nowhere is no error, and neither
// is data that is no object. A name that has a dot itself cannot be written.
//
// The rest keeps its order, the digits of its numbers and the escapes in its texts; white space between values goes.
// Of members with the same name all are removed. The only error is [ErrInvalidJSON].
func Without(data []byte, paths []string) ([]byte, error) {
	from, err := newCursor(data)
	if err != nil {
		return nil, err
	}

	all := removal{}
	for _, path := range paths {
		all.add(path)
	}

	r := remover{cursor: from, out: make([]byte, 0, len(from.data))}
	r.value(all)

	return r.out, nil
}

// removal has the members of an object that something is removed from. Those that go as a whole have nil.
type removal map[string]removal

func (r removal) add(path string) {
	name, rest, deeper := strings.Cut(path, ".")

	inner, known := r[name]

	switch {
	case known && inner == nil:
	case !deeper:
		r[name] = nil
	case !known:
		inner = removal{}
		r[name] = inner

		fallthrough
	default:
		inner.add(rest)
	}
}

// remover writes what is left of what the cursor moves over.
type remover struct {
	cursor

	out []byte
}

func (r *remover) value(unwanted removal) {
	switch r.data[r.at] {
	case '{':
		r.object(unwanted)
	case '[':
		r.array(unwanted)
	default:
		r.out = append(r.out, r.skip()...)
	}
}

func (r *remover) array(unwanted removal) {
	r.out = append(r.out, '[')

	r.at++
	for n := 0; r.more(']'); n++ {
		if n > 0 {
			r.out = append(r.out, ',')
		}

		r.value(unwanted)
	}

	r.out = append(r.out, ']')
}

func (r *remover) object(unwanted removal) {
	r.out = append(r.out, '{')
	first := true

	r.at++
	for r.more('}') {
		name := r.name()

		inner, ok := lookup(unwanted, name)
		if ok && inner == nil {
			r.skip()

			continue
		}

		if !first {
			r.out = append(r.out, ',')
		}

		first = false
		r.out = append(r.out, name...)
		r.out = append(r.out, ':')

		if ok {
			r.value(inner)
		} else {
			r.out = append(r.out, r.skip()...)
		}
	}

	r.out = append(r.out, '}')
}
