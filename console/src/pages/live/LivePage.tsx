import { Button, TextInput } from "@mantine/core";
import { IconPlayerPause, IconPlayerPlay } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { PageHead } from "~/components/Page";
import { Empty, Forbidden } from "~/components/States";
import { AttemptChip, Code } from "~/components/Status";
import { useSigned } from "~/hooks/useViewer";
import { count } from "~/lib/format";
import { millis } from "~/lib/time";
import { KEPT, type Line, useTail } from "./useTail";

const HEIGHT = 34;
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** Every attempt as it is made, newest first. It stands still while somebody reads. */
export function LivePage() {
  const { rights } = useSigned();
  return rights.view ? <Tail /> : <Forbidden />;
}

function Tail() {
  const [paused, setPaused] = useState(false);
  const [hovered, setHovered] = useState(false);
  const [scrolled, setScrolled] = useState(false);
  const [filter, setFilter] = useState("");
  const tail = useTail(paused || hovered || scrolled);
  const wanted = filter.trim().toLowerCase();
  const lines = useMemo(
    () => (wanted === "" ? tail.lines : tail.lines.filter((line) => line.text.includes(wanted))),
    [tail.lines, wanted],
  );
  // The list goes away without being left.
  const none = lines.length === 0;
  useEffect(() => {
    if (!none) return;
    setHovered(false);
    setScrolled(false);
  }, [none]);
  const host = useRef<HTMLDivElement>(null);
  // Another function would have ten thousand places worked out anew in each frame.
  const keyOf = useCallback((index: number) => lines[index]?.id ?? index, [lines]);
  const rows = useVirtualizer({
    count: lines.length,
    getScrollElement: () => host.current,
    estimateSize: () => HEIGHT,
    overscan: 12,
    getItemKey: keyOf,
  });
  return (
    <>
      <PageHead title="Live tail" note={`Every request as it is made, newest first. The last ${count(KEPT)} are kept here.`}>
        <Button
          variant={paused ? "filled" : "default"}
          data-key="p"
          aria-pressed={paused}
          leftSection={paused ? <IconPlayerPlay size={14} /> : <IconPlayerPause size={14} />}
          onClick={() => setPaused(!paused)}
        >
          {paused ? "Resume" : "Pause"}
        </Button>
      </PageHead>
      <div className="filters">
        <TextInput
          size="xs"
          w={320}
          data-filter
          aria-label="Filter"
          placeholder="Event type, webhook, response code or id"
          value={filter}
          onChange={(event) => setFilter(event.currentTarget.value)}
        />
        <span className="dim num" style={{ fontSize: 12.5 }} data-tail-counts>
          {count(lines.length)} shown, {count(tail.seen)} seen, {count(tail.dropped)} dropped
          {tail.waiting > 0 ? `, ${count(tail.waiting)} wait until you go on` : ""}
        </span>
      </div>
      <div className="panel">
        {none ? (
          <Empty title={wanted ? "Nothing matches yet" : "Waiting for the next request…"}>
            Whatever is sent from now on shows up here. Send a test from a webhook's page to see it.
          </Empty>
        ) : (
          <div
            ref={host}
            role="region"
            aria-label="Requests"
            tabIndex={0}
            style={{ height: "calc(100vh - 220px)", minHeight: 320, overflow: "auto" }}
            onMouseEnter={() => setHovered(true)}
            onMouseLeave={() => setHovered(false)}
            onScroll={(event) => setScrolled(event.currentTarget.scrollTop > 0)}
          >
            <div style={{ height: rows.getTotalSize(), position: "relative", minWidth: 760 }}>
              {rows.getVirtualItems().map((item) => {
                const line = lines[item.index];
                return line ? <Row key={item.key} line={line} top={item.start} /> : null;
              })}
            </div>
          </div>
        )}
      </div>
    </>
  );
}

const Row = memo(function Row({ line, top }: { line: Line; top: number }) {
  return (
    <div
      data-line
      style={{
        position: "absolute",
        top: 0,
        left: 0,
        right: 0,
        height: HEIGHT,
        transform: `translateY(${top}px)`,
        display: "grid",
        gridTemplateColumns: "84px 96px 64px minmax(160px, 1.4fr) minmax(120px, 1fr) 90px 76px",
        gap: 10,
        alignItems: "center",
        padding: "0 14px",
        borderBottom: "1px solid var(--line)",
        fontSize: 13,
        whiteSpace: "nowrap",
      }}
    >
      <span className="mono dim">{clock.format(new Date(line.at))}</span>
      <span>
        <AttemptChip status={line.status} />
      </span>
      <span>
        <Code code={line.code} />
      </span>
      <Link to="/deliveries/$id" params={{ id: line.deliveryId }} className="mono" style={{ overflow: "hidden", textOverflow: "ellipsis" }}>
        {line.eventType}
      </Link>
      <span style={{ overflow: "hidden", textOverflow: "ellipsis" }}>{line.webhook}</span>
      <span className="dim num">attempt {line.number}</span>
      <span className="num" style={{ textAlign: "right" }}>{millis(line.durationMs)}</span>
    </div>
  );
});
