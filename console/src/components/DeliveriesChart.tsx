import { useReducedMotion } from "@mantine/hooks";
import { useState } from "react";
import { Bar, BarChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";

export interface Bucket {
  start: string;
  succeeded: number;
  failed: number;
  canceled: number;
}

const tick = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" });

/** Deliveries that came to an end, stacked by how; the same figures as a table for those who prefer it. */
export default function DeliveriesChart({ buckets }: { buckets: Bucket[] }) {
  const [table, setTable] = useState(false);
  const still = useReducedMotion();
  const data = buckets.map((one) => ({ ...one, at: tick.format(new Date(one.start)) }));
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
              {data.map((one) => (
                <tr key={one.start}>
                  <td>{one.at}</td>
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
            <BarChart data={data} margin={{ top: 6, right: 4, left: -18, bottom: 0 }} accessibilityLayer={false}>
              <CartesianGrid vertical={false} stroke="var(--line)" />
              <XAxis dataKey="at" tick={{ fontSize: 11, fill: "var(--mantine-color-dimmed)" }} minTickGap={50} stroke="var(--line)" />
              <YAxis allowDecimals={false} tick={{ fontSize: 11, fill: "var(--mantine-color-dimmed)" }} stroke="var(--line)" />
              <Tooltip
                cursor={{ fill: "var(--mute-bg)" }}
                contentStyle={{ background: "var(--panel)", border: "1px solid var(--line)", borderRadius: 6, fontSize: 12 }}
                isAnimationActive={false}
              />
              <Bar dataKey="succeeded" name="Succeeded" stackId="a" fill="#23a07f" isAnimationActive={!still} />
              <Bar dataKey="failed" name="Failed" stackId="a" fill="#d9534b" isAnimationActive={!still} />
              <Bar dataKey="canceled" name="Given up" stackId="a" fill="#8f9aab" isAnimationActive={!still} />
            </BarChart>
          </ResponsiveContainer>
        </div>
      )}
      <button type="button" className="linklike" style={{ fontSize: 12.5 }} onClick={() => setTable(!table)}>
        {table ? "Show as a chart" : "Show as a table"}
      </button>
    </div>
  );
}
