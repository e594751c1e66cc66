import type { FullResult, Reporter } from "@playwright/test/reporter";
import { existsSync, readFileSync } from "node:fs";
import { stackLog } from "./stack";

const LINES = 80;

/** After a failure, shows the end of what the development stack said. */
export default class StackReporter implements Reporter {
  onEnd(result: FullResult): void {
    if (result.status === "passed" || !existsSync(stackLog)) return;
    // Without the table of addresses, which has keys.
    const logged = readFileSync(stackLog, "utf8").split("\n").filter((line) => line.startsWith("time="));
    const lines = logged.slice(-LINES);
    process.stdout.write(`\nThe end of ${stackLog}:\n${lines.join("\n")}\n`);
  }
}
