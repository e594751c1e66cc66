import "graphiql/setup-workers/vite";
import "graphiql/style.css";
import "./explorer.css";
import { createRoot } from "react-dom/client";
import { startSession } from "~/app/session";
import { Away, Explorer } from "./Explorer";
import { load, SignedOut } from "./start";

const element = document.getElementById("root");
if (!element) throw new Error("explorer.html has no #root");
const root = createRoot(element);

/** The explorer for who is signed in. Who is not signs in with the console first and is sent back here. */
async function open() {
  const { state } = await startSession();
  if (state === "signed-out") throw new SignedOut();
  root.render(<Explorer start={await load()} />);
}

open().catch((error: unknown) => {
  if (error instanceof SignedOut) window.location.replace("/?next=explorer");
  else root.render(<Away />);
});
