import { ActionIcon, Button, Tooltip, useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { IconKeyboard, IconLogout, IconMoon, IconSearch, IconSun } from "@tabler/icons-react";
import { spotlight } from "@mantine/spotlight";
import { lazy, Suspense } from "react";
import { useSigned } from "~/hooks/useViewer";
import { words } from "~/lib/status";
import { type LiveState, useLiveState } from "./live";
import { signOut } from "./session";
import { openShortcuts } from "./shortcuts";

// For operators only.
const OrganizationSwitch = lazy(() =>
  import("./OrganizationSwitch").then((found) => ({ default: found.OrganizationSwitch })),
);

export function OrganizationName() {
  const { organization, rights, viewer } = useSigned();
  return (
    <div className="org">
      {rights.operate ? (
        <Suspense fallback={organization.name}>
          <OrganizationSwitch />
        </Suspense>
      ) : (
        <div style={{ fontWeight: 600, fontSize: 13.5, overflowWrap: "anywhere" }}>{organization.name}</div>
      )}
      <div className="dim nav-text-long" style={{ fontSize: 12 }}>
        {words(viewer.role)} · {viewer.apiKey.name}
      </div>
    </div>
  );
}

const live: Record<LiveState, { text: string; color: string }> = {
  connecting: { text: "Live updates start", color: "var(--mute)" },
  connected: { text: "Live", color: "#16a06b" },
  reconnecting: { text: "Reconnecting…", color: "#d68a0b" },
  offline: { text: "No live updates", color: "#d0403a" },
};

export function SideFoot() {
  const { text, color } = live[useLiveState()];
  const { setColorScheme } = useMantineColorScheme();
  const dark = useComputedColorScheme("light", { getInitialValueInEffect: false }) === "dark";
  return (
    <div className="side-foot">
      <Button
        variant="default"
        size="xs"
        justify="space-between"
        leftSection={<IconSearch size={14} />}
        rightSection={<kbd className="mono dim">Ctrl K</kbd>}
        onClick={() => spotlight.open()}
      >
        Go to…
      </Button>
      <div style={{ display: "flex", alignItems: "center", gap: 4, padding: "0 4px" }}>
        <span role="status" style={{ display: "flex", gap: 7, alignItems: "center", fontSize: 12.5, flex: 1 }}>
          <span className="dot" style={{ background: color }} aria-hidden />
          {text}
        </span>
        <Tooltip label="Keyboard shortcuts">
          <ActionIcon variant="subtle" color="gray" aria-label="Keyboard shortcuts" onClick={openShortcuts}>
            <IconKeyboard size={16} />
          </ActionIcon>
        </Tooltip>
        <Tooltip label={dark ? "Light" : "Dark"}>
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={dark ? "Use the light theme" : "Use the dark theme"}
            onClick={() => setColorScheme(dark ? "light" : "dark")}
          >
            {dark ? <IconSun size={16} /> : <IconMoon size={16} />}
          </ActionIcon>
        </Tooltip>
        <Tooltip label="Sign out">
          <ActionIcon variant="subtle" color="gray" aria-label="Sign out" onClick={() => void signOut()}>
            <IconLogout size={16} />
          </ActionIcon>
        </Tooltip>
      </div>
    </div>
  );
}
