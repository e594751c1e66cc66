// Fails when the JavaScript that index.html loads at once is more than 250 kB of gzip. Lazy chunks do not count, and neither
// does the explorer, which is a page of its own. Says how large all of it is.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";

const LIMIT = 250_000;
const dist = new URL("../dist", import.meta.url).pathname;

function read(file) {
  const path = join(dist, file);
  return existsSync(path) ? readFileSync(path, "utf8") : gunzipSync(readFileSync(`${path}.gz`)).toString("utf8");
}

/** The scripts that a page loads at once, with their sizes. */
function firstLoad(page) {
  const sizes = new Map();
  function add(file) {
    if (sizes.has(file)) return;
    const text = read(file);
    sizes.set(file, gzipSync(text, { level: 9 }).length);
    for (const match of text.matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g)) add(`assets/${match[1]}`);
  }
  for (const match of read(page).matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)) add(match[1]);
  if (sizes.size === 0) throw new Error(`dist/${page} loads no script`);
  return sizes;
}

const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;
const found = firstLoad("index.html");
const total = [...found.values()].reduce((sum, size) => sum + size, 0);
console.log(`first load: ${found.size} scripts, ${kilobytes(total)} gzip of ${LIMIT / 1000} kB allowed`);
const assets = readdirSync(join(dist, "assets"));
const sum = (names) => names.reduce((bytes, name) => bytes + statSync(join(dist, "assets", name)).size, 0);
const brotli = sum(assets.filter((name) => name.endsWith(".br")));
console.log(`all assets: ${kilobytes(brotli)} as brotli; ${kilobytes(sum(assets))} in the binary`);
if (total > LIMIT) process.exit(1);
