import { useReducedMotion } from "@mantine/hooks";
import { useState } from "react";
import { Bar, BarChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";

export interface Bucket {
  start: string;
  succeeded: number;
  failed: number;
  canceled: number;
}

interface Props {
  buckets: Bucket[];
  /** Writes when a bucket began. */
  tick: (start: string) => string;
}

const parts = [
  { of: "succeeded", name: "Succeeded", color: "var(--chart-ok)" },
  { of: "failed", name: "Failed", color: "var(--chart-bad)" },
  { of: "canceled", name: "Given up", color: "var(--chart-mute)" },
] as const;

const whole = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short", hourCycle: "h23" });

/** Deliveries that came to an end, stacked by how; the same figures as a table for those who prefer it. */
export default function DeliveriesChart({ buckets, tick }: Props) {
  const [table, setTable] = useState(false);
  const still = useReducedMotion();
  return (
    <div>
      {table ? (
        <div className="scroll" style={{ maxHeight: 240, overflowY: "auto" }} tabIndex={0} role="region" aria-label="Deliveries over time">
          <table className="grid">
            <thead>
              <tr>
                <th scope="col">From</th>
                <th scope="col" className="right">Succeeded</th>
                <th scope="col" className="right">Failed</th>
                <th scope="col" className="right">Given up</th>
              </tr>
            </thead>
            <tbody>
              {buckets.map((one) => (
                <tr key={one.start}>
                  <td>{whole.format(new Date(one.start))}</td>
                  <td className="right num">{one.succeeded}</td>
                  <td className="right num">{one.failed}</td>
                  <td className="right num">{one.canceled}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : (
        <div style={{ height: 220 }} aria-hidden>
          <ResponsiveContainer width="100%" height="100%">
            <BarChart data={buckets} margin={{ top: 6, right: 4, left: -18, bottom: 0 }} accessibilityLayer={false}>
              <CartesianGrid vertical={false} stroke="var(--line)" />
              <XAxis
                dataKey="start"
                tickFormatter={tick}
                tick={{ fontSize: 11, fill: "var(--mantine-color-dimmed)" }}
                minTickGap={40}
                stroke="var(--line)"
              />
              <YAxis allowDecimals={false} tick={{ fontSize: 11, fill: "var(--mantine-color-dimmed)" }} stroke="var(--line)" />
              <Tooltip
                labelFormatter={(start) => whole.format(new Date(String(start)))}
                cursor={{ fill: "var(--mute-bg)" }}
                contentStyle={{ background: "var(--panel)", border: "1px solid var(--line)", borderRadius: 6, fontSize: 12 }}
                isAnimationActive={false}
              />
              {parts.map((one) => (
                <Bar key={one.of} dataKey={one.of} name={one.name} stackId="a" fill={one.color} isAnimationActive={!still} />
              ))}
            </BarChart>
          </ResponsiveContainer>
        </div>
      )}
      <div className="legend">
        {parts.map((one) => (
          <span key={one.of}>
            <span className="dot" style={{ background: one.color }} aria-hidden /> {one.name}
          </span>
        ))}
        <button type="button" className="linklike" onClick={() => setTable(!table)}>
          {table ? "Show as a chart" : "Show as a table"}
        </button>
      </div>
    </div>
  );
}
