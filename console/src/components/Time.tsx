import { Tooltip } from "@mantine/core";
import { useNow } from "~/hooks/useNow";
import { exact, relative, span } from "~/lib/time";

/** A moment, relative to now; the exact one on hover and for screen readers. */
export function Time({ at }: { at: string | null | undefined }) {
  const now = useNow();
  if (!at) return <span className="dim">–</span>;
  return (
    <Tooltip label={exact(at)}>
      <time dateTime={at} className="num">
        {relative(at, now)}
      </time>
    </Tooltip>
  );
}

/** Counts down to a moment. More than a minute past it, something is late. */
export function Countdown({ to }: { to: string }) {
  const now = useNow();
  const seconds = (Date.parse(to) - now) / 1000;
  const late = seconds < -60;
  return (
    <Tooltip label={exact(to)}>
      <time dateTime={to} className={late ? "chip tone-bad num" : "num"}>
        {late ? `overdue by ${span(-seconds)}` : seconds <= 0 ? "due now" : `in ${span(seconds)}`}
      </time>
    </Tooltip>
  );
}
