import { Chip } from "~/components/Status";
import { Countdown } from "~/components/Time";
import type { Made, Secret } from "~/lib/signatures";

/** The signatures of a request, and which secret each was made with: while secrets change, there are two. */
export function Signatures({ of }: { of: Made[] }) {
  if (of.length === 0) return null;
  return (
    <div className="scroll" style={{ marginBottom: 12 }} tabIndex={0} role="region" aria-label="Signatures of this request">
      <table className="grid" aria-label="Signatures">
        <thead>
          <tr>
            <th scope="col">Signature</th>
            <th scope="col">Header</th>
            <th scope="col">Made with</th>
          </tr>
        </thead>
        <tbody>
          {of.map((one) => (
            <tr key={one.header + one.value}>
              <td className="mono" style={{ whiteSpace: "normal", overflowWrap: "anywhere", minWidth: 180 }}>{one.value}</td>
              <td className="mono">{one.header}</td>
              <td>{one.secret ? <Which secret={one.secret} /> : <span className="dim">a secret that signs no more</span>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Which({ secret }: { secret: Secret }) {
  return (
    <span style={{ display: "inline-flex", gap: 6, alignItems: "center" }}>
      <span>
        the secret <span className="mono">…{secret.hint}</span>
      </span>
      {secret.expiresAt ? (
        <Chip tone="warn">
          stops signing <Countdown to={secret.expiresAt} />
        </Chip>
      ) : (
        <Chip tone="ok">current</Chip>
      )}
    </span>
  );
}
