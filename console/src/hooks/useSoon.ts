import { useCallback, useEffect, useRef } from "react";

/** Runs something a second from now, once however often it is asked for: for figures while deliveries change. */
export function useSoon(run: () => void): () => void {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  return useCallback(() => {
    if (timer.current !== undefined) return;
    timer.current = setTimeout(() => {
      timer.current = undefined;
      run();
    }, 1_000);
  }, [run]);
}
