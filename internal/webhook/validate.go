package webhook

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/egress"
	"github.com/surehook/surehook/internal/eventtype"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/retry"
	"github.com/surehook/surehook/internal/signing"
)

// The limits of a webhook, besides those of egress and retry.
const (
	MaxName           = 100
	MaxDescription    = 1_000
	MaxSubscriptions  = 100
	MinTimeoutSeconds = 1
	MaxTimeoutSeconds = 60
)

// RetryPolicy says when failed requests are tried again. What is nil is left at its default.
type RetryPolicy struct {
	DelaysSeconds *[]int
	JitterPercent *int
}

// or returns the delays and the jitter, from what they are otherwise.
func (p *RetryPolicy) or(delays []int, jitter int) ([]int, int) {
	if p != nil && p.DelaysSeconds != nil {
		delays = *p.DelaysSeconds
	}

	if p != nil && p.JitterPercent != nil {
		jitter = *p.JitterPercent
	}

	return delays, jitter
}

func defaultRetries() (delays []int, jitter int) {
	policy := retry.Default()
	for _, delay := range policy.Delays {
		delays = append(delays, int(delay/time.Second))
	}

	return delays, policy.JitterPercent
}

// settings is what is checked alike when a webhook is made and when it is changed.
type settings struct {
	name        string
	description *string
	url         string
	timeout     int
	headers     []Header
	delays      []int
	jitter      int
}

func (in settings) check() (problems problem.List) {
	problems.Text(in.name, MaxName, "name")
	problems.OptionalText(in.description, MaxDescription, "description")

	if err := egress.ValidateURL(in.url); err != nil {
		problems.Add(problem.InvalidURL, err.Error(), "url")
	}

	if in.timeout < MinTimeoutSeconds || in.timeout > MaxTimeoutSeconds {
		problems.Addf(problem.Invalid, "timeoutSeconds",
			"must be %d to %d seconds, not %d", MinTimeoutSeconds, MaxTimeoutSeconds, in.timeout)
	}

	checkHeaders(&problems, in.headers)
	checkRetries(&problems, in.delays, in.jitter)

	return problems
}

func checkHeaders(problems *problem.List, headers []Header) {
	if len(headers) > egress.MaxCustomHeaders {
		problems.Addf(problem.LimitExceeded, "customHeaders", "at most %d headers are allowed", egress.MaxCustomHeaders)

		return
	}

	seen := make(map[string]bool, len(headers))

	for n, one := range headers {
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
		}

		seen[strings.ToLower(one.Name)] = true
	}
}

func checkRetries(problems *problem.List, delays []int, jitter int) {
	const field = "delaysSeconds"

	if len(delays) > retry.MaxDelays {
		problems.Add(problem.LimitExceeded,
			fmt.Sprintf("at most %d retries are allowed", retry.MaxDelays), "retryPolicy", field)
	}

	lowest, highest := int(retry.MinDelay/time.Second), int(retry.MaxDelay/time.Second)

	for n, seconds := range delays {
		if seconds < lowest || seconds > highest {
			problems.Add(problem.Invalid, fmt.Sprintf("must be %d to %d seconds, not %d", lowest, highest, seconds),
				"retryPolicy", field, strconv.Itoa(n))
		}
	}

	if jitter < 0 || jitter > retry.MaxJitterPercent {
		problems.Add(problem.Invalid, fmt.Sprintf("must be 0 to %d percent, not %d", retry.MaxJitterPercent, jitter),
			"retryPolicy", "jitterPercent")
	}
}

// checkSecret returns the secret that was chosen, or a new one when none was.
func checkSecret(problems *problem.List, chosen *string) signing.Secret {
	if chosen == nil {
		return signing.NewSecret()
	}

	secret, err := signing.ParseSecret(*chosen)
	if err != nil {
		problems.Add(problem.Invalid, err.Error(), "signingSecret")
	}

	return secret
}

// checkEventTypes returns the event types and patterns without repetitions. Each is in the catalog or a pattern.
func checkEventTypes(
	ctx context.Context, q *dbsqlc.Queries, organization uuid.UUID, wanted []string, path func(n int) []string,
) ([]string, problem.List, error) {
	var problems problem.List

	// Only what can be a name goes to the database, which does not take every text.
	names := slices.DeleteFunc(slices.Clone(wanted), func(one string) bool { return !eventtype.ValidName(one) })

	known, err := q.EventTypeNames(ctx, dbsqlc.EventTypeNamesParams{OrganizationID: organization, Names: names})
	if err != nil {
		return nil, nil, fmt.Errorf("look up event types: %w", err)
	}

	out := make([]string, 0, len(wanted))

	for n, one := range wanted {
		switch {
		case !eventtype.ValidPattern(one):
			problems.Add(problem.Invalid, "must be an event type, * or a prefix with .*", path(n)...)
		case eventtype.IsName(one) && !slices.Contains(known, one):
			problems.Add(problem.UnknownEventType,
				fmt.Sprintf("there is no event type %q in the catalog, or it is archived", one), path(n)...)
		case !slices.Contains(out, one):
			out = append(out, one)
		}
	}

	return out, problems, nil
}
