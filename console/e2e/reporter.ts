import type { FullConfig, FullResult, Reporter, Suite } from "@playwright/test/reporter";
import { existsSync, readFileSync } from "node:fs";
import { relative } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { stackLog } from "./stack";

const LOG_LINES = 20;
const ERROR_LINES = 12;
const WIDTH = 300;

/**
 * After a failure, shows what the development stack warned of, and last of all what failed and why: who reads only the end
 * of a long output finds it there.
 */
export default class StackReporter implements Reporter {
  private root: Suite | undefined;

  onBegin(_config: FullConfig, suite: Suite): void {
    this.root = suite;
  }

  onEnd(result: FullResult): void {
    const tests = this.root?.allTests() ?? [];
    if (result.status !== "passed") {
      showWarnings();
      for (const test of tests.filter((one) => one.outcome() === "unexpected")) {
        const errors = test.results.flatMap((one) => one.errors.map(({ message }) => stripVTControlCharacters(message ?? "")));
        const lines = errors.join("\n").split("\n").filter((line) => line.trim() !== "");
        const { file, line } = test.location;
        say(`\nFAILED ${relative("", file)}:${line} ${test.title}\n${cut(lines.slice(0, ERROR_LINES))}`);
      }
    }
    const count = (outcome: string) => tests.filter((one) => one.outcome() === outcome).length;
    say(`\n${count("expected")} passed, ${count("unexpected")} failed, ${count("skipped")} skipped`);
  }
}

function showWarnings(): void {
  if (!existsSync(stackLog)) return;
  const warnings = readFileSync(stackLog, "utf8").split("\n").filter((line) => /^time=\S+ level=(WARN|ERROR)/.test(line));
  say(`\nThe last warnings in ${stackLog}:\n${cut(warnings.slice(-LOG_LINES))}`);
}

function cut(lines: string[]): string {
  return lines.map((line) => line.slice(0, WIDTH)).join("\n");
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
