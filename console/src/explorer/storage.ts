import type { Storage as GraphiQLStorage } from "@graphiql/toolkit";
import type { Saved } from "./saved";

/**
 * Where the explorer keeps its tabs: for an organization, and no longer than the browser's tab is open, because what
 * people type into variables may be secret.
 */
export class Drawer implements GraphiQLStorage {
  private readonly prefix: string;

  constructor(organizationId: string) {
    this.prefix = `explorer:${organizationId}:`;
  }

  private keys(): string[] {
    return Object.keys(sessionStorage).filter((key) => key.startsWith(this.prefix));
  }

  get length(): number {
    return this.keys().length;
  }

  getItem(key: string): string | null {
    return sessionStorage.getItem(this.prefix + key);
  }

  setItem(key: string, value: string): void {
    sessionStorage.setItem(this.prefix + key, value);
  }

  removeItem(key: string): void {
    sessionStorage.removeItem(this.prefix + key);
  }

  clear(): void {
    for (const key of this.keys()) sessionStorage.removeItem(key);
  }
}

interface Tabs {
  activeTabIndex: number;
  tabs: { query: string | null; variables: string | null }[];
}

/** What is in the editors at the start: GraphiQL itself does not fill them from the tab that was open. */
export function opened(storage: Drawer, examples: Saved[]): Partial<Saved> {
  const kept = storage.getItem("graphiql:tabState");
  if (kept === null) return examples[0] ?? {};
  const { activeTabIndex, tabs } = JSON.parse(kept) as Tabs;
  const tab = tabs[activeTabIndex];
  return { query: tab?.query ?? "", variables: tab?.variables ?? "" };
}
