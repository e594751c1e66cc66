import { Switch } from "@mantine/core";
import { type places, useSingleKeys } from "./shortcuts";

const keys: [string, string][] = [
  ["/", "To the first filter"],
  ["j / k", "To the next or previous row"],
  [".", "Show what is new"],
  ["p", "Pause and resume the live tail"],
  ["r", "Retry the delivery"],
];

/** What keys do, and the switch for those that are pressed alone. */
export function ShortcutSheet({ reachable }: { reachable: typeof places }) {
  const [on, turn] = useSingleKeys();
  const leads = Object.entries(reachable).map(([key, [, name]]): [string, string] => [`g ${key}`, name]);
  const single: [string, string][] = [...keys, ...leads, ["?", "This list"]];
  return (
    <div className="stack">
      <Switch
        label="Shortcuts of single keys"
        description="Switch them off if you dictate, or if keys are pressed by accident. This browser remembers it."
        checked={on}
        onChange={(event) => turn(event.currentTarget.checked)}
      />
      <dl className="facts">
        <Shortcut name="Ctrl K" what="Go to a page or to any id" />
        <Shortcut name="Enter" what="Open the row" />
        {on ? single.map(([name, what]) => <Shortcut key={name} name={name} what={what} />) : null}
      </dl>
      {on ? null : (
        <p className="dim" style={{ margin: 0 }}>
          Single keys do nothing now. Ctrl K and the keys of your browser go on working.
        </p>
      )}
    </div>
  );
}

function Shortcut({ name, what }: { name: string; what: string }) {
  return (
    <>
      <dt>
        <kbd className="mono">{name}</kbd>
      </dt>
      <dd>{what}</dd>
    </>
  );
}
