import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from "@mantine/core";

const ink: MantineColorsTuple = [
  "#f6f7f9",
  "#eceff3",
  "#d9dee6",
  "#bcc4d0",
  "#8f9aab",
  "#667386",
  "#4a5566",
  "#333c4a",
  "#1d2430",
  "#12171f",
];
const pine: MantineColorsTuple = [
  "#e8f7f4",
  "#d3efe9",
  "#a6e0d5",
  "#74cfbf",
  "#45bca9",
  "#1d9f8c",
  "#0f8273",
  "#0b6e62",
  "#085a50",
  "#04443d",
];
const dark: MantineColorsTuple = [
  "#e3e8ef",
  "#b6c0cd",
  "#94a1b2",
  "#6b788a",
  "#3b4655",
  "#2a3340",
  "#1c232d",
  "#141a22",
  "#0f141b",
  "#0a0e13",
];

export const theme = createTheme({
  colors: { ink, pine, dark },
  primaryColor: "pine",
  primaryShade: { light: 7, dark: 6 },
  fontFamily: '"Inter", "Segoe UI", system-ui, -apple-system, "Liberation Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "JetBrains Mono", Menlo, "Liberation Mono", monospace',
  fontSizes: { xs: "12px", sm: "13px", md: "14px", lg: "16px", xl: "20px" },
  defaultRadius: 6,
  cursorType: "pointer",
  respectReducedMotion: true,
  headings: {
    fontWeight: "620",
    sizes: { h1: { fontSize: "20px" }, h2: { fontSize: "15px" }, h3: { fontSize: "14px" } },
  },
  components: {
    Button: { defaultProps: { size: "xs" } },
    TextInput: { defaultProps: { size: "sm" } },
    Tooltip: { defaultProps: { openDelay: 250, withArrow: true } },
    Modal: {
      defaultProps: {
        centered: true,
        overlayProps: { backgroundOpacity: 0.4 },
        closeButtonProps: { "aria-label": "Close the dialog" },
      },
    },
  },
});

export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-body": "#fbfcfd",
    "--mantine-color-text": "#19202a",
    "--mantine-color-dimmed": "#566172",
    "--mantine-color-default-border": "#dfe4ea",
    "--mantine-color-anchor": "#0b6e62",
  },
  dark: {
    "--mantine-color-body": "#0f141b",
    "--mantine-color-text": "#dfe5ec",
    "--mantine-color-dimmed": "#95a2b3",
    "--mantine-color-default-border": "#262f3b",
    "--mantine-color-anchor": "#5fd0bd",
  },
});
