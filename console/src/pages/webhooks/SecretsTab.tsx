import { Button, NumberInput, PasswordInput } from "@mantine/core";
import { useState } from "react";
import { useQuery } from "urql";
import { Confirm } from "~/components/Confirm";
import { Copy } from "~/components/Copy";
import { Panel } from "~/components/Page";
import { Chip } from "~/components/Status";
import { Countdown, Time } from "~/components/Time";
import type { RevealMutation, RotateMutation } from "~/gql/graphql";
import { problemAt, useAction } from "~/hooks/useAction";
import { useSigned } from "~/hooks/useViewer";
import { ProfileDocument } from "./documents";
import { NewSecret } from "./NewSecret";
import { RevealDocument, RotateDocument } from "./stateDocuments";
import type { Webhook } from "./WebhookPage";

const revealed = (data: RevealMutation) => data.revealWebhookSecret;
const rotated = (data: RotateMutation) => data.rotateWebhookSecret;

/** The secrets that sign now. A value is in the page only after it was asked for. */
export function SecretsTab({ webhook, refetch }: { webhook: Webhook; refetch: () => void }) {
  const [fresh, setFresh] = useState<string | null>(null);
  if (fresh) return <NewSecret title="The new secret" secret={fresh} onDone={() => setFresh(null)} />;
  return (
    <div className="split">
      <Panel title={webhook.secrets.length > 1 ? "Secrets that sign now" : "Secret"} flush>
        {webhook.secrets.length === 0 ? (
          <p className="dim" style={{ padding: "0 14px" }}>Requests of this webhook are not signed, so it has no secret.</p>
        ) : (
          <div className="scroll">
            <table className="grid" aria-label="Secrets">
              <thead>
                <tr>
                  <th scope="col">Secret</th>
                  <th scope="col">State</th>
                  <th scope="col">Made</th>
                  <th scope="col">Value</th>
                </tr>
              </thead>
              <tbody>
                {webhook.secrets.map((secret) => (
                  <tr key={secret.id}>
                    <td className="mono">…{secret.hint}</td>
                    <td>
                      {secret.expiresAt ? (
                        <Chip tone="warn">
                          stops signing <Countdown to={secret.expiresAt} />
                        </Chip>
                      ) : (
                        <Chip tone="ok">current</Chip>
                      )}
                    </td>
                    <td>
                      <Time at={secret.createdAt} />
                    </td>
                    <td>
                      <Reveal webhookId={webhook.id} secretId={secret.id} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Panel>
      {webhook.secrets.length > 0 ? <Rotate webhook={webhook} onRotated={setFresh} refetch={refetch} /> : null}
    </div>
  );
}

function Reveal({ webhookId, secretId }: { webhookId: string; secretId: string }) {
  const reveal = useAction(RevealDocument, revealed);
  const [value, setValue] = useState<string | null>(null);
  if (value !== null) {
    return (
      <span style={{ display: "inline-flex", gap: 4, alignItems: "center" }}>
        <code className="mono" data-secret style={{ overflowWrap: "anywhere", whiteSpace: "normal" }}>{value}</code>
        <Copy value={value} what="secret" />
        <Button size="compact-xs" variant="subtle" color="gray" onClick={() => setValue(null)}>
          Hide
        </Button>
      </span>
    );
  }
  return (
    <Button
      size="compact-xs"
      variant="default"
      loading={reveal.busy}
      onClick={() => void reveal.run({ webhookId, secretId }).then((found) => setValue(found?.value ?? null))}
    >
      Reveal secret
    </Button>
  );
}

interface RotateProps {
  webhook: Webhook;
  onRotated: (secret: string | null) => void;
  refetch: () => void;
}

function Rotate({ webhook, onRotated, refetch }: RotateProps) {
  const { organization } = useSigned();
  const [{ data }] = useQuery({ query: ProfileDocument, variables: { id: organization.id } });
  const source = data?.organization?.profile.rules.secretSource;
  const policy = webhook.settings.secretRotation;
  const [hours, setHours] = useState(Math.round(policy.overlapSeconds / 360) / 10);
  const [own, setOwn] = useState("");
  const rotate = useAction(RotateDocument, rotated, true);

  async function go() {
    const result = await rotate.run(
      { webhookId: webhook.id, overlapSeconds: Math.round(hours * 3_600), signingSecret: own || undefined },
      "The secret was replaced.",
    );
    if (!result) return;
    setOwn("");
    onRotated(result.signingSecret ?? null);
    refetch();
  }

  return (
    <Panel title="Regenerate secret">
      <div className="stack" style={{ gap: 12 }}>
        <p className="dim" style={{ margin: 0 }}>
          Both secrets sign for a while, so that the receiver can change over without missing anything.
          {policy.everyDays > 0 ? ` It is replaced by itself every ${policy.everyDays} days.` : ""}
        </p>
        <NumberInput
          label="The old one goes on signing for, in hours"
          min={0}
          max={168}
          decimalScale={1}
          value={hours}
          onChange={(value) => setHours(typeof value === "number" ? value : 0)}
          error={problemAt(rotate.problems, "overlapSeconds")}
        />
        {source && source !== "GENERATED" ? (
          <PasswordInput
            label="New secret"
            description={source === "CHOSEN" ? "You choose it." : "Made for you when you leave it empty."}
            required={source === "CHOSEN"}
            autoComplete="new-password"
            value={own}
            onChange={(event) => setOwn(event.currentTarget.value)}
            error={problemAt(rotate.problems, "signingSecret")}
          />
        ) : null}
        <Confirm button="Regenerate secret" title="Replace the secret?" confirm="Regenerate" onConfirm={go}>
          A new secret signs from now on; the old one does so beside it for {hours} hours.
        </Confirm>
        {rotate.problems.length > 0 ? (
          <div role="alert" style={{ color: "var(--bad)" }}>{rotate.problems.map((one) => one.message).join(" ")}</div>
        ) : null}
      </div>
    </Panel>
  );
}
