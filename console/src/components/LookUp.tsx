import { Button, TextInput } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useState } from "react";
import { kindOf } from "~/lib/ids";
import { MAX_MATCHES, readMatch } from "~/lib/payloadMatch";

/** Finds the deliveries of one event, or the event itself. An id is told from a key by how it looks. */
export function EventLookUp(props: {
  event: string | undefined;
  idempotencyKey: string | undefined;
  onChange: (event: string | undefined, idempotencyKey: string | undefined) => void;
}) {
  const now = props.event ?? props.idempotencyKey ?? "";
  return <OneEvent key={now} now={now} onChange={props.onChange} />;
}

function OneEvent(props: { now: string; onChange: (event?: string, idempotencyKey?: string) => void }) {
  const [text, setText] = useState(props.now);
  return (
    <form
      onSubmit={(submitted) => {
        submitted.preventDefault();
        const wanted = text.trim() || undefined;
        if (wanted && kindOf(wanted) === "evt") props.onChange(wanted);
        else props.onChange(undefined, wanted);
      }}
    >
      <TextInput
        size="xs"
        w={250}
        aria-label="Event id or idempotency key"
        placeholder="Event id or idempotency key, Enter"
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
    </form>
  );
}

interface PayloadProps {
  value: string[] | undefined;
  onChange: (value: string[] | undefined) => void;
  /** What the server says about the paths. */
  problem: string | undefined;
}

/** Finds events by values at paths of their payloads. */
export function PayloadLookUp({ value = [], onChange, problem }: PayloadProps) {
  const [text, setText] = useState("");
  const [wrong, setWrong] = useState<string>();

  function add() {
    const read = readMatch(text);
    if (!read.ok) {
      setWrong(read.message);
      return;
    }
    setText("");
    onChange([...new Set([...value, text.trim()])]);
  }

  return (
    <>
      <form
        onSubmit={(submitted) => {
          submitted.preventDefault();
          add();
        }}
      >
        <TextInput
          size="xs"
          w={275}
          aria-label="Payload"
          placeholder={value.length < MAX_MATCHES ? "Payload, such as order.id=4711, Enter" : "Five values are the most"}
          disabled={value.length >= MAX_MATCHES}
          value={text}
          onChange={(event) => {
            setText(event.currentTarget.value);
            setWrong(undefined);
          }}
          error={wrong ?? problem}
        />
      </form>
      {value.map((one) => (
        <Button
          key={one}
          size="compact-xs"
          variant="default"
          className="mono"
          rightSection={<IconX size={12} aria-hidden />}
          aria-label={`Stop searching for ${one}`}
          onClick={() => {
            const left = value.filter((other) => other !== one);
            onChange(left.length > 0 ? left : undefined);
          }}
        >
          {one}
        </Button>
      ))}
    </>
  );
}
