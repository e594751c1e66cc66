import { PasswordInput, Select, TextInput } from "@mantine/core";
import { type Problem, problemAt } from "~/hooks/useAction";
import type { AuthDraft } from "~/lib/draft";

interface Props {
  title?: string;
  auth: AuthDraft;
  onChange: (auth: AuthDraft) => void;
  problems: Problem[];
  /** What it is now, when there is something to keep. */
  current?: string | undefined;
}

export function AuthFields({ title = "Authentication", auth, onChange, problems, current }: Props) {
  const kinds = [
    ...(current ? [{ value: "keep", label: `As it is: ${current}` }] : []),
    { value: "none", label: "None" },
    { value: "bearer", label: "Bearer token" },
    { value: "basic", label: "Basic" },
    { value: "header", label: "Custom header" },
  ];
  const named = auth.kind === "basic" || auth.kind === "header";
  const secret = named || auth.kind === "bearer";
  return (
    <div style={{ display: "grid", gridTemplateColumns: "repeat(auto-fit, minmax(190px, 1fr))", gap: 12 }}>
      <Select
        label={title}
        allowDeselect={false}
        data={kinds}
        value={auth.kind}
        onChange={(value) => onChange({ kind: (value ?? "none") as AuthDraft["kind"], name: "", secret: "" })}
        error={problemAt(problems, "auth")}
      />
      {named ? (
        <TextInput
          label={auth.kind === "basic" ? "User name" : "Header"}
          value={auth.name}
          onChange={(event) => onChange({ ...auth, name: event.currentTarget.value })}
        />
      ) : null}
      {secret ? (
        <PasswordInput
          label={auth.kind === "basic" ? "Password" : auth.kind === "bearer" ? "Token" : "Value"}
          autoComplete="new-password"
          value={auth.secret}
          onChange={(event) => onChange({ ...auth, secret: event.currentTarget.value })}
        />
      ) : null}
    </div>
  );
}
