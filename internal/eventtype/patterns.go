package eventtype

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

const (
	// maxPatternLength and maxProgram bound the regular expressions of a schema: a{1000} is short, but its program is
	// not, and to match takes time and memory by the length of the program.
	maxPatternLength = 1000
	maxProgram       = 20_000
)

var (
	errPatternLength = fmt.Errorf("a regular expression must have at most %d characters", maxPatternLength)
	errProgram       = errors.New("the regular expressions are too complex; use smaller repeat counts")
)

// patterns compiles the regular expressions of one schema. Go's take time in proportion to the length of the text, and
// have no look-around and no back-references.
type patterns struct {
	meter    *meter
	compiled map[string]*pattern
	program  int
	// sealed is set when the schema is compiled. Expressions that come later are those of payloads, where a schema says
	// that a text has the format of one; nothing of them is kept.
	sealed bool
}

type pattern struct {
	*regexp.Regexp

	meter *meter
	// program is the number of its instructions.
	program int
}

func newPatterns(spent *meter) *patterns {
	return &patterns{meter: spent, compiled: map[string]*pattern{}}
}

// compile is called more than once for each expression, as the library also checks that a schema's are valid.
func (p *patterns) compile(text string) (jsonschema.Regexp, error) {
	if known, ok := p.compiled[text]; ok && !p.sealed {
		return known, nil
	}

	if len(text) > maxPatternLength {
		return nil, errPatternLength
	}

	parsed, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil, err
	}

	size := programSize(parsed)

	if p.sealed {
		p.meter.spend(size)

		return nil, nil
	}

	if p.program += size; p.program > maxProgram {
		return nil, errProgram
	}

	expression, err := regexp.Compile(text)
	if err != nil {
		return nil, err
	}

	one := &pattern{Regexp: expression, meter: p.meter, program: size}
	p.compiled[text] = one

	return one, nil
}

// MatchString pays for the longest that a match can take.
func (p *pattern) MatchString(text string) bool {
	p.meter.spend(len(text) * p.program / stepsPerUnit)

	return p.Regexp.MatchString(text)
}

// programSize estimates the number of instructions without making them: repeats are written out.
func programSize(expression *syntax.Regexp) int {
	size := 1 + len(expression.Rune)

	for _, part := range expression.Sub {
		size += programSize(part)
	}

	if expression.Op == syntax.OpRepeat {
		size *= max(expression.Min, expression.Max, 1)
	}

	return min(size, maxProgram+1)
}
