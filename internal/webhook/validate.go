package webhook

import (
	"errors"
	"strconv"
	"strings"

	"github.com/surehook/surehook/internal/egress"
	"github.com/surehook/surehook/internal/endpointauth"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/settings"
	"github.com/surehook/surehook/internal/signing"
)

// The limits of a webhook, besides those of its settings and of egress.
const (
	MaxName          = 100
	MaxDescription   = 1_000
	MaxSubscriptions = 100
)

// fields are what is checked alike when a webhook is made and when it is changed.
type fields struct {
	name        string
	description *string
	url         string
	settings    settings.Settings
	// changes are what made the settings.
	changes settings.Changes
	headers []Header
	auth    *endpointauth.Auth
}

func (in fields) check(rules settings.Rules, allowInsecure bool) (problems problem.List) {
	problems.Text(in.name, MaxName, "name")
	problems.OptionalText(in.description, MaxDescription, "description")

	if err := egress.ValidateURL(in.url); err != nil {
		problems.Add(problem.InvalidURL, err.Error(), "url")
	} else if !allowInsecure && !strings.HasPrefix(strings.ToLower(in.url), "https://") {
		problems.Add(problem.InvalidURL, "must start with https://: the organization does not allow http://", "url")
	}

	problems = append(problems, in.changes.Check(in.settings, rules)...)
	in.checkHeaders(&problems)
	in.checkAuth(&problems, allowInsecure)

	return problems
}

func (in fields) checkAuth(problems *problem.List, allowInsecure bool) {
	if in.auth == nil {
		return
	}

	wrong := in.auth.Validate(allowInsecure)
	for _, one := range wrong {
		problems.Add(problem.Invalid, one.Message, append([]string{"auth"}, one.Path...)...)
	}

	if len(wrong) > 0 {
		return
	}

	if in.auth.MutualTLS != nil && strings.HasPrefix(strings.ToLower(in.url), "http://") {
		problems.Add(problem.Invalid, "a client certificate needs a URL that starts with https://", "auth", "mutualTls")
	}

	// Authentication goes before all other headers, and a request has to keep its signature.
	if signed := in.signatureHeaders(); in.auth.Header != nil && signed[strings.ToLower(in.auth.Header.Name)] {
		problems.Add(problem.AlreadyExists, "the webhook's signature sets this header", "auth", "header", "name")
	}
}

func (in fields) checkHeaders(problems *problem.List) {
	if len(in.headers) > egress.MaxCustomHeaders {
		problems.Addf(problem.LimitExceeded, "customHeaders", "at most %d headers are allowed", egress.MaxCustomHeaders)

		return
	}

	taken := in.ownHeaders()
	seen := make(map[string]bool, len(in.headers))

	for n, one := range in.headers {
		path := func(part string) []string { return []string{"customHeaders", strconv.Itoa(n), part} }

		switch err := egress.ValidateHeader(one.Name, one.Value); {
		case errors.Is(err, egress.ErrHeaderNameTooLong):
			problems.Add(problem.TooLong, err.Error(), path("name")...)
		case errors.Is(err, egress.ErrHeaderValueTooLong):
			problems.Add(problem.TooLong, err.Error(), path("value")...)
		case errors.Is(err, egress.ErrHeaderValue):
			problems.Add(problem.Invalid, err.Error(), path("value")...)
		case err != nil:
			problems.Add(problem.Invalid, err.Error(), path("name")...)
		case seen[strings.ToLower(one.Name)]:
			problems.Add(problem.AlreadyExists, "the header is given twice", path("name")...)
		case taken[strings.ToLower(one.Name)]:
			problems.Add(problem.AlreadyExists, "the webhook's signature or authentication sets this header", path("name")...)
		}

		seen[strings.ToLower(one.Name)] = true
	}
}

// signatureHeaders are those that signatures set, in lower case.
func (in fields) signatureHeaders() map[string]bool {
	out := make(map[string]bool)

	for _, one := range in.settings.Signatures {
		for _, name := range one.Headers() {
			out[strings.ToLower(name)] = true
		}
	}

	return out
}

// ownHeaders are those that signatures and authentication set, in lower case.
func (in fields) ownHeaders() map[string]bool {
	out := in.signatureHeaders()

	if in.auth != nil {
		for _, name := range in.auth.HeaderNames() {
			out[strings.ToLower(name)] = true
		}
	}

	return out
}

// needsSecret tells whether one of the signatures is made with a shared secret.
func needsSecret(s settings.Settings) bool {
	return s.Uses(signing.StandardWebhooksV1, signing.HMACBody, signing.HMACTimestampBody)
}

// checkSecret returns the secret that was chosen, or a new one when none was and none has to be.
func checkSecret(
	problems *problem.List, chosen *string, s settings.Settings, source settings.SecretSource,
) signing.Secret {
	const field = "signingSecret"

	if chosen == nil {
		if source == settings.Chosen && needsSecret(s) {
			problems.Add(problem.Required, "must be given: the organization's profile has secrets chosen by the user", field)
		}

		return signing.NewSecret()
	}

	if source == settings.Generated {
		problems.Add(problem.Invalid, "must not be given: the organization's profile has secrets generated", field)

		return signing.NewSecret()
	}

	parse := signing.ParseText
	if s.Uses(signing.StandardWebhooksV1) {
		parse = signing.ParseSecret
	}

	secret, err := parse(*chosen)
	if err != nil {
		problems.Add(problem.Invalid, err.Error(), field)
	}

	return secret
}
