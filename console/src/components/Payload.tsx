import { Button, Skeleton } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { lazy, Suspense, useMemo } from "react";
import { Copy } from "./Copy";
import { shown, size } from "~/lib/payload";

const CodeView = lazy(() => import("./CodeView"));

function download(text: string, name: string) {
  const url = URL.createObjectURL(new Blob([text], { type: "application/octet-stream" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}

interface Props {
  body: string;
  label: string;
  name: string;
}

/** A body as text: pretty when it is JSON and not too big, else as it is. It is never rendered as HTML. */
export function Payload({ body, label, name }: Props) {
  const view = useMemo(() => shown(body), [body]);
  if (body === "") return <p className="dim" style={{ margin: 0 }}>Empty.</p>;
  return (
    <div>
      <div style={{ display: "flex", gap: 8, alignItems: "center", marginBottom: 6 }}>
        <span className="dim num" style={{ fontSize: 12 }}>
          {size(view.bytes)}
          {view.cut ? ", the first 64 KiB are shown" : ""}
        </span>
        <Copy value={body} what={label} />
        <Button
          size="compact-xs"
          variant="subtle"
          color="gray"
          leftSection={<IconDownload size={13} />}
          onClick={() => download(body, name)}
        >
          Download
        </Button>
      </div>
      <Suspense fallback={<Skeleton height={160} />}>
        <CodeView value={view.text} json={view.json} label={label} />
      </Suspense>
    </div>
  );
}

/** A text field for code. */
export function CodeField(props: { value: string; onChange: (value: string) => void; label: string; json?: boolean }) {
  return (
    <Suspense fallback={<Skeleton height={120} />}>
      <CodeView value={props.value} json={props.json ?? true} label={props.label} onChange={props.onChange} />
    </Suspense>
  );
}
