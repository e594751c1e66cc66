import { Button } from "@mantine/core";
import { Panel } from "~/components/Page";
import type { Profile } from "./formFields";

interface Props {
  of: Profile["recipes"];
  chosen: string | null;
  onChoose: (name: string | null) => void;
}

/** The presets of the profile, to start from. */
export function Recipes({ of, chosen, onChoose }: Props) {
  if (of.length === 0) return null;
  const from = of.find((one) => one.name === chosen);
  const options = [{ name: null, title: "Nothing" }, ...of];
  return (
    <Panel title="Start from">
      <div style={{ display: "flex", gap: 8, flexWrap: "wrap" }} role="group" aria-label="Recipes">
        {options.map((one) => (
          <Button
            key={one.name ?? ""}
            variant={chosen === one.name ? "light" : "default"}
            aria-pressed={chosen === one.name}
            onClick={() => onChoose(one.name)}
          >
            {one.title}
          </Button>
        ))}
      </div>
      {from ? <p className="dim" style={{ margin: "10px 0 0" }}>{from.description}</p> : null}
    </Panel>
  );
}
