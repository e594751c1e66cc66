import react from "@vitejs/plugin-react";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

// SUREHOOK_URL is the server to develop against; with SUREHOOK_API_KEY the proxy signs every request in.
const target = process.env.SUREHOOK_URL ?? "http://127.0.0.1:8080";
const key = process.env.SUREHOOK_API_KEY;
const proxied = {
  target,
  ws: true,
  changeOrigin: true,
  headers: { ...(key ? { Authorization: `Bearer ${key}` } : {}), Origin: target },
};

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { "~": fileURLToPath(new URL("./src", import.meta.url)) } },
  server: { proxy: { "/graphql": proxied, "/session": proxied, "/console.json": proxied } },
  build: {
    target: "es2022",
    sourcemap: false,
    modulePreload: { polyfill: false },
    // What is larger comes with the explorer only: the editor and its workers.
    chunkSizeWarningLimit: 4_000,
    rolldownOptions: {
      input: { index: "index.html", explorer: "explorer.html" },
      // GraphiQL has directives for the React compiler, which has run already.
      checks: { moduleLevelDirective: false },
    },
  },
  test: { include: ["src/**/*.test.ts"] },
});
