// Writes src/gql from ../schema.graphql and the graphql(`...`) documents in src. The codegen CLI would do the same with 200
// packages more, some of which refuse this Node (docs/adr/0015).
import { codegen } from "@graphql-codegen/core";
import { preset } from "@graphql-codegen/client-preset";
import { buildSchema, parse } from "graphql";
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const sdl = readFileSync(join(root, "../schema.graphql"), "utf8");
const call = /\bgraphql\(\s*`([^`]*)`/g;

function* sources(folder) {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) {
      if (name !== "gql") yield* sources(path);
    } else if (/\.tsx?$/.test(name)) yield path;
  }
}

const documents = [];
for (const location of sources(join(root, "src"))) {
  for (const [, text] of readFileSync(location, "utf8").matchAll(call)) {
    documents.push({ location, rawSDL: text, document: parse(text, { noLocation: false }) });
  }
}
documents.sort((a, b) => a.location.localeCompare(b.location));

const config = {
  useTypeImports: true,
  enumsAsTypes: true,
  strictScalars: true,
  scalars: { DateTime: "string", JSON: "unknown", URL: "string" },
};
const baseOutputDir = join(root, "src/gql/");
const sections = await preset.buildGeneratesSection({
  baseOutputDir,
  config,
  documents,
  presetConfig: { fragmentMasking: false },
  pluginMap: {},
  plugins: [],
  schema: parse(sdl),
  schemaAst: buildSchema(sdl),
  importExtension: "",
  emitLegacyCommonJSImports: true,
});
mkdirSync(baseOutputDir, { recursive: true });
for (const section of sections) {
  const text = await codegen({ ...section, cache: undefined });
  writeFileSync(section.filename, text);
}

// Graphcache wants to be told which types are not things of their own.
const schema = buildSchema(sdl);
const embedded = Object.values(schema.getTypeMap())
  .filter((type) => !type.name.startsWith("__") && typeof type.getFields === "function")
  .filter((type) => type.astNode?.kind === "ObjectTypeDefinition" && !("id" in type.getFields()))
  .map((type) => type.name)
  .filter((name) => !["Query", "Mutation", "Subscription"].includes(name));
const list = embedded.map((name) => `  ${JSON.stringify(name)},`).join("\n");
writeFileSync(join(baseOutputDir, "embedded.ts"), `export const embedded: string[] = [\n${list}\n];\n`);
