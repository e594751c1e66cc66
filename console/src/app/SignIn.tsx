import { Alert, Button, PasswordInput, Title } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { Logo } from "./Logo";
import { signIn } from "./session";

interface Props {
  unreachable: boolean;
  refused: boolean;
  onSignedIn: () => void;
}

/** Takes an API key and gives it to the server for a session. The key is not kept. */
export function SignIn({ unreachable, refused, onSignedIn }: Props) {
  const [key, setKey] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState(refused ? "The key in this link is not valid any more. Sign in with another." : "");

  async function submit(event: FormEvent) {
    event.preventDefault();
    setBusy(true);
    try {
      if (await signIn(key.trim())) {
        setKey("");
        onSignedIn();
      } else setProblem("This key is not valid: it was mistyped, revoked, or has expired.");
    } catch {
      setProblem("The server does not answer. Try again in a moment.");
    }
    setBusy(false);
  }

  return (
    <main style={{ minHeight: "100vh", display: "grid", placeItems: "center", padding: 16 }}>
      <form onSubmit={(event) => void submit(event)} className="panel" style={{ width: "min(400px, 100%)", padding: 28 }}>
        <Logo size={34} />
        <Title order={1} mt={14} mb={4}>
          Sign in to Surehook
        </Title>
        <p className="dim" style={{ margin: "0 0 18px" }}>
          With an API key of your organization. It is exchanged for a session and not kept in this browser.
        </p>
        {unreachable ? (
          <Alert color="red" mb="md" title="The server does not answer" role="alert">
            Trying again by itself every two seconds.
          </Alert>
        ) : null}
        <PasswordInput
          label="API key"
          placeholder="shk_…"
          autoComplete="off"
          // oxlint-disable-next-line jsx-a11y/no-autofocus -- The page has this one field, so nothing is skipped.
          autoFocus
          required
          value={key}
          onChange={(event) => setKey(event.currentTarget.value)}
          error={problem}
        />
        <Button type="submit" size="sm" fullWidth mt="md" loading={busy} disabled={key.trim() === ""}>
          Sign in
        </Button>
        <p className="dim" style={{ fontSize: 12.5, marginBottom: 0 }}>
          No key yet? <code className="mono">make dev</code> prints a link that signs you in; in production the first key comes
          from <code className="mono">surehook operator-key</code>.
        </p>
      </form>
    </main>
  );
}
