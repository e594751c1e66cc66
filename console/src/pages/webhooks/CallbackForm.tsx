import { Alert, Button, Switch, Textarea } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconHelp } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { useQuery } from "urql";
import { HelpTexts } from "~/components/HelpTexts";
import { Loading } from "~/components/States";
import { useProfile } from "~/hooks/useProfile";
import { useSigned } from "~/hooks/useViewer";
import { type Callback, callbacksOf, lines } from "~/lib/callbacks";
import { TypesDocument } from "../events/PublishButton";
import { type Refusal, useCallbacks } from "./useCallbacks";

interface Props {
  onClose: () => void;
  onSaved: () => void;
}

/** One form for all webhooks: a switch for each callback of the profile, with its URLs, one on each line. */
export function CallbackForm({ onClose, onSaved }: Props) {
  const { organization } = useSigned();
  const { profile } = useProfile();
  const kinds = profile?.presentation.callbacks;
  const [{ data: types }] = useQuery({ query: TypesDocument, variables: { id: organization.id } });
  const { read, save, busy, refusals, setRefusals } = useCallbacks(organization.id);
  const [draft, setDraft] = useState<Callback[] | null>(null);
  const [failed, setFailed] = useState("");
  const [help, setHelp] = useState(false);

  useEffect(() => {
    if (!kinds) return;
    read().then(
      (found) => setDraft((before) => before ?? callbacksOf(kinds, found)),
      (error: unknown) => setFailed(error instanceof Error ? error.message : String(error)),
    );
  }, [kinds, read]);

  async function submit(wanted: Callback[]) {
    const empty = wanted.filter((one) => one.on && lines(one.text).length === 0);
    if (empty.length > 0) {
      const message = "Write at least one URL, or turn it off.";
      setRefusals(empty.map(({ eventType }) => ({ eventType, line: 1, message })));
      return;
    }
    if (!(await save(wanted))) return;
    notifications.show({ message: "Saved.", color: "pine" });
    onSaved();
  }

  if (failed) return <Alert color="red" role="alert" title="This could not be loaded">{failed}</Alert>;
  if (!draft) return <Loading />;
  const change = (eventType: string, changes: Partial<Callback>) =>
    setDraft(draft.map((one) => (one.eventType === eventType ? { ...one, ...changes } : one)));
  const others = refusals.filter((one) => one.line === undefined);
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        void submit(draft);
      }}
    >
      {draft.map((one) => (
        <CallbackField
          key={one.eventType}
          callback={one}
          description={types?.organization?.eventTypes.nodes.find((type) => type.name === one.eventType)?.description}
          refusals={refusals.filter((refused) => refused.eventType === one.eventType && refused.line !== undefined)}
          onChange={(changes) => change(one.eventType, changes)}
        />
      ))}
      {others.length > 0 ? (
        <Alert color="red" role="alert" title="Not all of it was saved">
          {[...new Set(others.map((one) => one.message))].join(" ")}
        </Alert>
      ) : null}
      {help ? <HelpTexts open /> : null}
      <div style={{ display: "flex", gap: 8 }}>
        <Button
          variant="default"
          leftSection={<IconHelp size={15} />}
          aria-expanded={help}
          onClick={() => setHelp(!help)}
        >
          Help
        </Button>
        <span style={{ flex: 1 }} />
        <Button variant="default" onClick={onClose}>
          Close
        </Button>
        <Button type="submit" loading={busy}>
          OK
        </Button>
      </div>
    </form>
  );
}

interface FieldProps {
  callback: Callback;
  description: string | null | undefined;
  refusals: Refusal[];
  onChange: (changes: Partial<Callback>) => void;
}

function CallbackField({ callback, description, refusals, onChange }: FieldProps) {
  const count = lines(callback.text).length;
  const wrong = refusals.map(({ line, message }) => (
    <span key={`${line} ${message}`} style={{ display: "block" }}>
      {count > 0 ? `Line ${line}: ` : ""}
      {message}
    </span>
  ));
  return (
    <div role="group" aria-label={callback.title}>
      <Switch
        label={callback.title}
        description={description}
        checked={callback.on}
        onChange={(event) => onChange({ on: event.currentTarget.checked })}
      />
      <Textarea
        mt="xs"
        label="URLs, one per line"
        autosize
        minRows={2}
        maxRows={8}
        classNames={{ input: "mono" }}
        placeholder="https://example.com/callback"
        spellCheck={false}
        value={callback.text}
        onChange={(event) => onChange({ text: event.currentTarget.value })}
        error={wrong.length > 0 ? wrong : undefined}
      />
    </div>
  );
}
