import { useSyncExternalStore } from "react";

// Whether the API answers. Every request reports; while it does not, one small request a second and a half asks again.
let down = false;
let recoveries = 0;
let timer: ReturnType<typeof setInterval> | undefined;
const listeners = new Set<() => void>();

function emit() {
  for (const listener of listeners) listener();
}

async function ask() {
  try {
    const answer = await fetch("/graphql", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ query: "{ __typename }" }),
    });
    if (answer.status < 500) reportUp();
  } catch {
    // Still away; the banner says so.
  }
}

export function reportDown(): void {
  if (down) return;
  down = true;
  timer = setInterval(() => void ask(), 1_500);
  emit();
}

export function reportUp(): void {
  if (!down) return;
  down = false;
  recoveries += 1;
  clearInterval(timer);
  emit();
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useApiDown(): boolean {
  return useSyncExternalStore(subscribe, () => down);
}

/** Goes up by one each time the API is back. */
export function useRecoveries(): number {
  return useSyncExternalStore(subscribe, () => recoveries);
}
