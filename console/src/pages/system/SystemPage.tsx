import { Button } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck, IconCircleX, IconExternalLink, IconHelp } from "@tabler/icons-react";
import { useCallback } from "react";
import { useQuery } from "urql";
import { type Column, DataTable } from "~/components/DataTable";
import { Facts, PageHead, Panel } from "~/components/Page";
import { Failed, Forbidden, Loading } from "~/components/States";
import { Chip } from "~/components/Status";
import { Time } from "~/components/Time";
import { useRefetchAfterOutage } from "~/hooks/useLiveDeliveries";
import { useNow } from "~/hooks/useNow";
import { usePoll } from "~/hooks/usePoll";
import { useSigned } from "~/hooks/useViewer";
import { count } from "~/lib/format";
import type { Tone } from "~/lib/status";
import { type Check, checks, type System } from "./checks";
import { SystemDocument } from "./documents";

const EVERY_MS = 5_000;

const verdicts: Record<Tone, { word: string; icon: typeof IconHelp }> = {
  ok: { word: "Good", icon: IconCircleCheck },
  warn: { word: "Look at it", icon: IconAlertTriangle },
  bad: { word: "Broken", icon: IconCircleX },
  mute: { word: "Not known", icon: IconHelp },
  info: { word: "Not known", icon: IconHelp },
};

/** How the platform as a whole fares, for those who run it. */
export function SystemPage() {
  const { rights } = useSigned();
  return rights.operate ? <Platform /> : <Forbidden />;
}

function Platform() {
  const [{ data, error }, reload] = useQuery({ query: SystemDocument });
  const refetch = useCallback(() => reload({ requestPolicy: "network-only" }), [reload]);
  usePoll(true, EVERY_MS, refetch);
  useRefetchAfterOutage(refetch);
  const now = useNow();
  if (!data && error) return <Failed error={error} retry={refetch} whole />;
  if (!data) return <Loading />;
  const { system, sourceRanges } = data;
  const found = checks(system, now);
  const broken = found.filter((one) => one.tone === "bad").length;
  return (
    <>
      <PageHead title="System" note={broken === 0 ? "Nothing is broken." : `${broken} of ${found.length} checks are broken.`}>
        {system.temporal.uiUrl ? (
          <Button
            component="a"
            href={system.temporal.uiUrl}
            target="_blank"
            rel="noreferrer"
            variant="default"
            rightSection={<IconExternalLink size={14} />}
          >
            Open Temporal
          </Button>
        ) : null}
      </PageHead>
      <div className="split">
        <div className="stack">
          <Panel title="Checks" flush>
            <DataTable plain label="Checks" columns={columns} rows={found} />
          </Panel>
          <Panel title="Workers" flush>
            {system.workers.length > 0 ? (
              <DataTable plain label="Workers" columns={workerColumns} rows={system.workers} />
            ) : (
              <p className="dim" style={{ padding: "0 14px" }}>
                No worker has signed on. Start one with <code className="mono">surehook serve --roles worker</code>.
              </p>
            )}
          </Panel>
        </div>
        <Panel title="Details">
          <SystemFacts system={system} sourceRanges={sourceRanges} />
        </Panel>
      </div>
    </>
  );
}

const columns: Column<Check>[] = [
  {
    title: "State",
    cell: ({ tone }) => {
      const { word, icon: Icon } = verdicts[tone];
      return (
        <Chip tone={tone} icon={<Icon size={13} aria-hidden />}>
          {word}
        </Chip>
      );
    },
  },
  { title: "What", cell: (one) => one.name },
  { title: "How it is", className: "num", cell: (one) => one.value },
  {
    title: "What to do",
    className: "wrap",
    cell: ({ help, fix }) =>
      help ? (
        <span>
          {help} {fix ? <code className="mono">{fix}</code> : null}
        </span>
      ) : (
        <span className="dim">–</span>
      ),
  },
];

const workerColumns: Column<System["workers"][number]>[] = [
  { title: "Machine", cell: (one) => <span className="mono">{one.name}</span> },
  {
    title: "State",
    cell: ({ alive }) => (
      <Chip tone={alive ? "ok" : "warn"} icon={alive ? <IconCircleCheck size={13} aria-hidden /> : <IconAlertTriangle size={13} aria-hidden />}>
        {alive ? "Alive" : "Silent"}
      </Chip>
    ),
  },
  { title: "Started", cell: (one) => <Time at={one.startedAt} /> },
  { title: "Last heartbeat", cell: (one) => <Time at={one.heartbeatAt} /> },
];

const listed = (all: (string | number)[], none: string) => (all.length > 0 ? all.join(", ") : none);

function SystemFacts({ system, sourceRanges }: { system: System; sourceRanges: string[] }) {
  const { database, egress, retention, temporal } = system;
  return (
    <Facts
      of={[
        ["Version", <code key="v" className="mono">{system.version}</code>],
        ["Started", <Time key="s" at={system.startedAt} />],
        ["Postgres", `${database.version}, ${count(database.megabytes)} MB`],
        ["Temporal namespace", <code key="n" className="mono">{temporal.namespace}</code>],
        ["Task queue", <code key="q" className="mono">{temporal.taskQueue}</code>],
        ["The log is kept for", `${count(retention.days)} days`],
        ["Payloads are kept for", `${count(retention.payloadDays)} days`],
        ["Webhooks reach", listed(["public networks", ...egress.allowedNetworks], "")],
        ["On the ports", egress.anyPort ? "all" : listed([80, 443, ...egress.allowedPorts], "")],
        ["Requests come from", listed(sourceRanges, "no networks were named")],
        ["Limits", <span key="l">per organization: its page; of the API: <code className="mono">docs/limits.md</code></span>],
      ]}
    />
  );
}
