package payloadquery

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/lexer"
	"github.com/vektah/gqlparser/v2/parser"
)

const (
	// memberDirective and memberArgument spell @member(name: "content-type").
	memberDirective = "member"
	memberArgument  = "name"
	// otherName helps those who tried to write the name of a member as it is.
	otherName = `; a name that GraphQL does not have goes into @member(name: "...")`
)

// newlines makes one kind of line end of three. The parser counts a column too many after a carriage return.
var newlines = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// Parse reads a query. The package comment says what one looks like, and the constants how large it may be. Errors are
// [Problems].
func Parse(text string) (*Query, error) {
	if len(text) > MaxBytes {
		return nil, Problems{{1, 1, fmt.Sprintf("the query must be at most %d bytes", MaxBytes)}}
	}

	text = newlines.Replace(text)

	if at := invalidUTF8(text); at >= 0 {
		where := placeOf(text[:at])

		return nil, Problems{{where.line, where.column, "the query must be valid UTF-8"}}
	}

	document, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: text}, MaxTokens)
	if err != nil {
		return nil, Problems{syntaxProblem(text, err)}
	}

	var r reader

	query := r.document(document)
	if err := r.problems.err(); err != nil {
		return nil, err
	}

	return query, nil
}

// syntaxProblem puts an error of the parser into our words.
func syntaxProblem(text string, err error) Problem {
	one := Problem{Line: 1, Column: 1, Message: err.Error()}

	invalid, ok := errors.AsType[*gqlerror.Error](err)
	if !ok {
		return one
	}

	// Only the limit has no place.
	if len(invalid.Locations) == 0 {
		one.Message = fmt.Sprintf("the query must have at most %d names and signs", MaxTokens)

		return one
	}

	// The parser keeps to itself what is wrong with a token.
	if lexical := firstLexical(text); lexical != nil && strings.Contains(invalid.Message, lexer.Invalid.String()) {
		invalid = lexical
	}

	one.Line, one.Column = invalid.Locations[0].Line, invalid.Locations[0].Column

	switch message := invalid.Message; {
	case strings.HasPrefix(message, "Cannot parse the unexpected character"):
		// The parser would show one byte of it.
		one.Message = fmt.Sprintf("syntax error: unexpected character %q%s",
			characterAt(text, one.Line, one.Column), otherName)
	case strings.HasPrefix(message, "Invalid number"): // content-type
		one.Message = "syntax error: i" + strings.TrimSuffix(message[1:], ".") + otherName
	case strings.HasPrefix(message, "expected at least one definition, found "):
		one.Message = "syntax error: expected a name, found " + message[strings.LastIndexByte(message, ' ')+1:]
	default:
		one.Message = "syntax error: " + strings.ToLower(message[:1]) + strings.TrimSuffix(message[1:], ".")
	}

	return one
}

// firstLexical returns what is wrong with the first token that is none, or nil.
func firstLexical(text string) *gqlerror.Error {
	tokens := lexer.New(&ast.Source{Input: text})

	for {
		token, err := tokens.ReadToken()
		if invalid, ok := errors.AsType[*gqlerror.Error](err); ok {
			return invalid
		}

		if token.Kind == lexer.EOF {
			return nil
		}
	}
}

func characterAt(text string, line, column int) string {
	lines := strings.Split(text, "\n")
	if line > len(lines) {
		return ""
	}

	characters := []rune(lines[line-1])
	if column > len(characters) {
		return ""
	}

	return string(characters[column-1])
}

// invalidUTF8 returns the index of the first byte that is not UTF-8, or -1.
func invalidUTF8(text string) int {
	for n, char := range text {
		if char == utf8.RuneError && !strings.HasPrefix(text[n:], string(utf8.RuneError)) {
			return n
		}
	}

	return -1
}

// placeOf returns where a text goes on.
func placeOf(before string) place {
	last := strings.LastIndexByte(before, '\n') + 1

	return place{
		line:   1 + strings.Count(before, "\n"),
		column: 1 + utf8.RuneCountInString(before[last:]),
	}
}
