import { useMonaco } from "@graphiql/react";
import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { GraphiQL } from "graphiql";
import { createClient } from "graphql-ws";
import { useEffect, useRef, useState } from "react";
import { Logo } from "~/app/Logo";
import { saved } from "./saved";
import { guarded, type Start } from "./start";
import { Drawer, opened } from "./storage";
import { mendTabs } from "./tabs";

function makeFetcher() {
  const socket = new URL("/graphql", window.location.href);
  socket.protocol = socket.protocol === "https:" ? "wss:" : "ws:";
  return createGraphiQLFetcher({
    url: "/graphql",
    fetch: guarded,
    enableIncrementalDelivery: false,
    // The cookie of the session goes along with the handshake.
    wsClient: createClient({ url: socket.href, lazy: true, retryAttempts: 5 }),
  });
}

// As the console is: a choice of its own, or what the system says.
function theme() {
  const chosen = localStorage.getItem("mantine-color-scheme-value");
  return chosen === "light" || chosen === "dark" ? chosen : "system";
}

/** GraphiQL with the session of the console, and operations to begin with. */
export function Explorer({ start }: { start: Start }) {
  const [{ fetcher, storage, examples, first }] = useState(() => {
    const drawer = new Drawer(start.organization?.id ?? "");
    const tabs = saved(start);
    return { fetcher: makeFetcher(), storage: drawer, examples: tabs, first: opened(drawer, tabs) };
  });

  // GraphiQL comes after its editor: until that is there, tabs can be changed and the editor does not follow.
  const { monaco, actions } = useMonaco();
  const loaded = monaco !== undefined;
  useEffect(() => void actions.initialize(), [actions]);

  const body = useRef<HTMLElement>(null);
  useEffect(() => (body.current ? mendTabs(body.current) : undefined), []);

  function startOver() {
    storage.discard();
    window.location.reload();
  }

  return (
    <>
      <header className="explorer-head">
        <a href="/" aria-label="Surehook, back to the console">
          <Logo size={20} />
          Surehook
        </a>
        <h1>API explorer</h1>
        <span>{start.organization?.name ?? ""}</span>
        <button type="button" onClick={startOver}>
          Start over with the saved operations
        </button>
      </header>
      <main className="explorer-body" ref={body}>
        {loaded ? (
          <GraphiQL
            fetcher={fetcher}
            storage={storage}
            defaultTabs={examples}
            {...(first.query === undefined ? {} : { initialQuery: first.query })}
            {...(first.variables === undefined ? {} : { initialVariables: first.variables })}
            defaultEditorToolsVisibility="variables"
            forcedTheme={theme()}
            isHeadersEditorEnabled={false}
            showPersistHeadersSettings={false}
          >
            <GraphiQL.Logo>
              <span />
            </GraphiQL.Logo>
          </GraphiQL>
        ) : (
          <p role="status">Loading the editor…</p>
        )}
      </main>
    </>
  );
}

export function Away() {
  return (
    <main className="explorer-away" role="alert">
      <h1>The server does not answer</h1>
      <p>Nothing is lost: deliveries go on by themselves. Try again in a moment.</p>
      <button type="button" onClick={() => window.location.reload()}>
        Try again
      </button>
    </main>
  );
}
