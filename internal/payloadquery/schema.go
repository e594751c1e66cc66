package payloadquery

// maxSteps bounds the work of one check, some hundred milliseconds of one processor. Honest schemas take a few hundred.
// When it is used up, everything that was not found out is taken for possible.
const maxSteps = 100_000

// schema is what is known about one place of the data. It is built of the schemas in the text that apply there, which
// can be many: those around a reference, branches, and for the items of an array each of their schemas.
type schema struct {
	// own is the JSON Schema that this is about, if it is one in the text. What it says itself holds, and what is in all.
	own *node
	all []*schema
	// any has alternatives, of which at least one holds. A schema with alternatives has nothing else.
	any []*schema
}

// Schemas that are no place in the text. They are known by their addresses.
var (
	anything = &schema{}
	nothing  = &schema{}
	// unknown is what cannot be found out. Unlike anything, it allows what other schemas for the same place do not name.
	unknown = &schema{}
)

// checker answers questions about places. It keeps all answers, so each question about a place takes work once.
type checker struct {
	document *document
	steps    int
	schemas  map[*node]*schema
	kinds    map[*schema]kinds
	members  map[memberOf]finding
	items    map[*schema]*schema
	objects  map[*schema]bool
	patterns map[string]*pattern
}

func newChecker(d *document) *checker {
	return &checker{
		document: d,
		steps:    maxSteps,
		schemas:  map[*node]*schema{},
		kinds:    map[*schema]kinds{},
		members:  map[memberOf]finding{},
		items:    map[*schema]*schema{},
		objects:  map[*schema]bool{},
		patterns: map[string]*pattern{},
	}
}

// spend takes steps and tells whether there were enough left.
func (c *checker) spend(steps int) bool {
	c.steps -= steps

	return c.steps >= 0
}

// schema returns what a JSON Schema in the text says, and what all those say that hold for the same place.
func (c *checker) schema(n *node) *schema {
	switch {
	case n == nil:
		return unknown
	case n.value == true:
		return anything
	case n.value == false:
		return nothing
	case n.kind != object:
		return unknown
	}

	if known, ok := c.schemas[n]; ok {
		return known
	}

	if !c.spend(1) {
		return unknown
	}

	s := &schema{own: n}
	c.schemas[n] = s // first, as it may lead back here

	if c.document.legacy && n.get("$ref") != nil {
		s.own, s.all = nil, c.references(n)

		return s
	}

	s.all = append(c.references(n), c.branches(n)...)

	return s
}

// references returns the schemas that another one refers to.
func (c *checker) references(n *node) []*schema {
	var all []*schema

	for _, keyword := range []string{"$ref", "$dynamicRef", "$recursiveRef"} {
		reference := n.get(keyword)
		if reference == nil {
			continue
		}

		to, ok := reference.value.(string)

		// Where a dynamic reference leads depends on the way that led to it, unless there is but one document to be in.
		if !ok || keyword != "$ref" && c.document.nested {
			all = append(all, unknown)

			continue
		}

		all = append(all, c.schema(c.document.resolve(n, to)))
	}

	return all
}

// branches returns the parts of a schema that hold for the same place.
func (c *checker) branches(n *node) []*schema {
	var all []*schema

	for _, part := range items(n.get("allOf")) {
		all = append(all, c.schema(part))
	}

	for _, keyword := range []string{"anyOf", "oneOf"} {
		var alternatives []*schema
		for _, part := range items(n.get(keyword)) {
			alternatives = append(alternatives, c.schema(part))
		}

		all = append(all, either(alternatives...))
	}

	if condition := n.get("if"); condition != nil {
		then, otherwise := anything, anything
		if part := n.get("then"); part != nil {
			then = c.schema(part)
		}

		if part := n.get("else"); part != nil {
			otherwise = c.schema(part)
		}

		all = append(all, either(both(c.schema(condition), then), otherwise))
	}

	for _, keyword := range []string{"dependentSchemas", "dependencies"} {
		if parts := n.get(keyword); parts != nil {
			for _, name := range parts.names {
				if part := parts.get(name); part.kind == object {
					all = append(all, either(c.schema(part), anything))
				}
			}
		}
	}

	return all
}

func items(n *node) []*node {
	if n == nil {
		return nil
	}

	return n.items
}

// both is the schema of a place for which all the given ones hold.
func both(parts ...*schema) *schema {
	all := distinct(parts, anything)

	switch len(all) {
	case 0:
		return anything
	case 1:
		return all[0]
	default:
		return &schema{all: all}
	}
}

// either is the schema of a place for which one of the given ones holds. Without any it says nothing.
func either(parts ...*schema) *schema {
	alternatives := distinct(parts, nothing)

	switch {
	case len(parts) == 0:
		return anything
	case len(alternatives) == 0:
		return nothing
	case len(alternatives) == 1:
		return alternatives[0]
	default:
		return &schema{any: alternatives}
	}
}

// distinct returns each schema once, and those that change nothing not at all.
func distinct(parts []*schema, neutral *schema) []*schema {
	var out []*schema

	seen := map[*schema]bool{nil: true, neutral: true}

	for _, part := range parts {
		if !seen[part] {
			seen[part] = true
			out = append(out, part)
		}
	}

	return out
}
