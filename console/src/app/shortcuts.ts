import { useSyncExternalStore } from "react";

let open = false;
const KEPT_AS = "surehook-single-keys";
let singleKeys = window.localStorage.getItem(KEPT_AS) !== "off";
const listeners = new Set<() => void>();

function set(next: boolean) {
  open = next;
  for (const listener of listeners) listener();
}

export function openShortcuts(): void {
  set(true);
}

export function closeShortcuts(): void {
  set(false);
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useShortcutsOpen(): boolean {
  return useSyncExternalStore(subscribe, () => open);
}

/** Whether single keys do something, which gets in the way of who dictates. Ctrl K always does. */
export function areSingleKeysOn(): boolean {
  return singleKeys;
}

export function useSingleKeys(): [boolean, (on: boolean) => void] {
  return [useSyncExternalStore(subscribe, areSingleKeysOn), turnSingleKeys];
}

function turnSingleKeys(on: boolean) {
  singleKeys = on;
  window.localStorage.setItem(KEPT_AS, on ? "on" : "off");
  for (const listener of listeners) listener();
}

/** Where g and a letter lead. */
export const places: Record<string, [path: string, name: string]> = {
  o: ["/", "Overview"],
  e: ["/events", "Events"],
  d: ["/deliveries", "Deliveries"],
  l: ["/live", "Live tail"],
  n: ["/webhooks", "Webhooks"],
  r: ["/bulk", "Bulk operations"],
  t: ["/event-types", "Event types"],
  s: ["/organization", "Organization"],
};

const operatorPlaces: typeof places = {
  y: ["/system", "System"],
  z: ["/organizations", "Organizations"],
};

/** The same with what is for operators only. */
export function placesOf(operate: boolean): typeof places {
  return operate ? { ...places, ...operatorPlaces } : places;
}

/** Whether keys belong to a text field now. */
export function typing(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName);
}
