// Package outgoing makes the requests of deliveries: what they carry, rendered once from the event, and what is new in
// each attempt, the signatures above all.
package outgoing

import (
	"fmt"
	"net/url"
	"strings"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/expression"
	"github.com/surehook/surehook/internal/payloadquery"
	"github.com/surehook/surehook/internal/settings"
)

// cachedQueries is how many payload queries are kept parsed.
const cachedQueries = 1_000

// RenderError says that what a request carries cannot be made from the event. The message is fit for tenants.
type RenderError struct {
	// Part is what failed: envelope, payload query, payload sections, query, or query parameter with its name.
	Part string
	Err  error
}

// Error names the part and what was wrong with it.
func (e *RenderError) Error() string { return e.Part + ": " + e.Err.Error() }

// Unwrap returns what was wrong.
func (e *RenderError) Unwrap() error { return e.Err }

// Renderer makes what requests carry. It keeps expressions compiled and is safe for concurrent use.
type Renderer struct {
	expressions *expression.Cache
	queries     *lru.Cache[string, *payloadquery.Query]
}

// NewRenderer makes a renderer.
func NewRenderer(expressions *expression.Cache) *Renderer {
	queries, err := lru.New[string, *payloadquery.Query](cachedQueries)
	if err != nil {
		panic(err) // The size is not positive, which is a defect of this file.
	}

	return &Renderer{expressions: expressions, queries: queries}
}

// Render makes what the requests of a delivery carry. The payload query may be nil. The error is a [RenderError].
func (r *Renderer) Render(
	s settings.Settings, payloadQuery *string, payload []byte, c expression.Context,
) (delivery.Content, error) {
	data, err := r.data(s, payloadQuery, payload)
	if err != nil {
		return delivery.Content{}, err
	}

	c.Event.Data = expression.NewData(data)
	out := delivery.Content{Method: string(s.Method)}

	if out.Query, err = r.query(s, c); err != nil {
		return delivery.Content{}, err
	}

	if s.Method == settings.Get {
		return out, nil
	}

	shape, err := r.expressions.Shape(s.Envelope)
	if err == nil {
		out.Body, err = shape.Render(c)
	}

	if err != nil {
		return delivery.Content{}, &RenderError{Part: "envelope", Err: err}
	}

	return out, nil
}

// data returns the part of the payload that is sent.
func (r *Renderer) data(s settings.Settings, payloadQuery *string, payload []byte) ([]byte, error) {
	if excluded := s.Excluded(); len(excluded) > 0 {
		var err error
		if payload, err = payloadquery.Without(payload, excluded); err != nil {
			return nil, &RenderError{Part: "payload sections", Err: err}
		}
	}

	if payloadQuery == nil {
		return payload, nil
	}

	query, err := r.parsed(*payloadQuery)
	if err == nil {
		payload, err = query.Apply(payload)
	}

	if err != nil {
		return nil, &RenderError{Part: "payload query", Err: err}
	}

	return payload, nil
}

func (r *Renderer) parsed(text string) (*payloadquery.Query, error) {
	if known, ok := r.queries.Get(text); ok {
		return known, nil
	}

	query, err := payloadquery.Parse(text)
	if err != nil {
		return nil, err
	}

	r.queries.Add(text, query)

	return query, nil
}

// query returns the parameters that are added to the query of the URL. A GET without any of its own carries the members
// of its envelope.
func (r *Renderer) query(s settings.Settings, c expression.Context) (string, error) {
	if len(s.Query) == 0 && s.Method == settings.Get {
		return r.members(s.Envelope, c)
	}

	parts := make([]string, len(s.Query))

	for n, one := range s.Query {
		text, err := r.expressions.Text(one.Value)

		value := ""
		if err == nil {
			value, err = text.Render(c)
		}

		if err != nil {
			return "", &RenderError{Part: fmt.Sprintf("query parameter %s", one.Name), Err: err}
		}

		parts[n] = escape(one.Name) + "=" + escape(value)
	}

	return strings.Join(parts, "&"), nil
}

func (r *Renderer) members(envelope string, c expression.Context) (string, error) {
	shape, err := r.expressions.Shape(envelope)
	if err != nil {
		return "", &RenderError{Part: "envelope", Err: err}
	}

	members, err := shape.Members(c)
	if err != nil {
		return "", &RenderError{Part: "envelope", Err: err}
	}

	parts := make([]string, len(members))
	for n, one := range members {
		parts[n] = escape(one.Name) + "=" + escape(one.Value)
	}

	return strings.Join(parts, "&"), nil
}

// escape percent-encodes. A space becomes %20, which every receiver reads as a space, unlike the plus of HTML forms.
func escape(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }
