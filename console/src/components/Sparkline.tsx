import { count } from "~/lib/format";

interface Props {
  buckets: { start: string; succeeded: number; failed: number }[];
}

const HEIGHT = 20;
const STEP = 4;

/** Bars of a day, small enough for a table. Failures are at the bottom, where they are seen; the words are in its label. */
export function Sparkline({ buckets }: Props) {
  const most = Math.max(1, ...buckets.map((one) => one.succeeded + one.failed));
  const sum = (of: "succeeded" | "failed") => buckets.reduce((total, one) => total + one[of], 0);
  const label = `In 24 hours: ${count(sum("succeeded"))} succeeded, ${count(sum("failed"))} failed`;
  const high = (value: number) => (value === 0 ? 0 : Math.max(1.5, (value / most) * HEIGHT));
  return (
    <svg width={buckets.length * STEP} height={HEIGHT} role="img" aria-label={label} style={{ display: "block" }}>
      <title>{label}</title>
      {buckets.map((one, at) => {
        const bad = high(one.failed);
        const good = Math.min(high(one.succeeded), HEIGHT - bad);
        return (
          <g key={one.start}>
            <rect x={at * STEP} y={HEIGHT - 1} width={STEP - 1} height={1} fill="var(--line)" />
            <rect x={at * STEP} y={HEIGHT - bad} width={STEP - 1} height={bad} fill="var(--chart-bad)" />
            <rect x={at * STEP} y={HEIGHT - bad - good} width={STEP - 1} height={good} fill="var(--chart-ok)" />
          </g>
        );
      })}
    </svg>
  );
}
