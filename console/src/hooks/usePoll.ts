import { useEffect, useRef } from "react";

/** Runs something again and again while it is on and somebody looks at the tab. */
export function usePoll(on: boolean, everyMs: number, run: () => void): void {
  const latest = useRef(run);
  latest.current = run;
  useEffect(() => {
    if (!on) return;
    const timer = setInterval(() => {
      if (!document.hidden) latest.current();
    }, everyMs);
    return () => clearInterval(timer);
  }, [on, everyMs]);
}
