package payloadquery

// maxNesting is how many arrays around each other a check looks through. Data is never nested deeper.
const maxNesting = 64

// kindsOf returns the types that a value can have for which a schema holds.
func (c *checker) kindsOf(s *schema) kinds {
	if s == nothing {
		return 0
	}

	if known, ok := c.kinds[s]; ok {
		return known
	}

	if !c.spend(1) {
		return everything
	}

	c.kinds[s] = everything // until it is known

	all := everything
	if s.own != nil {
		all = declared(s.own)
	}

	for _, part := range s.all {
		all &= c.kindsOf(part)
	}

	if s.any != nil {
		all = 0
		for _, one := range s.any {
			all |= c.kindsOf(one)
		}
	}

	c.kinds[s] = all

	return all
}

// itemsOf returns the schema of the items of an array for which a schema holds, or nil when it says nothing of them.
// With several for different items, one of them holds.
func (c *checker) itemsOf(s *schema) *schema {
	if s == unknown {
		return unknown
	}

	if known, ok := c.items[s]; ok {
		return known
	}

	if !c.spend(1) {
		return unknown
	}

	c.items[s] = unknown // until it is known

	var found []*schema

	if s.own != nil {
		if own := c.ownItems(s.own); own != nil {
			found = append(found, own)
		}
	}

	for _, part := range s.all {
		if one := c.itemsOf(part); one != nil {
			found = append(found, one)
		}
	}

	var all *schema

	switch {
	case s.any != nil:
		all = c.itemsOfAny(s.any)
	case len(found) > 0:
		all = both(found...)
	}

	c.items[s] = all

	return all
}

func (c *checker) itemsOfAny(alternatives []*schema) *schema {
	var found []*schema

	spoken := false

	for _, one := range alternatives {
		if _, asArray := c.shapes(one); !asArray {
			continue
		}

		of := c.itemsOf(one)
		if of == nil {
			of = anything
		} else {
			spoken = true
		}

		found = append(found, of)
	}

	if !spoken {
		return nil
	}

	return either(found...)
}

func (c *checker) ownItems(s *node) *schema {
	first, rest := items(s.get("prefixItems")), s.get("items")

	// Before 2020-12 a list of schemas was items, too.
	if rest != nil && rest.kind == array {
		first, rest = rest.items, s.get("additionalItems")
	}

	if rest == nil {
		rest = s.get("unevaluatedItems")
	}

	if len(first) == 0 && rest == nil {
		return nil
	}

	var all []*schema
	for _, one := range first {
		all = append(all, c.schema(one))
	}

	if rest == nil {
		return either(append(all, anything)...)
	}

	return either(append(all, c.schema(rest))...)
}

// shapes tells whether a value for which a schema holds can be an object, and whether it can be an array. A schema that
// allows all types but speaks of only one of the two means that one: many authors leave the type out.
func (c *checker) shapes(s *schema) (asObject, asArray bool) {
	all := c.kindsOf(s)
	asObject, asArray = all&object != 0, all&array != 0

	if all == everything {
		ofObjects, ofArrays := c.speaksOfMembers(s), c.itemsOf(s) != nil
		asObject, asArray = ofObjects || !ofArrays, ofArrays || !ofObjects
	}

	return asObject, asArray
}

// speaksOfMembers tells whether a schema says anything about objects.
func (c *checker) speaksOfMembers(s *schema) bool {
	if s == unknown {
		return true
	}

	if known, ok := c.objects[s]; ok {
		return known
	}

	if !c.spend(1) {
		return true
	}

	c.objects[s] = false // until it is known
	speaks := false

	if s.own != nil {
		for _, keyword := range []string{
			"additionalProperties", "maxProperties", "minProperties", "patternProperties", "properties", "propertyNames",
			"required", "unevaluatedProperties",
		} {
			speaks = speaks || s.own.get(keyword) != nil
		}
	}

	for _, parts := range [][]*schema{s.all, s.any} {
		for _, part := range parts {
			speaks = speaks || c.speaksOfMembers(part)
		}
	}

	c.objects[s] = speaks

	return speaks
}

// field finds out about a field that is selected on a value: a member of the value, or of its items if it is an array.
func (c *checker) field(s *schema, name string, nesting int) finding {
	if s == unknown {
		return foundUnknown
	}

	asObject, asArray := c.shapes(s)
	best := foundForbidden

	if asObject {
		best = c.member(s, name)
	}

	if !asArray || nesting == maxNesting {
		return best
	}

	found := foundSilent
	if of := c.itemsOf(s); of != nil {
		found = c.field(of, name, nesting+1)
	}

	switch {
	case best.verdict.missing():
		return found
	case found.verdict.missing():
		return best
	default:
		return finding{max(best.verdict, found.verdict), either(best.schema, found.schema)}
	}
}

// hasFields tells whether a value, or an item of it if it is an array, can be an object.
func (c *checker) hasFields(s *schema) bool {
	for range maxNesting {
		asObject, asArray := c.shapes(s)
		if asObject || !asArray {
			return asObject
		}

		if s = c.itemsOf(s); s == nil {
			return true
		}
	}

	return false
}
