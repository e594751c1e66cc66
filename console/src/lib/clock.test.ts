import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { read, subscribe } from "./clock";

beforeEach(() => vi.useFakeTimers({ now: new Date("2026-01-02T00:00:00Z") }));
afterEach(() => vi.useRealTimers());

const after = (seconds: number) => Date.parse("2026-01-02T00:00:00Z") + seconds * 1_000;

it("moves on once a second while somebody listens, and tells them", () => {
  const listener = vi.fn<() => void>();
  const leave = subscribe(listener);
  vi.advanceTimersByTime(3_000);
  expect(listener).toHaveBeenCalledTimes(3);
  expect(read()).toBe(after(3));
  leave();
});

it("is not late for who looks first after nobody did", () => {
  subscribe(() => undefined)();
  vi.advanceTimersByTime(90_000);
  expect(read()).toBe(after(90));
});

it("reads the same within a second", () => {
  const first = read();
  vi.advanceTimersByTime(400);
  expect(read()).toBe(first);
});
