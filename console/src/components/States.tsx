import { Button, Skeleton } from "@mantine/core";
import { IconCloudOff, IconInbox, IconLock } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { CombinedError } from "urql";

export function Loading({ rows = 6 }: { rows?: number }) {
  return (
    <div className="panel-body" role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, i) => (
        <Skeleton key={`row-${i.toString()}`} height={16} mb={14} width={`${92 - ((i * 17) % 40)}%`} />
      ))}
    </div>
  );
}

export function Empty({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className="state">
      <IconInbox size={30} stroke={1.4} aria-hidden className="dim" />
      <strong>{title}</strong>
      {children ? <p>{children}</p> : null}
      {action}
    </div>
  );
}

/** What went wrong and what can be done about it. */
export function Failed({ error, retry }: { error: CombinedError; retry: () => void }) {
  const refused = error.graphQLErrors.find((one) => one.extensions.code === "FORBIDDEN");
  if (refused) return <Forbidden />;
  const away = error.networkError !== undefined;
  return (
    <div className="state" role="alert">
      <IconCloudOff size={30} stroke={1.4} aria-hidden className="dim" />
      <strong>{away ? "The API does not answer" : "This could not be loaded"}</strong>
      <p>
        {away
          ? "Nothing is lost: deliveries go on by themselves. The page loads again as soon as the server is back."
          : (error.graphQLErrors[0]?.message ?? error.message)}
      </p>
      <Button variant="default" onClick={retry}>
        Try again
      </Button>
    </div>
  );
}

export function Forbidden() {
  return (
    <div className="state">
      <IconLock size={30} stroke={1.4} aria-hidden className="dim" />
      <strong>Not for this role</strong>
      <p>The key you signed in with may not see this. Ask an admin of the organization for another role.</p>
    </div>
  );
}

export function NotFound({ what }: { what: string }) {
  return (
    <Empty title={`No such ${what}`}>
      There is none with this id, or it belongs to another organization. Press Ctrl K and paste an id to look elsewhere.
    </Empty>
  );
}
