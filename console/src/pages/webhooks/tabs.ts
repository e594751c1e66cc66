import { among } from "~/lib/search";
import { type DeliverySearch, deliverySearch } from "../deliveries/filters";

export type WebhookTab = "overview" | "deliveries" | "subscriptions" | "settings" | "secrets" | "test" | "recovery";

export const tabs: { name: WebhookTab; title: string; manage: boolean }[] = [
  { name: "overview", title: "Overview", manage: false },
  { name: "deliveries", title: "Deliveries", manage: false },
  { name: "subscriptions", title: "Event subscriptions", manage: false },
  { name: "settings", title: "Settings", manage: true },
  { name: "secrets", title: "Secrets", manage: true },
  { name: "test", title: "Test", manage: true },
  { name: "recovery", title: "Recovery", manage: true },
];

export interface WebhookSearch extends DeliverySearch {
  tab?: WebhookTab | undefined;
}

export function webhookSearch(search: Record<string, unknown>): WebhookSearch {
  const names = tabs.map((one) => one.name);
  return { ...deliverySearch(search), tab: among(search.tab, names)?.[0] };
}
