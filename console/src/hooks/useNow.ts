import { useSyncExternalStore } from "react";
import { read, subscribe } from "~/lib/clock";

/** The second it is, in milliseconds since 1970. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, read);
}
