import { Tabs } from "@mantine/core";
import { IconAlertCircle } from "@tabler/icons-react";
import { Copy } from "~/components/Copy";
import { Panel } from "~/components/Page";
import { Payload } from "~/components/Payload";
import { AttemptChip, Code } from "~/components/Status";
import { Time } from "~/components/Time";
import type { AttemptFragment } from "~/gql/graphql";
import { curl } from "~/lib/curl";
import { problemOf } from "~/lib/problems";
import type { Made } from "~/lib/signatures";
import { Signatures } from "./Signatures";
import { TimingBar } from "./TimingBar";

/** One request and what came of it. */
export function AttemptView({ attempt, signatures = [] }: { attempt: AttemptFragment; signatures?: Made[] }) {
  const problem = attempt.error ? problemOf(attempt.error.code, attempt.response?.statusCode) : null;
  return (
    <Panel
      title={`Attempt ${attempt.number}`}
      actions={
        <>
          <span className="dim" style={{ fontSize: 12.5 }}>
            <Time at={attempt.startedAt} />
            {attempt.remoteIp ? ` · ${attempt.remoteIp}` : ""}
          </span>
          <Code code={attempt.response?.statusCode} />
          <AttemptChip status={attempt.status} />
        </>
      }
    >
      {problem && attempt.error ? (
        <div className="problem">
          <IconAlertCircle size={18} aria-hidden />
          <div>
            <strong>{problem.title}</strong>
            <div style={{ color: "var(--mantine-color-text)" }}>{problem.hint}</div>
            <div className="mono dim" style={{ marginTop: 4, overflowWrap: "anywhere" }}>
              {attempt.error.message}
            </div>
          </div>
        </div>
      ) : null}
      <TimingBar durationMs={attempt.durationMs} timings={attempt.timings} />
      <Tabs defaultValue={attempt.response ? "response" : "request"} mt="md" keepMounted={false}>
        <Tabs.List aria-label="Request and response">
          <Tabs.Tab value="request">Request</Tabs.Tab>
          <Tabs.Tab value="response">Response</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="request" pt="sm">
          <div style={{ display: "flex", gap: 6, alignItems: "center", marginBottom: 8 }}>
            <code className="mono" style={{ overflowWrap: "anywhere" }}>
              <strong>{attempt.request.method}</strong> {attempt.request.url}
            </code>
            <Copy value={curl(attempt.request)} what="as curl" />
          </div>
          <Headers of={attempt.request.headers} />
          <Signatures of={signatures} />
          <Payload body={attempt.request.body} label="request body" name={`${attempt.id}-request.txt`} />
        </Tabs.Panel>
        <Tabs.Panel value="response" pt="sm">
          <Response attempt={attempt} />
        </Tabs.Panel>
      </Tabs>
    </Panel>
  );
}

function Response({ attempt }: { attempt: AttemptFragment }) {
  const response = attempt.response;
  if (!response) return <p className="dim" style={{ margin: 0 }}>No response came.</p>;
  return (
    <>
      <Headers of={response.headers} />
      {response.bodyEncoding === "BASE64" ? <p className="dim">The body is not text; it is shown in base64.</p> : null}
      {response.bodyTruncated ? <p className="dim">Only the first 16 KiB of the body are kept.</p> : null}
      <Payload body={response.body} label="response body" name={`${attempt.id}-response.txt`} />
    </>
  );
}

export function Headers({ of }: { of: { name: string; value: string }[] }) {
  if (of.length === 0) return null;
  return (
    <pre className="code" style={{ marginBottom: 12, maxHeight: 220 }} tabIndex={0} aria-label="Headers">
      {of.map((header) => `${header.name}: ${header.value}`).join("\n")}
    </pre>
  );
}
