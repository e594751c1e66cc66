const SECOND = 1_000;

// Whole seconds, so that reads of one rendering agree.
const present = () => Math.floor(Date.now() / SECOND) * SECOND;

let now = present();
let timer: ReturnType<typeof setInterval> | undefined;
const listeners = new Set<() => void>();

/** Calls the listener once a second. One clock for all relative times: a page of them repaints together. */
export function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    now = present();
    for (const one of listeners) one();
  }, SECOND);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** The second it is, in milliseconds since 1970. While nobody listens it has to be looked up, for no timer moves it on. */
export function read(): number {
  if (timer === undefined) now = present();
  return now;
}
