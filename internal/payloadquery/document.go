package payloadquery

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// node is a value in the text of a JSON Schema.
type node struct {
	// members are those of an object, items those of an array. One of the two may be set.
	members map[string]*node
	items   []*node
	// names are those of the members, sorted: what a check finds must not depend on the order of a map.
	names []string
	// value is what has neither: nil, a bool, a string or a json.Number.
	value any
	kind  kinds
	// in is what references from here are relative to.
	in *resource
}

// get returns a member, or nil.
func (n *node) get(name string) *node { return n.members[name] }

// resource is the document, or a part of it with an $id of its own.
type resource struct {
	root    *node
	base    *url.URL
	anchors map[string]*node
}

// document is the text of a JSON Schema, with all places in it that can be referred to.
type document struct {
	root      *node
	resources map[string]*resource
	// legacy says that it follows a draft before 2019-09, where nothing counts beside a $ref.
	legacy bool
	// idKeyword is how the draft spells $id.
	idKeyword string
	// nested says that a part of it has an $id of its own.
	nested bool
}

func readDocument(text []byte) (*document, error) {
	var value any

	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()

	if err := decoder.Decode(&value); err != nil {
		return nil, fmt.Errorf("read JSON Schema: %w", err)
	}

	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("read JSON Schema: there is text after it")
	}

	d := &document{resources: map[string]*resource{}, idKeyword: "$id"}

	if object, ok := value.(map[string]any); ok {
		draft, _ := object["$schema"].(string)
		has := func(number string) bool { return strings.Contains(draft, "draft-"+number) }

		d.legacy = slices.ContainsFunc([]string{"03", "04", "06", "07"}, has)
		if has("03") || has("04") {
			d.idKeyword = "id"
		}
	}

	d.root = d.read(value, nil)

	return d, nil
}

func (d *document) read(value any, in *resource) *node {
	n := &node{in: in}

	if in == nil {
		n.in = &resource{root: n, base: &url.URL{}, anchors: map[string]*node{}}
		d.resources[""] = n.in
	}

	switch value := value.(type) {
	case map[string]any:
		n.kind = object
		d.enter(n, value)

		n.names = slices.Sorted(maps.Keys(value))
		n.members = make(map[string]*node, len(value))

		for _, name := range n.names {
			n.members[name] = d.read(value[name], n.in)
		}
	case []any:
		n.kind = array

		for _, item := range value {
			n.items = append(n.items, d.read(item, n.in))
		}
	default:
		n.value, n.kind = value, kindOfScalar(value)
	}

	return n
}

// enter notes under which names an object can be referred to. It need not be a schema: a name that only an example has
// does no harm as long as nothing refers to it.
func (d *document) enter(n *node, value map[string]any) {
	id, ok := value[d.idKeyword].(string)
	if _, refers := value["$ref"]; refers && d.legacy {
		ok = false
	}

	if ok && strings.HasPrefix(id, "#") {
		n.in.name(id[1:], n)
	} else if at, err := n.in.base.Parse(id); ok && err == nil {
		at.Fragment, at.RawFragment = "", ""
		d.nested = d.nested || n.in.root != n
		n.in = &resource{root: n, base: at, anchors: map[string]*node{}}

		if _, taken := d.resources[at.String()]; taken {
			n.in.root = nil
		}

		d.resources[at.String()] = n.in
	}

	for _, keyword := range []string{"$anchor", "$dynamicAnchor"} {
		if anchor, ok := value[keyword].(string); ok {
			n.in.name(anchor, n)
		}
	}
}

// name notes an anchor. One that there is twice stands for nothing.
func (r *resource) name(anchor string, n *node) {
	if known, taken := r.anchors[anchor]; taken && known != n {
		n = nil
	}

	r.anchors[anchor] = n
}

// resolve returns what a reference from a node leads to, or nil when that is not in the document.
func (d *document) resolve(from *node, reference string) *node {
	target, err := url.Parse(reference)
	if err != nil {
		return nil
	}

	fragment, in := target.Fragment, from.in
	target.Fragment, target.RawFragment = "", ""

	if target.String() != "" {
		if in = d.resources[in.base.ResolveReference(target).String()]; in == nil {
			return nil
		}
	}

	if fragment != "" && fragment[0] != '/' {
		return in.anchors[fragment]
	}

	return follow(in.root, fragment)
}

// follow walks along a JSON pointer (RFC 6901).
func follow(n *node, pointer string) *node {
	unescape := strings.NewReplacer("~1", "/", "~0", "~")

	for pointer != "" && n != nil {
		var token string

		token, pointer, _ = strings.Cut(pointer[1:], "/")
		if pointer != "" {
			pointer = "/" + pointer
		}

		if n.items == nil {
			n = n.get(unescape.Replace(token))

			continue
		}

		index, err := strconv.Atoi(token)
		if err != nil || index < 0 || index >= len(n.items) {
			return nil
		}

		n = n.items[index]
	}

	return n
}
