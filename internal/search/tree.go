package search

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// tree is valid JSON with an index of its objects and arrays, so that each can be stepped over.
type tree struct {
	text []byte
	// spans are the objects and arrays in the order in which they begin. Those inside one follow it.
	spans []span
}

type span struct {
	// end is the offset behind the closing bracket, and next the first span that begins there or later.
	end, next int32
}

// branch is an object or array that has yet to be looked into: its offset, its span, and the path to it.
type branch struct {
	at, span int
	path     path
}

func (t *tree) index() {
	var (
		spans [32]span
		open  [64]int
	)

	t.spans = spans[:0]
	opened := open[:0]

	for at := 0; at < len(t.text); at++ {
		switch t.text[at] {
		case '"':
			at = t.endOfText(at) - 1
		case '{', '[':
			opened = append(opened, len(t.spans))
			t.spans = append(t.spans, span{})
		case '}', ']':
			last := len(opened) - 1
			t.spans[opened[last]] = span{end: int32(at + 1), next: int32(len(t.spans))}
			opened = opened[:last]
		default:
		}
	}
}

// walk visits the scalars with their paths until a visit returns false: those nearest to the root first.
func (t *tree) walk(root path, visit func(path, []byte) bool) {
	var few [12]branch

	waiting := append(few[:0], branch{at: bytes.IndexAny(t.text, "{["), path: root})

	for n := 0; n < len(waiting); n++ {
		one := waiting[n]
		inObject := t.text[one.at] == '{'
		next := one.span + 1

		for at := t.part(one.at + 1); t.text[at] != '}' && t.text[at] != ']'; at = t.part(at) {
			here := one.path

			if inObject {
				end := t.endOfText(at)
				here = here.member(unquote(t.text[at:end]))
				at = t.part(end)
			}

			if c := t.text[at]; c == '{' || c == '[' {
				waiting = append(waiting, branch{at: at, span: next, path: here})
				at, next = int(t.spans[next].end), int(t.spans[next].next)

				continue
			}

			end := t.endOfScalar(at)
			if !visit(here, t.text[at:end]) {
				return
			}

			at = end
		}
	}
}

// part returns the offset of what comes next, other than white space and what stands between parts.
func (t *tree) part(at int) int {
	for {
		switch t.text[at] {
		case ' ', '\t', '\n', '\r', ',', ':':
			at++
		default:
			return at
		}
	}
}

// endOfText returns the offset behind the text that begins at one.
func (t *tree) endOfText(at int) int {
	for at++; t.text[at] != '"'; at++ {
		if t.text[at] == '\\' {
			at++
		}
	}

	return at + 1
}

func (t *tree) endOfScalar(at int) int {
	if t.text[at] == '"' {
		return t.endOfText(at)
	}

	for {
		switch t.text[at] {
		case ',', '}', ']', ' ', '\t', '\n', '\r':
			return at
		default:
			at++
		}
	}
}

// unquote returns what a text in JSON stands for.
func unquote(quoted []byte) []byte {
	inner := quoted[1 : len(quoted)-1]
	if bytes.IndexByte(inner, '\\') < 0 && utf8.Valid(inner) {
		return inner
	}

	var text string

	// It is a valid text, so this cannot fail.
	_ = json.Unmarshal(quoted, &text)

	return []byte(text)
}
