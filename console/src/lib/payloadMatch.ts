import { list } from "./search";

/** How many values a payload can be searched for at once. The server refuses more. */
export const MAX_MATCHES = 5;

export interface Match {
  path: string;
  value: string | number | boolean | null;
}

export type Read = { ok: true; match: Match } | { ok: false; message: string };

// Everything before the first = that is not inside of a quoted name.
const parts = /^((?:[^=[]|\[\s*(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')\s*\]|\[[^=]*?\])+)=([^]*)$/;

function valueOf(text: string): Match["value"] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Not JSON, so it is a text that was written without quotes.
    return text;
  }
  if (typeof value === "number") return Number.isSafeInteger(value) || !/^-?\d+$/.test(text) ? value : undefined;
  return value === null || typeof value === "string" || typeof value === "boolean" ? value : undefined;
}

/** Reads a search such as order.id=4711 or $.items[*].sku="4711". Whether the path is one, the server says. */
export function readMatch(text: string): Read {
  const found = parts.exec(text.trim());
  if (!found) return { ok: false, message: "Write a path, = and the value, such as order.id=4711." };
  const [, path = "", after = ""] = found;
  const written = after.trim();
  if (written === "") return { ok: false, message: 'The value is missing. An empty text is written as "".' };
  const value = valueOf(written);
  if (value === undefined) {
    return { ok: false, message: "The value has to be a text, a number of at most 15 digits, true, false or null." };
  }
  return { ok: true, match: { path: path.trim(), value } };
}

/** What an address asks for, without what cannot be understood. */
export function matchTexts(value: unknown): string[] | undefined {
  const kept = list(value)?.filter((one) => readMatch(one).ok).slice(0, MAX_MATCHES);
  return kept && kept.length > 0 ? kept : undefined;
}

/** The same for the server. */
export function matchesOf(texts: string[] | undefined): Match[] | undefined {
  return texts?.map(readMatch).flatMap((one) => (one.ok ? [one.match] : []));
}
