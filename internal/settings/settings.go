// Package settings is how a webhook talks to its endpoint, as data: the shape of its requests, how they are signed,
// when they are tried again, and when the webhook is taken out of use. A profile fills them in, a webhook may change
// them, and the rules of the profile say how far.
package settings

import (
	"slices"

	"github.com/surehook/surehook/internal/signing"
)

// Method is the HTTP method of a webhook's requests.
type Method string

// The methods. GET has no body: what would be in it goes into the query.
const (
	Get   Method = "GET"
	Patch Method = "PATCH"
	Post  Method = "POST"
	Put   Method = "PUT"
)

// Settings are all that can be set of how a webhook talks. The zero value is not usable: start from a profile's.
type Settings struct {
	Method Method `json:"method"`
	// TimeoutSeconds bounds one request, from connecting to the last byte of the answer.
	TimeoutSeconds int `json:"timeoutSeconds"`
	// Envelope is a CEL expression that makes the body of a request from an event. With GET and no Query, the members of
	// the object that it makes become query parameters.
	Envelope string `json:"envelope"`
	// Query are parameters that are added to the query of the URL, in this order.
	Query []Parameter `json:"query"`
	// Sections are parts of an event's data that may be left out.
	Sections []Section `json:"sections"`
	// Signatures say how requests are signed. None means that they are not.
	Signatures     []signing.Profile `json:"signatures"`
	RetryPolicy    RetryPolicy       `json:"retryPolicy"`
	AutoDisable    AutoDisable       `json:"autoDisable"`
	SecretRotation Rotation          `json:"secretRotation"`
	// MaxRequestsPerSecond is how many requests are made in a second at most. 0 means as many as there are.
	MaxRequestsPerSecond int     `json:"maxRequestsPerSecond"`
	Breaker              Breaker `json:"breaker"`
}

// Parameter is a parameter of a query.
type Parameter struct {
	Name string `json:"name"`
	// Value is a CEL expression. A text, a number or a truth value is written as it is, null as an empty text, and lists
	// and objects as JSON.
	Value string `json:"value"`
}

// Section is a part of an event's data that may be left out of requests.
type Section struct {
	Name string `json:"name"`
	// Paths are the members of the data that belong to it, with dots between the names: request.body.
	Paths    []string `json:"paths"`
	Included bool     `json:"included"`
}

// AutoDisable says when a webhook that does not answer is taken out of use. Its deliveries are then held.
type AutoDisable struct {
	// ConsecutiveFailures is after how many deliveries in a row that failed for good. 0 means never.
	ConsecutiveFailures int `json:"consecutiveFailures"`
	// FailingForHours is after how many hours in which every attempt failed. 0 means never.
	FailingForHours int `json:"failingForHours"`
	// OnGone tells whether 410 Gone does it at once.
	OnGone bool `json:"onGone"`
}

// Breaker says when a receiver that fails is given a rest. Its deliveries are then held, until a single request has
// found that it is back.
type Breaker struct {
	// FailurePercent is the share of attempts that failed at which the rest begins. 0 means never.
	FailurePercent int `json:"failurePercent"`
	// MinimumAttempts is how many attempts there have to be in the window for it to say anything.
	MinimumAttempts int `json:"minimumAttempts"`
	// WindowSeconds is how far back attempts count.
	WindowSeconds int `json:"windowSeconds"`
	// CooldownSeconds is how long the rest lasts. It doubles each time that the receiver is still not back, up to 15
	// minutes.
	CooldownSeconds int `json:"cooldownSeconds"`
}

// Rotation says when a webhook's secret is replaced by a new one without being asked.
type Rotation struct {
	// EveryDays is the age at which a secret is replaced. 0 means never.
	EveryDays int `json:"everyDays"`
	// OverlapSeconds is how long the old secret goes on signing beside the new one.
	OverlapSeconds int `json:"overlapSeconds"`
}

// Excluded returns the paths that are left out of the data.
func (s Settings) Excluded() []string {
	var out []string

	for _, one := range s.Sections {
		if !one.Included {
			out = append(out, one.Paths...)
		}
	}

	return out
}

// Uses tells whether one of the signatures has one of the schemes.
func (s Settings) Uses(schemes ...signing.Scheme) bool {
	return slices.ContainsFunc(s.Signatures, func(p signing.Profile) bool { return slices.Contains(schemes, p.Scheme) })
}
