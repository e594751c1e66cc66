package expression

import (
	"errors"
	"regexp"
	"regexp/syntax"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// maxPattern is how large the patterns of an expression may be together: one for each character and each sign, times
// its repetitions. Each of these takes some 150 bytes when it is compiled.
const maxPattern = 500

var errPattern = errors.New("costs too much: the patterns of the expression are too large")

// placesPerStep is how many places of a pattern are tried on one character in the time of a step.
const placesPerStep = 4

// pattern is a compiled regular expression. It takes time by the length of the text times its own size.
type pattern struct {
	matcher *regexp.Regexp
	size    int
}

// compilePattern returns an error if the pattern is larger than what is left for it.
func compilePattern(text string, left int) (*pattern, error) {
	tree, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil, err
	}

	size := patternSize(tree)
	if size > left {
		return nil, errPattern
	}

	matcher, err := regexp.Compile(text)
	if err != nil {
		return nil, err
	}

	return &pattern{matcher: matcher, size: size}, nil
}

// patternSize is known before the pattern is compiled, which writes out its repetitions.
func patternSize(tree *syntax.Regexp) int {
	size := 1 + len(tree.Rune)/8

	for _, sub := range tree.Sub {
		size = min(size+patternSize(sub), maxPattern+1)
	}

	if tree.Op == syntax.OpLiteral {
		size = len(tree.Rune)
	}

	if tree.Op == syntax.OpRepeat {
		size *= max(tree.Min, tree.Max) + 1
	}

	return min(size, maxPattern+1)
}

func (p *pattern) guard(m *meter, args []ref.Val) ref.Val {
	m.product(p.size, length(args[0])/placesPerStep+1)

	return nil
}

func (p *pattern) call(args ...ref.Val) ref.Val {
	text, ok := args[0].(types.String)
	if !ok {
		return types.NewErr("no such overload: matches")
	}

	return types.Bool(p.matcher.MatchString(string(text)))
}
