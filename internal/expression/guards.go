package expression

import (
	"math/bits"
	"strings"

	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/overloads"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// guard counts what a function will do with its arguments before it does so. It ends the evaluation when that is more
// than is left, or when the result will be too large. Arguments of the wrong types are for the function to refuse,
// which costs nothing, unless it would quote them in its message: then the guard does, and returns an error.
type guard func(m *meter, args []ref.Val) ref.Val

// guards are those of all functions whose work depends on their arguments. That of all others is one step, for which
// the plan counts: a test makes sure that each function that there is was thought of.
var guards = map[string]guard{
	operators.Add:           guardAdd,
	operators.Equals:        guardEquality,
	operators.Greater:       scansShorter,
	operators.GreaterEquals: scansShorter,
	operators.In:            guardIn,
	operators.Less:          scansShorter,
	operators.LessEquals:    scansShorter,
	operators.NotEquals:     guardEquality,
	operators.OldIn:         guardIn,
	overloads.DeprecatedIn:  guardIn,

	"contains":   scansAll,
	"endsWith":   scansShorter,
	"matches":    nil, // It has one of its own for each pattern.
	"size":       guardSize,
	"startsWith": scansShorter,

	"bool":      decodesAll,
	"bytes":     copiesAll,
	"double":    decodesAll,
	"duration":  decodesAll,
	"int":       decodesAll,
	"string":    decodesAll,
	"timestamp": decodesAll,
	"uint":      decodesAll,

	"base64.decode": copiesAll,
	"base64.encode": copiesAll,
	"charAt":        decodesAll,
	"format":        guardFormat,
	"indexOf":       guardSearch,
	"join":          guardJoin,
	"json.encode":   guardEncode,
	"lastIndexOf":   guardSearch,
	"lowerAscii":    decodesAll,
	"replace":       guardReplace,
	"reverse":       decodesAll,
	"split":         guardSplit,
	"strings.quote": guardQuote,
	"substring":     decodesAll,
	"trim":          decodesAll,
	"upperAscii":    decodesAll,

	"@sortByAssociatedKeys": guardSort,
	"distinct":              guardDistinct,
	"flatten":               guardFlatten,
	"lists.range":           guardRange,
	"math.@max":             copiesAll,
	"math.@min":             copiesAll,
	"optional.unwrap":       copiesAll,
	"slice":                 copiesAll,
	"sort":                  guardSort,
	"unwrapOpt":             copiesAll,

	"getDate":         guardZone,
	"getDayOfMonth":   guardZone,
	"getDayOfWeek":    guardZone,
	"getDayOfYear":    guardZone,
	"getFullYear":     guardZone,
	"getHours":        guardZone,
	"getMilliseconds": guardZone,
	"getMinutes":      guardZone,
	"getMonth":        guardZone,
	"getSeconds":      guardZone,
}

// length returns how many bytes a string or bytes have, and 0 for anything else.
func length(value ref.Val) int {
	switch value := value.(type) {
	case types.String:
		return len(value)
	case types.Bytes:
		return len(value)
	default:
		return 0
	}
}

// items returns how many items a list has, or members a map, and 0 for anything else.
func items(value ref.Val) int {
	switch value.(type) {
	case traits.Lister, traits.Mapper:
		size, _ := value.(traits.Sizer).Size().(types.Int)

		return int(size)
	default:
		return 0
	}
}

func lengths(args []ref.Val) int {
	sum := 0
	for _, arg := range args {
		sum += length(arg)
	}

	return sum
}

// scansAll is for functions that go through their texts once.
func scansAll(m *meter, args []ref.Val) ref.Val {
	m.scan(lengths(args))

	return nil
}

// scansShorter is for functions that compare two texts.
func scansShorter(m *meter, args []ref.Val) ref.Val {
	m.scan(min(length(args[0]), length(args[1])))

	return nil
}

// copiesAll is for functions that make one text of about the length of another, or one list of the items of another.
func copiesAll(m *meter, args []ref.Val) ref.Val {
	for _, arg := range args {
		m.copies(length(arg))
		m.spend(items(arg))
	}

	return nil
}

// decodesAll is like copiesAll for functions that go through their texts character by character.
func decodesAll(m *meter, args []ref.Val) ref.Val {
	for _, arg := range args {
		m.decodes(length(arg))
		m.spend(items(arg))
	}

	return nil
}

func guardAdd(m *meter, args []ref.Val) ref.Val {
	m.copies(lengths(args))

	// Their items are copied: see plus.
	if _, ok := args[0].(traits.Lister); ok {
		m.spend(stepsForList + items(args[0]) + items(args[1]))
	}

	return nil
}

func guardEquality(m *meter, args []ref.Val) ref.Val {
	switch args[0].(type) {
	case types.String, types.Bytes:
		// Those of different lengths differ at first sight.
		if length(args[0]) == length(args[1]) {
			m.scan(length(args[0]))
		}
	case traits.Lister, traits.Mapper, *types.Optional:
		m.product(2, min(weigh(args[0]), weigh(args[1])))
	}

	return nil
}

func guardIn(m *meter, args []ref.Val) ref.Val {
	if _, ok := args[1].(traits.Lister); ok {
		m.product(items(args[1]), weigh(args[0]))
	}

	return nil
}

func guardSize(m *meter, args []ref.Val) ref.Val {
	// Strings are read to count their characters. The items of a list are not counted.
	m.spend(length(args[0]) / decodedPerStep)

	return nil
}

func guardSearch(m *meter, args []ref.Val) ref.Val {
	decodesAll(m, args)
	// It compares the text it looks for with each place.
	m.product(length(args[0])/scannedPerStep+1, length(args[1])+1)

	return nil
}

func guardReplace(m *meter, args []ref.Val) ref.Val {
	text, isText := args[0].(types.String)
	old, isOld := args[1].(types.String)
	with, isWith := args[2].(types.String)

	if !isText || !isOld || !isWith {
		return nil
	}

	m.copies(len(text))

	times := strings.Count(string(text), string(old))
	if len(args) > 3 {
		if limit, ok := args[3].(types.Int); ok && limit >= 0 && int64(limit) < int64(times) {
			times = int(limit)
		}
	}

	// The lengths are those of a payload, at most, so the product is far from any limit of an int.
	m.copies(len(text) + times*(len(with)-len(old)))
	m.spend(times)

	return nil
}

func guardSplit(m *meter, args []ref.Val) ref.Val {
	text, isText := args[0].(types.String)
	separator, isSeparator := args[1].(types.String)

	if isText && isSeparator {
		m.copies(len(text))
		m.spend(strings.Count(string(text), string(separator)))
	}

	return nil
}

func guardQuote(m *meter, args []ref.Val) ref.Val {
	// It makes the text twice, and what it escapes grows.
	m.decodes(2*length(args[0]) + len(`""`))

	return nil
}

func guardJoin(m *meter, args []ref.Val) ref.Val {
	list, ok := args[0].(traits.Lister)
	if !ok {
		return nil
	}

	m.spend(items(list))

	sum := 0

	for it := list.Iterator(); it.HasNext() == types.True; {
		item, isText := it.Next().(types.String)
		if !isText {
			return types.NewErr("join takes strings only")
		}

		sum += len(item)
	}

	if len(args) > 1 {
		sum += length(args[1]) * items(list)
	}

	m.copies(sum)

	return nil
}

// longestNumber is how many characters a number has at most when it is formatted: 309 digits, 100 more behind the
// point, and signs.
const longestNumber = 420

func guardFormat(m *meter, args []ref.Val) ref.Val {
	list, ok := args[1].(traits.Lister)
	if !ok {
		return nil
	}

	m.copies(length(args[0]))
	m.spend(items(list))

	for it := list.Iterator(); it.HasNext() == types.True; {
		switch item := it.Next().(type) {
		case types.String, types.Bytes:
			m.decodes(2 * length(item)) // if it is written in hexadecimal digits
		case traits.Lister, traits.Mapper:
			return types.NewErr("format takes no lists and objects: put json.encode around them")
		default:
			m.copies(longestNumber)
		}
	}

	return nil
}

func guardEncode(m *meter, args []ref.Val) ref.Val {
	m.product(2, weigh(args[0]))

	return nil
}

func guardSort(m *meter, args []ref.Val) ref.Val {
	keys, ok := args[len(args)-1].(traits.Lister)
	if !ok {
		return nil
	}

	m.spend(items(keys))

	bytes := 0
	for it := keys.Iterator(); it.HasNext() == types.True; {
		bytes += length(it.Next())
	}

	m.product(2*items(keys)+bytes/scannedPerStep, bits.Len(uint(items(keys))))

	return nil
}

func guardDistinct(m *meter, args []ref.Val) ref.Val {
	// It compares each with each.
	m.product(items(args[0]), weigh(args[0]))

	return nil
}

func guardFlatten(m *meter, args []ref.Val) ref.Val {
	depth := types.IntOne
	if len(args) > 1 {
		depth, _ = args[1].(types.Int)
	}

	// It copies what is inside once for each level.
	m.product(weigh(args[0]), int(min(max(depth, 1), MaxSteps)))

	return nil
}

func guardRange(m *meter, args []ref.Val) ref.Val {
	if size, ok := args[0].(types.Int); ok {
		m.spend(int(min(max(size, 0), MaxSteps+1)))
	}

	return nil
}

// stepsForZone is for finding a time zone by its name, which may be a matter of files.
const stepsForZone = 1000

func guardZone(m *meter, args []ref.Val) ref.Val {
	if len(args) > 1 {
		m.spend(stepsForZone)
		m.decodes(length(args[1]))
	}

	return nil
}
