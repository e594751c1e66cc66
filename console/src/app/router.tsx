import { createRootRoute, createRoute, createRouter, lazyRouteComponent, type RouteComponent } from "@tanstack/react-router";
import { Crashed, Empty } from "~/components/States";
import { spanSearch } from "~/lib/stats";
import { eventTypeSearch, eventTypesSearch } from "~/pages/catalog/search";
import { deliverySearch } from "~/pages/deliveries/filters";
import { eventSearch } from "~/pages/events/filters";
import { organizationsSearch } from "~/pages/system/search";
import { webhooksSearch } from "~/pages/webhooks/search";
import { webhookSearch } from "~/pages/webhooks/tabs";
import { Shell } from "./Shell";

const root = createRootRoute({
  component: Shell,
  errorComponent: Crashed,
  notFoundComponent: () => (
    <Empty title="There is no such page" whole>
      Press Ctrl K to go to a page or to open anything by its id.
    </Empty>
  ),
});

const page = <Path extends string, Search extends object>(
  path: Path,
  component: RouteComponent,
  validateSearch?: (search: Record<string, unknown>) => Search,
) => createRoute({ getParentRoute: () => root, path, component, validateSearch: validateSearch ?? (() => ({}) as Search) });

const routes = [
  page("/", lazyRouteComponent(() => import("~/pages/overview/OverviewPage"), "OverviewPage"), spanSearch),
  page("/events", lazyRouteComponent(() => import("~/pages/events/EventsPage"), "EventsPage"), eventSearch),
  page("/events/$id", lazyRouteComponent(() => import("~/pages/events/EventPage"), "EventPage")),
  page("/deliveries", lazyRouteComponent(() => import("~/pages/deliveries/DeliveriesPage"), "DeliveriesPage"), deliverySearch),
  page("/deliveries/$id", lazyRouteComponent(() => import("~/pages/deliveries/DeliveryPage"), "DeliveryPage")),
  page("/live", lazyRouteComponent(() => import("~/pages/live/LivePage"), "LivePage")),
  page("/webhooks", lazyRouteComponent(() => import("~/pages/webhooks/WebhooksPage"), "WebhooksPage"), webhooksSearch),
  page("/webhooks/new", lazyRouteComponent(() => import("~/pages/webhooks/NewWebhookPage"), "NewWebhookPage")),
  page("/webhooks/$id", lazyRouteComponent(() => import("~/pages/webhooks/WebhookPage"), "WebhookPage"), webhookSearch),
  page("/bulk", lazyRouteComponent(() => import("~/pages/bulk/OperationsPage"), "OperationsPage")),
  page("/bulk/$id", lazyRouteComponent(() => import("~/pages/bulk/OperationPage"), "OperationPage")),
  page("/event-types", lazyRouteComponent(() => import("~/pages/catalog/EventTypesPage"), "EventTypesPage"), eventTypesSearch),
  page(
    "/event-types/$id",
    lazyRouteComponent(() => import("~/pages/catalog/EventTypePage"), "EventTypePage"),
    eventTypeSearch,
  ),
  page("/keys", lazyRouteComponent(() => import("~/pages/organization/KeysPage"), "KeysPage")),
  page("/system", lazyRouteComponent(() => import("~/pages/system/SystemPage"), "SystemPage")),
  page(
    "/organizations",
    lazyRouteComponent(() => import("~/pages/system/OrganizationsPage"), "OrganizationsPage"),
    organizationsSearch,
  ),
  page("/organization", lazyRouteComponent(() => import("~/pages/organization/OrganizationPage"), "OrganizationPage")),
] as const;

export const router = createRouter({
  routeTree: root.addChildren(routes),
  defaultPreload: "intent",
  scrollRestoration: true,
  defaultErrorComponent: Crashed,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
