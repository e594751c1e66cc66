import { useRouter } from "@tanstack/react-router";
import { useEffect } from "react";
import { areSingleKeysOn, openShortcuts, placesOf, typing } from "./shortcuts";

/**
 * The keys that lead from page to page and do what a page offers. They are off while somebody
 * types, and for who has switched them off.
 */
export function useShortcuts(operate: boolean): void {
  const router = useRouter();
  useEffect(() => {
    const reachable = placesOf(operate);
    let g = false;
    function press(event: KeyboardEvent) {
      if (!areSingleKeysOn() || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
      if (g) {
        g = false;
        const place = reachable[event.key];
        if (place) void router.navigate({ to: place[0] });
      } else if (event.key === "g") g = true;
      else if (event.key === "?") openShortcuts();
      else if (event.key === "/") {
        const field = document.querySelector<HTMLElement>("[data-filter]");
        if (field) {
          event.preventDefault();
          field.focus();
        }
      } else if (event.key === "j" && document.activeElement === document.body) {
        document.querySelector<HTMLElement>("[data-rows] a, [data-rows] button")?.focus();
      } else {
        document.querySelector<HTMLElement>(`button[data-key="${CSS.escape(event.key)}"]`)?.click();
      }
    }
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, [router, operate]);
}
