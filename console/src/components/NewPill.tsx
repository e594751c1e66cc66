import { Button } from "@mantine/core";
import { IconArrowUp } from "@tabler/icons-react";
import { MOST_NEW } from "~/hooks/useNewRows";
import { count } from "~/lib/format";

interface Props {
  of: number;
  /** Whether only the server can tell which of them belong here. */
  perhaps?: boolean;
  onShow: () => void;
}

/** Says how much is new and shows it when asked. It lies over the edge of its panel, so that nothing moves when it comes. */
export function NewPill({ of, perhaps = false, onShow }: Props) {
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
        {perhaps ? "Look for new ones" : `${count(of)}${of >= MOST_NEW ? "+" : ""} new`}
      </Button>
    </div>
  );
}
