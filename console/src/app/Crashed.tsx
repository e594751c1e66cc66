import { Button } from "@mantine/core";
import type { ErrorComponentProps } from "@tanstack/react-router";

/** A page that broke says so, with what to do, and the rest of the console stays. */
export function Crashed({ error }: ErrorComponentProps) {
  return (
    <div className="state" role="alert">
      <strong>This page broke</strong>
      <p>{error instanceof Error ? error.message : String(error)}</p>
      <p>Load it again. If it breaks again, the message above tells the developers what to look for.</p>
      <Button onClick={() => window.location.reload()}>Load again</Button>
    </div>
  );
}
