/** Where the browser remembers which organization an operator looks at. */
export const CHOSEN = "surehook-organization";

/** The organization that an operator has chosen in this browser, or nothing. */
export function chosenOrganization(): string {
  const text = window.localStorage.getItem(CHOSEN);
  if (text === null) return "";
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "string" ? value : "";
  } catch {
    // Somebody else's writing: as good as nothing.
    return "";
  }
}
