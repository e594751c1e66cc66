import { RouterProvider } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { Provider } from "urql";
import { createConsoleClient } from "./client";
import { router } from "./router";
import { askedFrom, type SessionState, startSession } from "./session";
import { SignIn } from "./SignIn";
import { SignedIn } from "./SignedIn";

type Started = { state: SessionState; refused: boolean };

/** Sign-in, or the console for who is signed in. */
export function Root({ session }: { session: Promise<Started> }) {
  const [started, setStarted] = useState<Started | null>(null);
  const [client] = useState(() => createConsoleClient(() => setStarted({ state: "signed-out", refused: false })));

  useEffect(() => {
    let gone = false;
    void session.then((found) => {
      if (!gone) setStarted(found);
    });
    return () => {
      gone = true;
    };
  }, [session]);

  const unreachable = started?.state === "unreachable";
  useEffect(() => {
    if (!unreachable) return;
    const timer = setInterval(() => void startSession().then(setStarted), 2_000);
    return () => clearInterval(timer);
  }, [unreachable]);

  if (!started) return null;
  if (started.state !== "signed-in") {
    return (
      <SignIn
        unreachable={unreachable}
        refused={started.refused}
        onSignedIn={() => {
          const from = askedFrom();
          if (from) window.location.replace(from);
          else setStarted({ state: "signed-in", refused: false });
        }}
      />
    );
  }
  return (
    <Provider value={client}>
      <SignedIn>
        <RouterProvider router={router} />
      </SignedIn>
    </Provider>
  );
}
