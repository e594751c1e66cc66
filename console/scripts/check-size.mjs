// Fails when the JavaScript that index.html loads at once is more than 250 kB of gzip. Lazy chunks do not count.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const LIMIT = 250_000;
const dist = new URL("../dist", import.meta.url).pathname;
const html = readFileSync(join(dist, "index.html"), "utf8");
const found = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].map((match) => match[1]);
const seen = new Set();
let total = 0;
function add(file) {
  if (seen.has(file)) return;
  seen.add(file);
  const text = readFileSync(join(dist, file), "utf8");
  total += gzipSync(text, { level: 9 }).length;
  for (const match of text.matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g)) add(`assets/${match[1]}`);
}
for (const file of found) add(file);
if (found.length === 0) throw new Error("dist/index.html loads no script");
console.log(`first load: ${seen.size} scripts, ${(total / 1000).toFixed(1)} kB gzip of ${LIMIT / 1000} allowed`);
if (total > LIMIT) process.exit(1);
