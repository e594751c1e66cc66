package eventtype

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

const (
	// schemaURL stands for the schema that is compiled. It is no place that could be loaded.
	schemaURL = "surehook://event-type/schema"
	// maxSchemaDepth and maxSchemaNodes bound how a schema is built, because compiling takes longer than in proportion
	// to both: a schema of 64 KiB that is one deep nest of objects would take minutes.
	maxSchemaDepth = 100
	maxSchemaNodes = 5000
)

var errLoad = errors.New("a schema may not refer to other documents")

// check is a compiled schema. It can do one check at a time, since it meters what that takes.
type check struct {
	schema *jsonschema.Schema
	meter  *meter
	budget int
}

// compile makes a check of a schema, an object in JSON. An error says what is wrong with the schema, fit to be shown.
func compile(text json.RawMessage) (*check, error) {
	document, err := decodeObject(text)
	if err == nil {
		err = cmp.Or(calculable(document), storable(document))
	}

	if err != nil {
		return nil, err
	}

	var anchors []string

	nodes := 0
	if err := surveySchema(document, nil, &nodes, &anchors); err != nil {
		return nil, err
	}

	spent := &meter{left: budget}
	expressions := newPatterns(spent)
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	compiler.UseLoader(noLoader{})
	compiler.UseRegexpEngine(expressions.compile)

	if err := compiler.AddResource(schemaURL, document); err != nil {
		return nil, describeCompile(err)
	}

	schema, err := compiler.Compile(schemaURL)
	if err != nil {
		return nil, describeCompile(err)
	}

	spent.install(schema)

	// What a $dynamicRef leads to is not to be seen in the compiled schema. Compiling it again returns the same object.
	for _, anchor := range anchors {
		if target, err := compiler.Compile(schemaURL + "#" + anchor); err == nil {
			spent.install(target)
		}
	}

	spent.seen, expressions.compiled, expressions.sealed = nil, nil, true

	return &check{schema: schema, meter: spent, budget: budget}, nil
}

// surveySchema checks how a schema is built, and finds the places where a $dynamicRef could lead to.
func surveySchema(value any, path []string, nodes *int, anchors *[]string) error {
	if len(path) > maxSchemaDepth {
		return fmt.Errorf("must be nested at most %d deep", maxSchemaDepth)
	}

	switch value := value.(type) {
	case map[string]any:
		*nodes++

		if value["$dynamicAnchor"] != nil || value["$recursiveAnchor"] != nil {
			*anchors = append(*anchors, fragment(path))
		}

		for name, member := range value {
			if err := surveySchema(member, append(path, name), nodes, anchors); err != nil {
				return err
			}
		}
	case []any:
		*nodes++

		for n, item := range value {
			if err := surveySchema(item, append(path, strconv.Itoa(n)), nodes, anchors); err != nil {
				return err
			}
		}
	}

	if *nodes > maxSchemaNodes {
		return fmt.Errorf("must have at most %d objects and arrays", maxSchemaNodes)
	}

	return nil
}

// noLoader keeps schemas from reading files and making requests. The drafts' own schemas are built into the library.
type noLoader struct{}

// Load refuses.
func (noLoader) Load(string) (any, error) { return nil, errLoad }

// describeCompile puts the library's account of what is wrong with a schema into a sentence.
func describeCompile(err error) error {
	if load, ok := errors.AsType[*jsonschema.LoadURLError](err); ok {
		return fmt.Errorf("%w, such as %s", errLoad, shorten(strings.TrimPrefix(load.URL, "surehook://event-type/")))
	}

	if invalid, ok := errors.AsType[*jsonschema.SchemaValidationError](err); ok {
		if mismatch, ok := errors.AsType[*jsonschema.ValidationError](invalid.Err); ok {
			texts := []string{}

			for _, one := range mismatches(mismatch) {
				texts = append(texts, one.String())
			}

			return errors.New("is not a JSON Schema: " + strings.Join(texts, "; "))
		}
	}

	return errors.New("is not a JSON Schema: " + shorten(strings.ReplaceAll(err.Error(), schemaURL, "")))
}
