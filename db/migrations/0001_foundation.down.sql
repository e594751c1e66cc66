DROP TABLE processes, delivery_attempts, delivery_bodies, deliveries, idempotency_keys, events, webhook_subscriptions,
    webhook_secrets, webhooks, event_type_schemas, event_types, api_keys, organizations;
