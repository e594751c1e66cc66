package profile

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// The limits of a file. Parsing takes longer than in proportion to depth and anchors, and aliases may stand for more
// than the file has room for.
const (
	maxFileBytes = 1024 * 1024
	maxDepth     = 64
	maxAnchors   = 500
	maxValues    = 50_000
)

// document is a YAML file as JSON.
type document struct {
	// json has the members of objects in the order of the file.
	json []byte
	// lines are where in the file the values are, by their paths.
	lines map[string]int
}

// yamlError is what keeps a file from being read.
type yamlError struct {
	line    int
	message string
}

func (e *yamlError) Error() string { return e.message }

// readYAML reads a file of one YAML document whose values are those of JSON. Anchors and aliases are fine; tags, merge
// keys, keys that are no text and keys that are there twice are not. The error is a yamlError.
func readYAML(text []byte) (document, error) {
	switch {
	case len(text) > maxFileBytes:
		return document{}, &yamlError{message: fmt.Sprintf("must be at most %d bytes", maxFileBytes)}
	case !utf8.Valid(text):
		return document{}, &yamlError{message: "must be UTF-8"}
	}

	tokens := lexer.Tokenize(string(bytes.TrimPrefix(text, []byte("\ufeff"))))
	if err := surveyTokens(tokens); err != nil {
		return document{}, err
	}

	file, err := parser.Parse(tokens, 0)
	if err != nil {
		return document{}, syntaxError(err)
	}

	if len(file.Docs) != 1 || file.Docs[0].Body == nil {
		return document{}, &yamlError{message: "must have one YAML document"}
	}

	c := &converter{anchors: map[string]ast.Node{}, lines: map[string]int{}}
	if err := c.value(file.Docs[0].Body, nil); err != nil {
		return document{}, err
	}

	return document{json: c.out.Bytes(), lines: c.lines}, nil
}

// surveyTokens refuses what would take the parser too long, and what has no place in a profile.
func surveyTokens(tokens token.Tokens) error {
	var depth, anchors, entries, entryLine int

	for _, one := range tokens {
		line := one.Position.Line

		switch one.Type {
		case token.MappingStartType, token.SequenceStartType:
			depth++
		case token.MappingEndType, token.SequenceEndType:
			depth--
		case token.SequenceEntryType:
			if line != entryLine {
				entries, entryLine = 0, line
			}

			entries++
		case token.AnchorType:
			anchors++
		case token.TagType:
			return &yamlError{line: line, message: "tags such as " + one.Value + " are not supported"}
		default:
		}

		if max(depth, entries) > maxDepth {
			return tooDeep(line)
		}

		if anchors > maxAnchors {
			return &yamlError{line: line, message: fmt.Sprintf("must have at most %d anchors", maxAnchors)}
		}
	}

	return nil
}

func tooDeep(line int) error {
	return &yamlError{line: line, message: fmt.Sprintf("must be nested at most %d deep", maxDepth)}
}

// syntaxError takes the place and the reason from the library's error, and leaves the excerpt of the file.
func syntaxError(err error) error {
	if wrong, ok := errors.AsType[*yaml.SyntaxError](err); ok {
		out := &yamlError{message: "is not YAML: " + wrong.GetMessage()}

		if at := wrong.GetToken(); at != nil && at.Position != nil {
			out.line = at.Position.Line
		}

		return out
	}

	first, _, _ := strings.Cut(err.Error(), "\n")

	return &yamlError{message: "is not YAML: " + first}
}

// converter writes JSON. Aliases are written out, so it counts what it writes.
type converter struct {
	out     bytes.Buffer
	lines   map[string]int
	anchors map[string]ast.Node
	values  int
}

func (c *converter) value(node ast.Node, path []string) error {
	line := node.GetToken().Position.Line

	if c.values++; c.values > maxValues {
		return &yamlError{line: line, message: fmt.Sprintf("must have at most %d values, aliases written out", maxValues)}
	}

	if len(path) > maxDepth {
		return tooDeep(line)
	}

	if key := lineKey(path); c.lines[key] == 0 {
		c.lines[key] = line
	}

	switch node := node.(type) {
	case *ast.AnchorNode:
		if err := c.value(node.Value, path); err != nil {
			return err
		}

		// From here on, so that nothing contains itself.
		c.anchors[node.Name.GetToken().Value] = node.Value

		return nil
	case *ast.AliasNode:
		name := node.Value.GetToken().Value

		target, ok := c.anchors[name]
		if !ok {
			return &yamlError{line: line, message: "there is no anchor &" + name + " before this"}
		}

		return c.value(target, path)
	case ast.MapNode:
		return c.object(node, path)
	case *ast.SequenceNode:
		return c.array(node, path)
	default:
		return c.scalar(node, line)
	}
}

func (c *converter) object(node ast.MapNode, path []string) error {
	seen := map[string]bool{}

	c.out.WriteByte('{')

	for members := node.MapRange(); members.Next(); {
		key, ok := members.Key().(*ast.StringNode)
		line := members.Key().GetToken().Position.Line

		switch {
		case members.Key().IsMergeKey():
			return &yamlError{line: line, message: "merge keys (<<) are not supported"}
		case !ok:
			return &yamlError{line: line, message: "a key must be a text; put it in quotes"}
		case seen[key.Value]:
			return &yamlError{line: line, message: fmt.Sprintf("the key %q is there twice", key.Value)}
		}

		if len(seen) > 0 {
			c.out.WriteByte(',')
		}

		seen[key.Value] = true

		if err := c.text(key.Value, line); err != nil {
			return err
		}

		c.out.WriteByte(':')

		member := append(slices.Clip(path), key.Value)
		c.lines[lineKey(member)] = line

		if err := c.value(members.Value(), member); err != nil {
			return err
		}
	}

	c.out.WriteByte('}')

	return nil
}

func (c *converter) array(node *ast.SequenceNode, path []string) error {
	c.out.WriteByte('[')

	for n, item := range node.Values {
		if n > 0 {
			c.out.WriteByte(',')
		}

		if err := c.value(item, append(slices.Clip(path), strconv.Itoa(n))); err != nil {
			return err
		}
	}

	c.out.WriteByte(']')

	return nil
}

func (c *converter) scalar(node ast.Node, line int) error {
	switch node := node.(type) {
	case *ast.StringNode:
		return c.text(node.Value, line)
	case *ast.LiteralNode:
		return c.text(node.Value.Value, line)
	case *ast.BoolNode:
		return c.json(node.Value, line)
	case *ast.FloatNode:
		return c.json(node.Value, line)
	case *ast.IntegerNode:
		return c.json(node.Value, line)
	case *ast.NullNode:
		return c.json(nil, line)
	default:
		return &yamlError{line: line, message: "must be a text, a number, true, false, null, a list or a mapping"}
	}
}

func (c *converter) text(text string, line int) error {
	if strings.ContainsRune(text, 0) {
		return &yamlError{line: line, message: "must not contain the character U+0000"}
	}

	return c.json(text, line)
}

func (c *converter) json(value any, line int) error {
	text, err := encode(value)
	if err != nil {
		return &yamlError{line: line, message: "cannot be written as JSON: " + err.Error()}
	}

	c.out.Write(text)

	return nil
}
