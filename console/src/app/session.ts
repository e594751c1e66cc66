export type SessionState = "signed-in" | "signed-out" | "unreachable";

/** The key that a link such as /#token=... carries. */
const linked = () => new URLSearchParams(window.location.hash.slice(1)).get("token");

/** A key out of a link that no server has answered to yet. */
let pending: string | undefined;

/** Exchanges the key for a cookie that scripts cannot read. Says whether the server took it. */
export async function signIn(key: string): Promise<boolean> {
  const answer = await fetch("/session", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ token: key }),
  });
  if (answer.status >= 500) throw new Error("The server could not sign you in. Try again in a moment.");
  return answer.ok;
}

export async function signOut(): Promise<void> {
  await fetch("/session", { method: "DELETE" });
  window.location.assign("/");
}

/** Where the sign-in was asked from, when it was a page besides the console. */
export function askedFrom(): string | null {
  return new URLSearchParams(window.location.search).get("next") === "explorer" ? "/explorer" : null;
}

async function current(): Promise<SessionState> {
  try {
    const answer = await fetch("/session", { headers: { Accept: "application/json" } });
    // The dev server signs requests in by itself when it was given a key.
    if (answer.status === 404 && import.meta.env.DEV) return "signed-in";
    if (!answer.ok) return answer.status >= 500 ? "unreachable" : "signed-out";
    const body = (await answer.json()) as { signedIn: boolean };
    return body.signedIn ? "signed-in" : "signed-out";
  } catch {
    return "unreachable";
  }
}

/** Signs in with the key of a link such as /#token=..., and takes it out of the address at once. */
export async function startSession(): Promise<{ state: SessionState; refused: boolean }> {
  const key = linked();
  if (key) {
    pending = key;
    window.history.replaceState(null, "", window.location.pathname + window.location.search);
  }
  if (!pending) return { state: await current(), refused: false };
  try {
    const taken = await signIn(pending);
    pending = undefined;
    return { state: taken ? "signed-in" : "signed-out", refused: !taken };
  } catch {
    return { state: "unreachable", refused: false };
  }
}

/** A link that is opened where the console is open already changes nothing but what follows the #. */
window.addEventListener("hashchange", () => {
  if (linked()) window.location.reload();
});
