import { Button, Select } from "@mantine/core";
import { IconSend } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useQuery } from "urql";
import { HelpTexts } from "~/components/HelpTexts";
import { Panel } from "~/components/Page";
import { CodeField } from "~/components/Payload";
import { AttemptChip } from "~/components/Status";
import type { SendTestMutation } from "~/gql/graphql";
import { useAction } from "~/hooks/useAction";
import { useSigned } from "~/hooks/useViewer";
import { parsed } from "~/lib/json";
import { millis } from "~/lib/time";
import { AttemptView } from "../deliveries/AttemptView";
import { useEventTypes } from "../events/PublishButton";
import { ProfileDocument } from "./documents";
import { TestDocument } from "./stateDocuments";
import type { Webhook } from "./WebhookPage";

const tested = (data: SendTestMutation) => data.sendTestEvent;

type Result = NonNullable<SendTestMutation["sendTestEvent"]>;

/** Sends a real delivery, marked as a test, and shows what came of it. */
export function TestTab({ webhook }: { webhook: Webhook }) {
  const { organization } = useSigned();
  const [text, setText] = useState("");
  const types = useEventTypes(text);
  const [{ data: profiled }] = useQuery({ query: ProfileDocument, variables: { id: organization.id } });
  const profile = profiled?.organization?.profile;
  const [type, setType] = useState<string | null>(null);
  const [payload, setPayload] = useState("");
  const [result, setResult] = useState<Result | null>(null);
  const send = useAction(TestDocument, tested, true);
  const value = payload.trim() === "" ? null : parsed(payload);

  function choose(name: string | null) {
    setType(name);
    const sample = types.find((one) => one.name === name)?.samples[0];
    setPayload(sample ? JSON.stringify(sample.payload, null, 2) : "");
  }

  async function go() {
    setResult(null);
    const wait = Math.min(webhook.settings.timeoutSeconds + 3, 65);
    const answer = await send.run({
      webhookId: webhook.id,
      eventType: type ?? undefined,
      payload: value?.ok ? value.value : undefined,
      waitSeconds: wait,
    });
    setResult(answer);
  }

  return (
    <div className="split">
      <div className="stack" aria-live="polite">
        {result ? <TestResult result={result} /> : null}
        {send.problems.length > 0 ? (
          <Panel title="Not sent">
            <p role="alert" style={{ margin: 0, color: "var(--bad)" }}>{send.problems.map((one) => one.message).join(" ")}</p>
          </Panel>
        ) : null}
        {!result && send.problems.length === 0 ? (
          <Panel title={send.busy ? "Sending…" : "Result"}>
            <p className="dim" style={{ margin: 0 }}>
              {send.busy
                ? "The request is under way; its answer shows up here."
                : "The request, the answer and how long it took show up here."}
            </p>
          </Panel>
        ) : null}
        {(profile?.help.length ?? 0) > 0 ? (
          <Panel title="If something does not work">
            <HelpTexts />
          </Panel>
        ) : null}
      </div>
      <Panel title="Send a test">
        <div className="stack" style={{ gap: 12 }}>
          <Select
            label="Event type"
            placeholder={profile?.testEventType ?? ""}
            description="The test event of the profile, unless you choose another."
            clearable
            searchable
            data={[...new Set([...types.map((one) => one.name), ...(type ? [type] : [])])]}
            value={type}
            onChange={choose}
            searchValue={text}
            onSearchChange={setText}
            nothingFoundMessage="No event type has this in its name"
          />
          {type ? (
            <div>
              <div style={{ fontWeight: 500, fontSize: 13, marginBottom: 4 }}>Payload</div>
              <CodeField value={payload} onChange={setPayload} label="Payload" />
              {value && !value.ok ? <div style={{ color: "var(--bad)", fontSize: 12 }}>{value.message}</div> : null}
            </div>
          ) : null}
          <Button
            leftSection={<IconSend size={14} />}
            loading={send.busy}
            disabled={value !== null && !value.ok}
            onClick={() => void go()}
          >
            Test
          </Button>
        </div>
      </Panel>
    </div>
  );
}

function TestResult({ result }: { result: Result }) {
  const { attempt, delivery } = result;
  if (!attempt) {
    return (
      <Panel title="On its way">
        The first attempt was not over in time.{" "}
        {delivery ? (
          <Link to="/deliveries/$id" params={{ id: delivery.id }}>
            Watch the delivery
          </Link>
        ) : null}
      </Panel>
    );
  }
  return (
    <>
      <div className="panel" style={{ padding: "10px 14px", display: "flex", gap: 12, alignItems: "center" }} data-test-result>
        <AttemptChip status={attempt.status} />
        <span>
          {attempt.response ? `Response code ${attempt.response.statusCode}` : "No response"} in {millis(attempt.durationMs)}
        </span>
        {delivery ? (
          <Link to="/deliveries/$id" params={{ id: delivery.id }}>
            Open the delivery
          </Link>
        ) : null}
      </div>
      <AttemptView attempt={attempt} />
    </>
  );
}
