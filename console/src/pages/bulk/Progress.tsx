import type { OperationFragment } from "~/gql/graphql";
import { count } from "~/lib/format";

/** How far a bulk operation has come. */
export function Progress({ of, label }: { of: OperationFragment; label: string }) {
  const share = of.total === 0 ? 1 : Math.min(1, of.processed / of.total);
  const percent = Math.floor(share * 100);
  return (
    <div style={{ minWidth: 160 }}>
      <div
        className="bar"
        role="progressbar"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={percent}
      >
        <span
          style={{
            width: `${share * 100}%`,
            background: of.status === "COMPLETED" ? "#23a07f" : of.status === "RUNNING" ? "#4f8fd6" : "#8f9aab",
            transition: "width 300ms linear",
          }}
        />
      </div>
      <div className="dim num" style={{ fontSize: 12, marginTop: 3 }}>
        {count(of.processed)} of {count(of.total)} · {percent}%
      </div>
    </div>
  );
}
