import { Title } from "@mantine/core";
import type { ReactNode } from "react";
import { useTitle } from "~/hooks/useTitle";

/** A page's heading and what can be done on it. The heading is the title of the tab, too. */
export function PageHead(props: { title: string; note?: ReactNode; children?: ReactNode }) {
  useTitle(props.title);
  return (
    <div className="head">
      <div>
        <Title order={1}>{props.title}</Title>
        {props.note ? <div className="dim" style={{ fontSize: 13, marginTop: 2 }}>{props.note}</div> : null}
      </div>
      {props.children ? <div style={{ display: "flex", gap: 8, flexWrap: "wrap" }}>{props.children}</div> : null}
    </div>
  );
}

export function Panel(props: { title?: ReactNode; actions?: ReactNode; children: ReactNode; flush?: boolean }) {
  return (
    <section className="panel">
      {props.title ? (
        <div className="panel-head">
          <Title order={2}>{props.title}</Title>
          <div style={{ display: "flex", gap: 8, alignItems: "center" }}>{props.actions}</div>
        </div>
      ) : null}
      <div className={props.flush ? undefined : "panel-body"}>{props.children}</div>
    </section>
  );
}

/** Names and values. */
export function Facts({ of }: { of: [string, ReactNode][] }) {
  return (
    <dl className="facts">
      {of.map(([name, value]) => (
        <FactRow key={name} name={name} value={value} />
      ))}
    </dl>
  );
}

function FactRow({ name, value }: { name: string; value: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  );
}
