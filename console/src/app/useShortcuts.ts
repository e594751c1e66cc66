import { useRouter } from "@tanstack/react-router";
import { useEffect } from "react";
import { openShortcuts, places, typing } from "./shortcuts";

/** The keys that lead from page to page and do what a page offers. They are off while somebody types. */
export function useShortcuts(): void {
  const router = useRouter();
  useEffect(() => {
    let g = false;
    function press(event: KeyboardEvent) {
      if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
      if (g) {
        g = false;
        const place = places[event.key];
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
  }, [router]);
}
