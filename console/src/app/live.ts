import { createClient, type Client } from "graphql-ws";
import { useSyncExternalStore } from "react";

export type LiveState = "connecting" | "connected" | "reconnecting" | "offline";

let state: LiveState = "connecting";
let wasConnected = false;
const listeners = new Set<() => void>();

function set(next: LiveState) {
  if (state === next) return;
  state = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** How the websocket is. */
export function useLiveState(): LiveState {
  return useSyncExternalStore(subscribe, () => state);
}

/** The websocket of this tab. It stays open from the first subscription on and never gives up. */
export function createLiveClient(): Client {
  const url = new URL("/graphql", window.location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return createClient({
    url: url.href,
    lazy: true,
    lazyCloseTimeout: 3_000,
    keepAlive: 12_000,
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: () => true,
    retryWait: (retries) =>
      new Promise((resolve) => setTimeout(resolve, Math.min(250 * 2 ** retries, 4_000) + Math.random() * 250)),
    on: {
      connected: () => {
        wasConnected = true;
        set("connected");
      },
      closed: (event) => {
        const clean = event instanceof CloseEvent && event.code === 1000;
        if (!clean) set(wasConnected ? "reconnecting" : "offline");
      },
    },
  });
}
