import { useCallback, useEffect, useRef } from "react";

/** Runs something in a moment, once however often it is asked for until then: for figures while deliveries change. */
export function useSoon(run: () => void, afterMs = 1_000): () => void {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  return useCallback(() => {
    if (timer.current !== undefined) return;
    timer.current = setTimeout(() => {
      timer.current = undefined;
      run();
    }, afterMs);
  }, [run, afterMs]);
}
