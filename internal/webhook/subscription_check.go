package webhook

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/eventtype"
	"github.com/surehook/surehook/internal/expression"
	"github.com/surehook/surehook/internal/payloadquery"
	"github.com/surehook/surehook/internal/problem"
)

// The limits of resource ids, of a subscription as of an event.
const (
	MaxResourceIDs      = 100
	MaxResourceIDLength = 255
)

// SubscriptionInput is a subscription to be.
type SubscriptionInput struct {
	EventType    string
	Filter       *string
	ResourceIDs  []string
	PayloadQuery *string
	Enabled      bool
}

func (in SubscriptionInput) addTo(p *dbsqlc.InsertSubscriptionsParams) {
	p.Ids = append(p.Ids, newSubscriptionID())
	p.EventTypes = append(p.EventTypes, in.EventType)
	p.Filters = append(p.Filters, or(in.Filter, ""))
	p.ResourceIds = append(p.ResourceIds, strings.Join(in.ResourceIDs, "\n"))
	p.PayloadQueries = append(p.PayloadQueries, or(in.PayloadQuery, ""))
	p.Enabled = append(p.Enabled, in.Enabled)
}

// checkSubscriptions returns those of a new webhook without repetitions of its event types.
func (s *Service) checkSubscriptions(
	ctx context.Context, q *dbsqlc.Queries, in CreateInput,
) ([]SubscriptionInput, problem.List, error) {
	var problems problem.List

	if len(in.EventTypes)+len(in.Subscriptions) > MaxSubscriptions {
		field := "eventTypes"
		if len(in.EventTypes) == 0 {
			field = "subscriptions"
		}

		problems.Addf(problem.LimitExceeded, field, "at most %d subscriptions are allowed", MaxSubscriptions)

		return nil, problems, nil
	}

	out := make([]SubscriptionInput, 0, len(in.EventTypes)+len(in.Subscriptions))
	taken := func(eventType string) bool {
		return slices.ContainsFunc(out, func(one SubscriptionInput) bool { return one.EventType == eventType })
	}

	for n, one := range in.EventTypes {
		wrong, err := checkEventType(ctx, q, in.OrganizationID.UUID(), one, "eventTypes", strconv.Itoa(n))
		if err != nil {
			return nil, nil, err
		}

		if problems = append(problems, wrong...); !taken(one) {
			out = append(out, SubscriptionInput{EventType: one, Enabled: true})
		}
	}

	for n, one := range in.Subscriptions {
		path := []string{"subscriptions", strconv.Itoa(n)}

		wrong, err := checkSubscription(ctx, q, in.OrganizationID.UUID(), one, path...)
		if err != nil {
			return nil, nil, err
		}

		if taken(one.EventType) {
			wrong.Add(problem.AlreadyExists, "the webhook is subscribed to this already", append(path, "eventType")...)
		}

		problems, out = append(problems, wrong...), append(out, one)
	}

	return out, problems, nil
}

// checkSubscription returns what is wrong with a subscription. The path is that of the subscription in the input.
func checkSubscription(
	ctx context.Context, q *dbsqlc.Queries, organization uuid.UUID, in SubscriptionInput, path ...string,
) (problem.List, error) {
	at := func(field ...string) []string { return append(slices.Clone(path), field...) }

	problems, err := checkEventType(ctx, q, organization, in.EventType, at("eventType")...)
	if err != nil {
		return nil, err
	}

	problems = append(problems, checkFilter(in.Filter, at("filter"))...)
	problems = append(problems, CheckResourceIDs(in.ResourceIDs, at("resourceIds")...)...)

	if in.PayloadQuery == nil {
		return problems, nil
	}

	wrong, err := checkPayloadQuery(ctx, q, organization, in, at("payloadQuery"))

	return append(problems, wrong...), err
}

// checkEventType: each is in the catalog, one of Surehook's own, or a pattern.
func checkEventType(
	ctx context.Context, q *dbsqlc.Queries, organization uuid.UUID, wanted string, path ...string,
) (problems problem.List, err error) {
	switch {
	case !eventtype.ValidPattern(wanted):
		problems.Add(problem.Invalid, "must be an event type, * or a prefix with .*", path...)
	case eventtype.IsName(wanted) && !eventtype.IsOperational(wanted):
		known, err := q.EventTypeNames(ctx, dbsqlc.EventTypeNamesParams{
			OrganizationID: organization, Names: []string{wanted},
		})
		if err != nil {
			return nil, fmt.Errorf("look up event types: %w", err)
		}

		if len(known) == 0 {
			problems.Add(problem.UnknownEventType,
				fmt.Sprintf("there is no event type %q in the catalog, or it is archived", wanted), path...)
		}
	}

	return problems, nil
}

func checkFilter(filter *string, path []string) (problems problem.List) {
	if filter == nil {
		return nil
	}

	_, err := expression.CompileCondition(*filter)
	if wrong, ok := errors.AsType[*expression.Error](err); ok {
		problems = append(problems, problem.Problem{
			Code: problem.InvalidExpression, Message: wrong.Message, Field: path, Line: wrong.Line, Column: wrong.Column,
		})
	}

	return problems
}

// CheckResourceIDs returns what is wrong with a list of resource ids.
func CheckResourceIDs(ids []string, path ...string) (problems problem.List) {
	if len(ids) > MaxResourceIDs {
		problems.Add(problem.LimitExceeded, fmt.Sprintf("at most %d resource ids are allowed", MaxResourceIDs), path...)

		return problems
	}

	for n, one := range ids {
		at := append(slices.Clone(path), strconv.Itoa(n))

		switch {
		case one == "":
			problems.Add(problem.Required, "must not be empty", at...)
		case utf8.RuneCountInString(one) > MaxResourceIDLength:
			problems.Add(problem.TooLong, fmt.Sprintf("must be at most %d characters", MaxResourceIDLength), at...)
		case !utf8.ValidString(one) || strings.ContainsFunc(one, unicode.IsControl):
			problems.Add(problem.Invalid, "must be valid UTF-8 without control characters", at...)
		}
	}

	return problems
}

// checkPayloadQuery checks a query by itself, and against the schema of the event type when it is for one that has one.
func checkPayloadQuery(
	ctx context.Context, q *dbsqlc.Queries, organization uuid.UUID, in SubscriptionInput, path []string,
) (problem.List, error) {
	query, err := payloadquery.Parse(*in.PayloadQuery)
	if err != nil {
		return queryProblems(err, path), nil
	}

	schema, err := schemaOf(ctx, q, organization, in.EventType)
	if err != nil || schema == nil {
		return nil, err
	}

	return queryProblems(query.Check(schema), path), nil
}

func queryProblems(err error, path []string) (problems problem.List) {
	wrong, _ := errors.AsType[payloadquery.Problems](err)

	for _, one := range wrong {
		problems = append(problems, problem.Problem{
			Code: problem.InvalidExpression, Message: one.Message, Field: path, Line: one.Line, Column: one.Column,
		})
	}

	return problems
}

// schemaOf returns the schema that events of a type are checked against, and nil when there is none: a derived type has
// that of its source.
func schemaOf(ctx context.Context, q *dbsqlc.Queries, organization uuid.UUID, eventType string) ([]byte, error) {
	if !eventtype.ValidPattern(eventType) || !eventtype.IsName(eventType) {
		return nil, nil
	}

	schema, err := q.NewestSchemaByName(ctx, dbsqlc.NewestSchemaByNameParams{
		OrganizationID: organization, Name: eventType,
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}

	if err != nil {
		return nil, fmt.Errorf("look up schema: %w", err)
	}

	return schema, nil
}
