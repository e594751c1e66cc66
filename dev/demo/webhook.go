package demo

import (
	"context"
	"errors"
	"fmt"
	"net/url"
)

// ensureWebhook adds the webhook to the sample receiver, or has it follow the
// receiver to its present address. One that a developer has deleted stays
// deleted.
func (b *bootstrap) ensureWebhook(ctx context.Context) error {
	target := b.opts.ReceiverURL + "/ok"
	if b.state.WebhookID == "" {
		found, err := b.adoptWebhook(ctx)
		if err != nil {
			return err
		}
		if !found {
			return b.createWebhook(ctx, target)
		}
	}

	var known struct {
		Webhook *struct {
			DeletedAt *string
			URL       string
		}
	}
	if err := b.api.do(ctx, b.result.APIKey, findWebhook, variables{"id": b.state.WebhookID}, &known); err != nil {
		return fmt.Errorf("look for the webhook: %w", err)
	}
	if known.Webhook == nil || known.Webhook.DeletedAt != nil {
		return nil
	}
	if known.Webhook.URL != target && isSampleReceiver(known.Webhook.URL) {
		var updated struct {
			UpdateWebhook struct{ UserErrors userErrors }
		}
		err := b.api.do(ctx, b.result.APIKey, updateWebhook, variables{"id": b.state.WebhookID, "url": target}, &updated)
		if err := errors.Join(err, updated.UpdateWebhook.UserErrors.err()); err != nil {
			return fmt.Errorf("move the webhook to %s: %w", target, err)
		}
	}

	var secret struct {
		RevealWebhookSecret struct {
			UserErrors userErrors
			Value      string
		}
	}
	err := b.api.do(ctx, b.result.APIKey, revealSecret, variables{"id": b.state.WebhookID}, &secret)
	if err := errors.Join(err, secret.RevealWebhookSecret.UserErrors.err()); err != nil {
		return fmt.Errorf("reveal the webhook's secret: %w", err)
	}
	b.result.SigningSecret = secret.RevealWebhookSecret.Value
	return nil
}

// adoptWebhook finds the webhook of an earlier start whose state was lost. It
// is among the oldest.
func (b *bootstrap) adoptWebhook(ctx context.Context) (bool, error) {
	var answer struct {
		Organization struct {
			Webhooks struct {
				Nodes []struct{ ID, Name, URL string }
			}
		}
	}
	err := b.api.do(ctx, b.result.APIKey, listWebhooks, variables{"organization": b.result.OrganizationID}, &answer)
	if err != nil {
		return false, fmt.Errorf("look for a webhook of an earlier start: %w", err)
	}
	for _, webhook := range answer.Organization.Webhooks.Nodes {
		if webhook.Name == webhookName && isSampleReceiver(webhook.URL) {
			b.state.WebhookID = webhook.ID
			return true, b.state.write(b.opts.StateFile)
		}
	}
	return false, nil
}

// createWebhook adds a webhook that is interested in everything.
func (b *bootstrap) createWebhook(ctx context.Context, target string) error {
	var made struct {
		CreateWebhook struct {
			SigningSecret string
			UserErrors    userErrors
			Webhook       *struct{ ID string }
		}
	}
	err := b.api.do(ctx, b.result.APIKey, createWebhook, variables{
		"name":         webhookName,
		"organization": b.result.OrganizationID,
		"url":          target,
	}, &made)
	if err := errors.Join(err, made.CreateWebhook.UserErrors.err()); err != nil {
		return fmt.Errorf("add a webhook to %s: %w", target, err)
	}
	b.result.SigningSecret = made.CreateWebhook.SigningSecret
	b.state.WebhookID = made.CreateWebhook.Webhook.ID
	return b.state.write(b.opts.StateFile)
}

// isSampleReceiver reports whether a webhook still leads to where a sample
// receiver was, and not somewhere a developer has pointed it at.
func isSampleReceiver(webhookURL string) bool {
	u, err := url.Parse(webhookURL)
	return err == nil && u.Hostname() == "127.0.0.1" && u.Path == "/ok"
}
