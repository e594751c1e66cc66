export interface PlannedAttempt {
  number: number;
  /** Seconds after the attempt before it. */
  wait: number;
  /** When it is due. Null when that depends on how the one before it ends. */
  at: number | null;
}

/** The attempts that would follow if every one of them failed. */
export function plan(made: number, max: number, nextAt: string | null | undefined, delays: number[]): PlannedAttempt[] {
  if (!nextAt) return [];
  const planned: PlannedAttempt[] = [];
  let at = Date.parse(nextAt);
  for (let number = made + 1; number <= max; number += 1) {
    const wait = number === 1 ? 0 : (delays[number - 2] ?? delays.at(-1) ?? 0);
    if (planned.length > 0) at += wait * 1_000;
    planned.push({ number, wait, at });
  }
  return planned;
}
