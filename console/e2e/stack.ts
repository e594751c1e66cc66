import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chmodSync, closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));

/** What the development stack says while the specs run. */
export const stackLog = join(here, "../test-results/stack.log");

/** The development stack, with a data directory to run with and the file it writes its addresses to when it is ready. */
export const stackBinary = process.env.SUREHOOK_DEV_BINARY ?? join(here, "../../bin/surehook-dev");

const STARTS_WITHIN_MS = 180_000;
const STOPS_WITHIN_MS = 60_000;
const parts = ["postgres", "temporal", "ui", "surehook", "receiver"];

/** Runs the specs against a stack of their own, unless SUREHOOK_URL names one that runs. */
export default async function setup(): Promise<(() => Promise<void>) | undefined> {
  if (process.env.SUREHOOK_URL) return undefined;
  needBinary();
  const dir = mkdtempSync(join(tmpdir(), "surehook-e2e-"));
  chmodSync(dir, 0o755); // Postgres runs as another user when this is root
  const child = startStack(["--data-dir", dir, ...parts.flatMap((part) => [`--${part}-port`, "0"])]);
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  const stop = async () => {
    process.off("exit", kill);
    await stopStack(child, "SIGINT");
    spawnSync(stackBinary, ["--data-dir", dir, "--reset"], { stdio: "ignore" });
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    Object.assign(process.env, await readWhenReady(child, join(dir, "env")), { SUREHOOK_DEV_DATA_DIR: dir });
  } catch (error) {
    await stop();
    throw new Error(`the development stack did not start\n${readFileSync(stackLog, "utf8").slice(-8_000)}`, { cause: error });
  }
  return stop;
}

function needBinary(): void {
  if (!existsSync(stackBinary)) throw new Error(`${stackBinary} is not there: make console/test builds it`);
}

/** Starts a process of the stack, which writes to its log. Its own group keeps Ctrl-C from reaching it twice. */
export function startStack(args: string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  needBinary();
  mkdirSync(dirname(stackLog), { recursive: true });
  const log = openSync(stackLog, "a");
  const child = spawn(stackBinary, args, { detached: true, stdio: ["ignore", log, log], env: { ...process.env, ...env } });
  closeSync(log);
  return child;
}

/** Stops a process of the stack and waits for its end. */
export async function stopStack(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill(signal);
  const late = AbortSignal.timeout(STOPS_WITHIN_MS);
  late.addEventListener("abort", () => child.kill("SIGKILL"));
  await ended;
}

/** The addresses of a stack, once it can be used. */
export async function readWhenReady(child: ChildProcess, envFile: string): Promise<Record<string, string>> {
  let failed: Error | undefined;
  child.once("error", (error) => (failed = error));
  const deadline = Date.now() + STARTS_WITHIN_MS;
  while (!existsSync(envFile)) {
    if (failed) throw failed;
    if (child.exitCode !== null || child.signalCode !== null) throw new Error("it ended while starting");
    if (Date.now() > deadline) throw new Error(`it was not ready within ${STARTS_WITHIN_MS / 1_000} s`);
    await delay(100);
  }
  return parse(readFileSync(envFile, "utf8"));
}

// Lines are `export NAME='value'`, with quotes in values as a shell takes them.
function parse(text: string): Record<string, string> {
  const lines = [...text.matchAll(/^export (\w+)='(.*)'$/gm)];
  return Object.fromEntries(lines.map(([, name = "", value = ""]) => [name, value.replaceAll("'\\''", "'")]));
}
