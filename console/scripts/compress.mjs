// Makes a .br and a .gz of every text file of dist, so that the server never compresses. Assets are then there in these forms
// only, so that the binary holds them once for each: who takes neither gets the .gz unpacked. Pages are small and stay.
import { readdirSync, readFileSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

function* files(folder) {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* files(path);
    else yield path;
  }
}

const dist = new URL("../dist", import.meta.url).pathname;
for (const path of files(dist)) {
  if (!/\.(js|css|html|svg|json|ttf|txt|map)$/.test(path)) continue;
  const data = readFileSync(path);
  if (data.length < 1024) continue;
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: data.length };
  writeFileSync(`${path}.br`, brotliCompressSync(data, { params }));
  writeFileSync(`${path}.gz`, gzipSync(data, { level: 9 }));
  if (path.startsWith(join(dist, "assets"))) unlinkSync(path);
}
