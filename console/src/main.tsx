import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "@mantine/spotlight/styles.css";
import "./app/styles.css";
import "./app/content.css";
import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Root } from "./app/Root";
import { startSession } from "./app/session";
import { theme, variables } from "./app/theme";

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
const session = startSession();

createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} cssVariablesResolver={variables} defaultColorScheme="auto">
      <Notifications position="bottom-right" limit={3} />
      <Root session={session} />
    </MantineProvider>
  </StrictMode>,
);
