package demo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
)

const (
	organizationName = "Demo"
	organizationSlug = "demo"

	// webhookName is how the webhook to the sample receiver is found again.
	webhookName = "Sample receiver"
)

// Options says which Surehook gets the demonstration, and on whose behalf.
type Options struct {
	// HTTP is the client to use. Nil means http.DefaultClient.
	HTTP *http.Client

	// Logger hears what was made and what was found. Nil means slog.Default.
	Logger *slog.Logger

	// OperatorKey is the platform key that may add organizations.
	OperatorKey string

	// ReceiverURL is the sample receiver's address without a path. Without one
	// no webhook is made.
	ReceiverURL string

	// StateFile keeps the organization's key between starts: Surehook shows a
	// key only once.
	StateFile string

	// URL is Surehook's address without a path.
	URL string
}

// Result is what a developer and the sample receiver want to know.
type Result struct {
	// APIKey belongs to the organization and has the role ADMIN.
	APIKey string

	// OrganizationID is the id of the organization "Demo".
	OrganizationID string

	// SigningSecret signs what the webhook sends; empty without a webhook.
	SigningSecret string
}

// Bootstrap makes what is missing and returns what is there. It may be called
// any number of times, but not by two processes at once.
func Bootstrap(ctx context.Context, opts Options) (Result, error) {
	if opts.HTTP == nil {
		opts.HTTP = http.DefaultClient
	}
	if opts.Logger == nil {
		opts.Logger = slog.Default()
	}
	b := bootstrap{opts: opts, api: api{http: opts.HTTP, url: opts.URL + "/graphql"}}
	if err := b.run(ctx); err != nil {
		return Result{}, fmt.Errorf("make demonstration data: %w", err)
	}
	return b.result, nil
}

// bootstrap is one run of Bootstrap.
type bootstrap struct {
	api    api
	opts   Options
	result Result
	state  state
}

func (b *bootstrap) run(ctx context.Context) error {
	if err := b.ensureKey(ctx); err != nil {
		return err
	}
	if err := b.ensureEventTypes(ctx); err != nil {
		return err
	}
	if b.opts.ReceiverURL == "" {
		return nil
	}
	return b.ensureWebhook(ctx)
}

// ensureKey uses the key of an earlier start if it still works. Otherwise the
// operator finds or adds the organization and makes a new one.
func (b *bootstrap) ensureKey(ctx context.Context) error {
	var err error
	if b.state, err = readState(b.opts.StateFile); err != nil {
		return err
	}
	if b.state.APIKey != "" {
		organization, err := b.viewer(ctx, b.state.APIKey)
		switch {
		case err == nil:
			b.result.APIKey, b.result.OrganizationID = b.state.APIKey, organization
			return nil
		case !errors.Is(err, errUnauthenticated):
			return fmt.Errorf("use the key of an earlier start: %w", err)
		}
		b.opts.Logger.InfoContext(ctx, "the key of an earlier start is no longer valid; making a new one")
	}

	organization, err := b.ensureOrganization(ctx)
	if err != nil {
		return err
	}
	var made struct {
		CreateAPIKey struct {
			Token      string
			UserErrors userErrors
		} `json:"createApiKey"`
	}
	err = b.api.do(ctx, b.opts.OperatorKey, createAPIKey, variables{"organization": organization}, &made)
	if err := errors.Join(err, made.CreateAPIKey.UserErrors.err()); err != nil {
		return fmt.Errorf("make a key: %w", err)
	}
	b.result.APIKey, b.result.OrganizationID = made.CreateAPIKey.Token, organization
	b.state = state{APIKey: made.CreateAPIKey.Token}
	return b.state.write(b.opts.StateFile)
}

// viewer returns the organization a key belongs to.
func (b *bootstrap) viewer(ctx context.Context, key string) (string, error) {
	var answer struct {
		Viewer struct {
			Organization *struct{ ID string }
			Role         string
		}
	}
	if err := b.api.do(ctx, key, viewer, nil, &answer); err != nil {
		return "", err
	}
	if answer.Viewer.Organization == nil || answer.Viewer.Role != "ADMIN" {
		return "", errUnauthenticated // not the key that was put there
	}
	return answer.Viewer.Organization.ID, nil
}

// ensureOrganization adds the organization, or finds it when it exists.
func (b *bootstrap) ensureOrganization(ctx context.Context) (string, error) {
	var made struct {
		CreateOrganization struct {
			Organization *struct{ ID string }
			UserErrors   userErrors
		}
	}
	err := b.api.do(ctx, b.opts.OperatorKey, createOrganization,
		variables{"name": organizationName, "slug": organizationSlug}, &made)
	if err != nil {
		return "", fmt.Errorf("add organization: %w", err)
	}
	if made.CreateOrganization.Organization != nil {
		b.opts.Logger.InfoContext(ctx, "demonstration organization added",
			slog.String("id", made.CreateOrganization.Organization.ID))
		return made.CreateOrganization.Organization.ID, nil
	}
	if problems := made.CreateOrganization.UserErrors; !problems.has("ALREADY_EXISTS") {
		return "", fmt.Errorf("add organization: %w", problems.err())
	}
	return b.findOrganization(ctx)
}

// findOrganization goes through all organizations, newest first.
func (b *bootstrap) findOrganization(ctx context.Context) (string, error) {
	for after := (*string)(nil); ; {
		var answer struct {
			Organizations struct {
				Nodes    []struct{ ID, Slug string }
				PageInfo pageInfo
			}
		}
		if err := b.api.do(ctx, b.opts.OperatorKey, listOrganizations, variables{"after": after}, &answer); err != nil {
			return "", fmt.Errorf("find organization %q: %w", organizationSlug, err)
		}
		for _, organization := range answer.Organizations.Nodes {
			if organization.Slug == organizationSlug {
				return organization.ID, nil
			}
		}
		if !answer.Organizations.PageInfo.HasNextPage {
			return "", fmt.Errorf("find organization %q: it exists, but is not listed", organizationSlug)
		}
		after = &answer.Organizations.PageInfo.EndCursor
	}
}

// ensureEventTypes adds what the organization's catalog lacks.
func (b *bootstrap) ensureEventTypes(ctx context.Context) error {
	for _, eventType := range catalog() {
		var known struct{ EventType *struct{ ID string } }
		err := b.api.do(ctx, b.result.APIKey, findEventType,
			variables{"organization": b.result.OrganizationID, "name": eventType.Name}, &known)
		if err != nil {
			return fmt.Errorf("look for event type %s: %w", eventType.Name, err)
		}
		if known.EventType != nil {
			continue
		}
		var made struct {
			CreateEventType struct{ UserErrors userErrors }
		}
		err = b.api.do(ctx, b.result.APIKey, createEventType,
			variables{"input": createEventTypeInput{eventType, b.result.OrganizationID}}, &made)
		if err := errors.Join(err, made.CreateEventType.UserErrors.err()); err != nil {
			return fmt.Errorf("add event type %s: %w", eventType.Name, err)
		}
	}
	return nil
}
