export type Parsed = { ok: true; value: unknown } | { ok: false; message: string };

/** Reads JSON that somebody types. */
export function parsed(text: string): Parsed {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch (error) {
    return { ok: false, message: error instanceof Error ? `Not JSON yet: ${error.message}` : "Not JSON yet." };
  }
}
