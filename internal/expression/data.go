package expression

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"sync"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// Data is the payload of an event. It is read when an expression asks for it and then only once, object by object, for
// all expressions that share it. It is safe for concurrent use.
type Data struct {
	raw  []byte
	once sync.Once
	root ref.Val
	err  error
}

// NewData returns the payload of an event, which must be a JSON object. What is wrong with it shows as an [EvalError]
// of kind [Failed] where an expression asks for it. The caller must not change raw afterwards.
func NewData(raw []byte) *Data { return &Data{raw: raw} }

// value returns the object, or an error that is new each time, because CEL writes into those that it gets.
func (d *Data) value() ref.Val {
	d.once.Do(func() {
		d.root, d.err = parse(d.raw)
		d.raw = nil
	})

	if d.err != nil {
		return types.NewErr("event.data is not a JSON object: %v", d.err)
	}

	return d.root
}

func parse(raw []byte) (ref.Val, error) {
	var compact bytes.Buffer

	// It refuses what is not JSON, or is nested 10,000 deep and more, so the rest need not look out for that.
	if err := json.Compact(&compact, raw); err != nil {
		return nil, err
	}

	doc := &document{text: compact.String()}
	if doc.text[0] != '{' {
		return nil, strconv.ErrSyntax
	}

	doc.index()
	root, _, _ := doc.value(0, 0)

	return root, nil
}

// document is compact JSON with an index of its objects and arrays. So each of them can be read by itself without
// going through those inside it, and knows the text that it came from.
type document struct {
	text string
	// spans are the objects and arrays in the order in which they begin. Those inside one follow it.
	spans []span
}

type span struct {
	// end is the offset behind the closing bracket.
	end int32
	// next is the first span that begins behind it.
	next int32
}

func (d *document) index() {
	var open []int

	for at := 0; at < len(d.text); at++ {
		switch d.text[at] {
		case '"':
			at = d.endOfString(at) - 1
		case '{', '[':
			open = append(open, len(d.spans))
			d.spans = append(d.spans, span{})
		case '}', ']':
			last := len(open) - 1
			d.spans[open[last]] = span{end: int32(at + 1), next: int32(len(d.spans))}
			open = open[:last]
		default:
		}
	}
}

// endOfString returns the offset behind the string that begins at one.
func (d *document) endOfString(at int) int {
	for at++; d.text[at] != '"'; at++ {
		if d.text[at] == '\\' {
			at++
		}
	}

	return at + 1
}

// value reads the value at an offset. If it is an object or array, it is the given span. It returns the offset behind
// it, and the next span.
func (d *document) value(at, next int) (ref.Val, int, int) {
	switch d.text[at] {
	case '{':
		found := &object{origin: origin{doc: d, start: at, number: next}}

		return found, int(d.spans[next].end), int(d.spans[next].next)
	case '[':
		found := &array{origin: origin{doc: d, start: at, number: next}}

		return found, int(d.spans[next].end), int(d.spans[next].next)
	case '"':
		end := d.endOfString(at)

		return types.String(unquote(d.text[at:end])), end, next
	case 'f':
		return types.False, at + len("false"), next
	case 'n':
		return types.NullValue, at + len("null"), next
	case 't':
		return types.True, at + len("true"), next
	default:
		end := at + strings.IndexAny(d.text[at:], ",]}")

		return number(d.text[at:end]), end, next
	}
}

// unquote returns what a JSON string stands for.
func unquote(quoted string) string {
	inner := quoted[1 : len(quoted)-1]
	if strings.IndexByte(inner, '\\') < 0 {
		return strings.ToValidUTF8(inner, "\uFFFD")
	}

	var text string
	if err := json.Unmarshal([]byte(quoted), &text); err != nil {
		return inner // It cannot be: it is a valid string.
	}

	return text
}

// number returns an int if it is written as one and fits, and else a double. One that is too large for a double is
// infinite, which compares as it should, and is no JSON.
func number(digits string) ref.Val {
	if whole, err := strconv.ParseInt(digits, 10, 64); err == nil {
		return types.Int(whole)
	}

	// All errors that there can be are about the range, and come with what is nearest.
	near, _ := strconv.ParseFloat(digits, 64)

	return types.Double(near)
}

// origin is where in its document an object or array is.
type origin struct {
	doc   *document
	start int
	// number is that of its span.
	number int
	once   sync.Once
}

// bytesPerValue is how many bytes an item has at least: one and a comma.
const bytesPerValue = 2

// AggregateSize is the weight of the value. Unlike that of lists and maps made by expressions, it is known at once, and
// that nothing in it is lighter than this.
func (o *origin) AggregateSize(types.AggregateSizer) uint32 {
	return uint32(len(o.raw())/bytesPerValue + 1)
}

// String keeps payloads out of messages.
func (o *origin) String() string { return "value of event.data" }

// raw is the compact text.
func (o *origin) raw() string { return o.doc.text[o.start:o.doc.spans[o.number].end] }

var errNoNative = errors.New("values of event.data stay what they are")

func convert(value ref.Val, own *types.Type, to ref.Type) ref.Val {
	switch to {
	case own:
		return value
	case types.TypeType:
		return own
	default:
		return types.NewErr("type conversion error from '%s' to '%s'", own.TypeName(), to.TypeName())
	}
}
