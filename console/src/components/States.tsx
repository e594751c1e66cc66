import { Button, Skeleton } from "@mantine/core";
import { type Icon, IconBug, IconCloudOff, IconInbox, IconLock } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { CombinedError } from "urql";
import { useTitle } from "~/hooks/useTitle";

export function Loading({ rows = 6 }: { rows?: number }) {
  return (
    <div className="panel-body" role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, i) => (
        <Skeleton key={`row-${i.toString()}`} height={16} mb={14} width={`${92 - ((i * 17) % 40)}%`} />
      ))}
    </div>
  );
}

interface StateProps {
  icon?: Icon;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
  /** It stands in place of a whole page, so its title is the heading and the title of the tab. */
  whole?: boolean;
  alert?: boolean;
}

function State({ icon: Symbol = IconInbox, title, children, action, whole = false, alert = false }: StateProps) {
  useTitle(whole ? title : undefined);
  const Heading = whole ? "h1" : "strong";
  return (
    <div className="state" role={alert ? "alert" : undefined}>
      <Symbol size={30} stroke={1.4} aria-hidden className="dim" />
      <Heading>{title}</Heading>
      {children ? <p>{children}</p> : null}
      {action}
    </div>
  );
}

/** Nothing is there yet: what it would be, and the next step. */
export function Empty(props: Pick<StateProps, "title" | "children" | "action" | "whole">) {
  return <State {...props} />;
}

/** What went wrong and what can be done about it. */
export function Failed({ error, retry, whole = false }: { error: CombinedError; retry: () => void; whole?: boolean }) {
  if (error.graphQLErrors.some((one) => one.extensions.code === "FORBIDDEN")) return <Forbidden whole={whole} />;
  const away = error.networkError !== undefined;
  return (
    <State
      icon={IconCloudOff}
      title={away ? "The API does not answer" : "This could not be loaded"}
      action={
        <Button variant="default" onClick={retry}>
          Try again
        </Button>
      }
      whole={whole}
      alert
    >
      {away
        ? "Nothing is lost: deliveries go on by themselves. The page loads again as soon as the server is back."
        : (error.graphQLErrors[0]?.message ?? error.message)}
    </State>
  );
}

export function Forbidden({ whole = true }: { whole?: boolean }) {
  return (
    <State icon={IconLock} title="Not for this role" whole={whole}>
      The key you signed in with may not see this. Ask an admin of the organization for another role.
    </State>
  );
}

export function NotFound({ what }: { what: string }) {
  return (
    <State title={`No such ${what}`} whole>
      There is none with this id, or it belongs to another organization. Press Ctrl K and paste an id to look elsewhere.
    </State>
  );
}

/** A page that broke says so, with what to do, and the rest of the console stays. */
export function Crashed({ error }: { error: unknown }) {
  return (
    <State
      icon={IconBug}
      title="This page broke"
      action={<Button onClick={() => window.location.reload()}>Load again</Button>}
      whole
      alert
    >
      {error instanceof Error ? error.message : String(error)}
      <br />
      Load it again. If it breaks again, the message above tells the developers what to look for.
    </State>
  );
}
