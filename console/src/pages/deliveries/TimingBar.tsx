import { millis } from "~/lib/time";

interface Props {
  durationMs: number;
  timings: { dnsMs?: number | null; connectMs?: number | null; tlsMs?: number | null; firstByteMs?: number | null };
}

/** Where the time of a request went: a bar, and the same in words. */
export function TimingBar({ durationMs, timings }: Props) {
  const named: [string, number | null | undefined, string][] = [
    ["DNS", timings.dnsMs, "#7c8aa0"],
    ["Connect", timings.connectMs, "#4f8fd6"],
    ["TLS", timings.tlsMs, "#8d6fd1"],
    ["First byte", timings.firstByteMs, "#1d9f8c"],
  ];
  const phases = named.flatMap(([name, ms, color]) => (ms === null || ms === undefined ? [] : [{ name, ms, color }]));
  const rest = durationMs - phases.reduce((sum, one) => sum + one.ms, 0);
  if (rest > 0) phases.push({ name: "Rest", ms: rest, color: "#b98a2f" });
  const total = Math.max(durationMs, 0.001);
  return (
    <div>
      <div className="bar" aria-hidden>
        {phases.map((phase) => (
          <span key={phase.name} style={{ width: `${(100 * phase.ms) / total}%`, background: phase.color }} />
        ))}
      </div>
      <div className="dim num" style={{ display: "flex", gap: 14, flexWrap: "wrap", fontSize: 12, marginTop: 6 }}>
        {phases.map((phase) => (
          <span key={phase.name}>
            <span className="dot" style={{ background: phase.color, marginRight: 5 }} aria-hidden />
            {phase.name} {millis(phase.ms)}
          </span>
        ))}
        <strong>Total {millis(durationMs)}</strong>
      </div>
    </div>
  );
}
