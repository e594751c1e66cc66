import { Button } from "@mantine/core";
import { IconArrowUp } from "@tabler/icons-react";
import { MOST_NEW } from "~/hooks/useNewRows";
import { count } from "~/lib/format";

/** Says how much is new and shows it when asked. It lies over the edge of its panel, so that nothing moves when it comes. */
export function NewPill({ of, onShow }: { of: number; onShow: () => void }) {
  if (of === 0) return null;
  return (
    <div style={{ position: "sticky", top: 20, zIndex: 5, height: 0, textAlign: "center" }}>
      <Button
        size="compact-sm"
        radius="xl"
        data-key="."
        leftSection={<IconArrowUp size={14} />}
        onClick={onShow}
        style={{ transform: "translateY(-50%)" }}
      >
        {count(of)}
        {of >= MOST_NEW ? "+" : ""} new
      </Button>
    </div>
  );
}
