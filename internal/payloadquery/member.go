package payloadquery

// verdict is what a schema says of a member of an object. The order is the one in which several schemas that hold for
// the same object outdo each other: what one of them names is there, even if another one is closed.
type verdict int

const (
	// silent: it says nothing of members.
	silent verdict = iota
	// unlisted: it lists members, but not this one.
	unlisted
	// open: it has room for any member, on purpose.
	open
	// forbidden: it allows no others than those it lists.
	forbidden
	// named: it lists it.
	named
)

// likelihood orders verdicts by how much speaks for the member being there: of alternatives the best one counts.
func (v verdict) likelihood() int {
	return [...]int{forbidden: 0, unlisted: 1, silent: 2, open: 3, named: 4}[v]
}

// missing tells whether a member is taken for a mistake.
func (v verdict) missing() bool { return v == unlisted || v == forbidden }

// finding is a verdict, and the schema of the member as far as there is one.
type finding struct {
	verdict verdict
	schema  *schema
}

type memberOf struct {
	schema *schema
	name   string
}

var (
	foundSilent    = finding{silent, anything}
	foundUnlisted  = finding{unlisted, anything}
	foundForbidden = finding{forbidden, anything}
	foundUnknown   = finding{open, unknown}
)

// and joins what two schemas for the same object say.
func (f finding) and(other finding) finding {
	return finding{max(f.verdict, other.verdict), both(f.schema, other.schema)}
}

// member finds out about a member of an object for which a schema holds.
func (c *checker) member(s *schema, name string) finding {
	if s == unknown {
		return foundUnknown
	}

	key := memberOf{s, name}
	if known, ok := c.members[key]; ok {
		return known
	}

	if !c.spend(1) {
		return foundUnknown
	}

	c.members[key] = foundUnknown // until it is known: a schema may lead back to itself
	found := c.findMember(s, name)
	c.members[key] = found

	return found
}

func (c *checker) findMember(s *schema, name string) finding {
	if s.any != nil {
		return c.memberOfAny(s.any, name)
	}

	found := foundSilent

	if s.own != nil {
		found = c.ownMember(s.own, name)
	}

	for _, part := range s.all {
		found = found.and(c.member(part, name))
	}

	if s.own != nil && (found.verdict == silent || found.verdict == unlisted) {
		if rest := s.own.get("unevaluatedProperties"); rest != nil {
			found = c.others(rest)
		}
	}

	return found
}

// memberOfAny finds out about a member of an object for which one of several schemas holds.
func (c *checker) memberOfAny(alternatives []*schema, name string) finding {
	best := foundForbidden

	var possible []*schema

	for _, one := range alternatives {
		if asObject, _ := c.shapes(one); !asObject {
			continue
		}

		found := c.member(one, name)
		if found.verdict.likelihood() > best.verdict.likelihood() {
			best.verdict = found.verdict
		}

		if !found.verdict.missing() {
			possible = append(possible, found.schema)
		}
	}

	if len(possible) > 0 {
		best.schema = either(possible...)
	}

	return best
}

// ownMember finds out what a JSON Schema itself says, without what it refers to.
func (c *checker) ownMember(s *node, name string) finding {
	found := foundSilent
	listed := s.get("properties")

	if listed != nil {
		if property := listed.get(name); property != nil {
			found = finding{named, c.schema(property)}
		}
	}

	if patterns := s.get("patternProperties"); patterns != nil {
		for _, pattern := range patterns.names {
			switch c.match(pattern, name) {
			case matches:
				found = found.and(finding{named, c.schema(patterns.get(pattern))})
			case differs:
			case mayMatch:
				found = found.and(foundUnknown)
			}
		}
	}

	if found.verdict != silent {
		return found
	}

	if rest := s.get("additionalProperties"); rest != nil {
		found = c.others(rest)
	} else if listed != nil && len(listed.members) > 0 {
		found = foundUnlisted
	}

	// Some list only what has to be there.
	if found.verdict != forbidden && c.requires(s, name) {
		found.verdict = named
	}

	return found
}

// others is what a schema for members that are not listed says of one.
func (c *checker) others(rest *node) finding {
	if rest.value == false {
		return foundForbidden
	}

	return finding{open, c.schema(rest)}
}

func (c *checker) requires(s *node, name string) bool {
	required := items(s.get("required"))

	const perStep = 32
	if !c.spend(len(required) / perStep) {
		return true
	}

	for _, one := range required {
		if one.value == name {
			return true
		}
	}

	return false
}
