// Filters live in the address: what is not understood there is left out, never an error.

export function text(value: unknown): string | undefined {
  const found = typeof value === "number" ? String(value) : value;
  return typeof found === "string" && found !== "" ? found : undefined;
}

export function list(value: unknown): string[] | undefined {
  const found = Array.isArray(value) ? value.map(text) : [text(value)];
  const kept = found.filter((one) => one !== undefined);
  return kept.length > 0 ? kept : undefined;
}

export function among<T extends string>(value: unknown, allowed: readonly T[]): T[] | undefined {
  const kept = (list(value) ?? []).filter((one): one is T => (allowed as readonly string[]).includes(one));
  return kept.length > 0 ? kept : undefined;
}

export function numbers(value: unknown): number[] | undefined {
  const kept = (list(value) ?? []).map(Number).filter((one) => Number.isInteger(one) && one >= 100 && one <= 599);
  return kept.length > 0 ? kept : undefined;
}

const spans: Record<string, number> = { "1h": 3_600, "24h": 86_400, "7d": 604_800, "30d": 2_592_000 };
export const spanNames = Object.keys(spans);

/** The start of a span such as "24h", to the minute so that the query stays the same for a while. */
export function since(name: string | undefined, now: number): string | undefined {
  const seconds = name === undefined ? undefined : spans[name];
  if (seconds === undefined) return undefined;
  return new Date(Math.floor(now / 60_000) * 60_000 - seconds * 1_000).toISOString();
}
