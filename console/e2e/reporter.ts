import type { FullConfig, FullResult, Reporter, Suite, TestCase } from "@playwright/test/reporter";
import { existsSync, readFileSync } from "node:fs";
import { relative } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { stackLog } from "./stack";

const outcomes = ["expected", "flaky", "unexpected", "skipped"] as const;

const LOG_LINES = 20;
const ERROR_LINES = 12;
const WIDTH = 300;

/**
 * Says last of all which specs failed, or passed only when they were run again, and why: who reads only the end of a long
 * output finds it there. After a failure, before that, what the development stack warned of.
 */
export default class StackReporter implements Reporter {
  private root: Suite | undefined;

  onBegin(_config: FullConfig, suite: Suite): void {
    this.root = suite;
  }

  onEnd(result: FullResult): void {
    const all = this.root?.allTests() ?? [];
    const [passed = [], unsteady = [], failed = [], skipped = []] = outcomes.map((outcome) =>
      all.filter((one) => one.outcome() === outcome),
    );
    if (result.status !== "passed") showWarnings();
    for (const test of unsteady) show("UNSTEADY", test);
    for (const test of failed) show("FAILED", test);
    say(`\n${passed.length + unsteady.length} passed, ${failed.length} failed, ${skipped.length} skipped`);
  }
}

function show(what: string, { location, title, results }: TestCase): void {
  const errors = results.flatMap((one) => one.errors.map(({ message }) => stripVTControlCharacters(message ?? "")));
  const lines = errors.join("\n").split("\n").filter((line) => line.trim() !== "");
  say(`\n${what} ${relative("", location.file)}:${location.line} ${title}\n${cut(lines.slice(0, ERROR_LINES))}`);
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
