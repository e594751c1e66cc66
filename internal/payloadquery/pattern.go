package payloadquery

import (
	"regexp"
	"regexp/syntax"
)

const (
	// maxPatternLength and maxProgram bound a regular expression: a{1000} is short, but its program is not.
	maxPatternLength = 1000
	maxProgram       = 20_000
	// instructionsPerStep is how much of a match takes as long as a step.
	instructionsPerStep = 100
)

// pattern is a regular expression. Nil stands for one that Go cannot carry out, such as one with look-around.
type pattern struct {
	expression *regexp.Regexp
	program    int
}

// matching is how a name and a pattern agree.
type matching int

const (
	differs matching = iota
	mayMatch
	matches
)

// match compares a name with the pattern of a schema.
func (c *checker) match(expression, name string) matching {
	one, ok := c.patterns[expression]
	if !ok {
		one = c.compile(expression)
		c.patterns[expression] = one
	}

	switch {
	case one == nil, !c.spend(1 + len(name)*one.program/instructionsPerStep):
		return mayMatch
	case one.expression.MatchString(name):
		return matches
	default:
		return differs
	}
}

func (c *checker) compile(expression string) *pattern {
	if len(expression) > maxPatternLength {
		return nil
	}

	parsed, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		return nil
	}

	size := programSize(parsed)
	if size > maxProgram || !c.spend(size) {
		return nil
	}

	compiled, err := regexp.Compile(expression)
	if err != nil {
		return nil
	}

	return &pattern{expression: compiled, program: size}
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
