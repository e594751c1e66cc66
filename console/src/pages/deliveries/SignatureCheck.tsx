import { Tabs } from "@mantine/core";
import { Copy } from "~/components/Copy";
import { Panel } from "~/components/Page";
import { type Signature, snippets } from "~/lib/snippets";

/** How a receiver checks that a request is from here. */
export function SignatureCheck({ signatures }: { signatures: Signature[] }) {
  const signed = signatures.map((one) => ({ one, code: snippets(one) })).filter(({ code }) => code.length > 0);
  if (signed.length === 0) {
    return (
      <Panel title="Verify it yourself">
        <p className="dim" style={{ margin: 0 }}>
          Requests of this webhook are not signed, so a receiver cannot tell who sends them.
        </p>
      </Panel>
    );
  }
  return signed.map(({ one, code }) => (
    <Panel key={one.scheme + one.headerName} title={`Verify it yourself${one.headerName ? `: ${one.headerName}` : ""}`}>
      <Tabs defaultValue={code[0]?.language ?? ""} keepMounted={false} variant="pills" radius="xl">
        <Tabs.List aria-label="Language">
          {code.map(({ language }) => (
            <Tabs.Tab key={language} value={language} py={4} px={10}>
              {language}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {code.map(({ language, code: text }) => (
          <Tabs.Panel key={language} value={language} pt="xs">
            <div style={{ position: "relative" }}>
              <pre className="code" tabIndex={0} aria-label={`${language} code`}>
                {text}
              </pre>
              <span style={{ position: "absolute", top: 6, right: 6 }}>
                <Copy value={text} what="code" />
              </span>
            </div>
          </Tabs.Panel>
        ))}
      </Tabs>
    </Panel>
  ));
}
