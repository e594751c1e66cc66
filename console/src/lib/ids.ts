const id = /^(org|key|typ|wh|sub|evt|dlv|att|op)_[1-9A-HJ-NP-Za-km-z]{22}$/;

export type Kind = "org" | "key" | "typ" | "wh" | "sub" | "evt" | "dlv" | "att" | "op";

/** What an id names, or null when it is not one. */
export function kindOf(text: string): Kind | null {
  return (id.exec(text.trim())?.[1] as Kind | undefined) ?? null;
}

/** The prefix and the last characters: enough to tell rows apart. */
export function short(text: string): string {
  const at = text.indexOf("_");
  return at < 0 || text.length < at + 12 ? text : `${text.slice(0, at + 1)}…${text.slice(-7)}`;
}
