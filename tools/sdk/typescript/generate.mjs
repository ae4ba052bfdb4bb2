// Compiles openapi.yaml and the sources beside this file into gen/sdk/typescript:
//
//	node tools/sdk/typescript/generate.mjs
//
// Types come from openapi-typescript. What it leaves out of the contract is
// written here: the reasons of each operation (x-reasons), and the forms of
// answers at run time. The same inputs give the same bytes.
import { execFileSync } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import openapiTS, { astToString } from "openapi-typescript";
import { parse } from "yaml";

const here = dirname(fileURLToPath(import.meta.url));
const tools = join(here, "..", "..");
const root = join(tools, "..");
const out = join(root, "gen", "sdk", "typescript");
const banner = "// Compiled from openapi.yaml by `make sdk-typescript`; do not edit.\n\n";

const contract = parse(await readFile(join(root, "openapi.yaml"), "utf8"));

/** The module that holds the reasons of each operation, and those that pass by themselves. */
function reasonsModule() {
  const lists = [];
  const waits = new Map(); // reason -> whether its statuses carry Retry-After
  for (const item of Object.values(contract.paths)) {
    for (const operation of Object.values(item)) {
      const byStatus = Object.entries(operation["x-reasons"]);
      for (const [status, listed] of byStatus) {
        for (const reason of listed) {
          const passes = status === "429" || status === "503";
          if (waits.has(reason) && waits.get(reason) !== passes) throw new Error(`${reason} has statuses with and without Retry-After`);
          waits.set(reason, passes);
        }
      }
      const all = byStatus.flatMap(([, listed]) => listed).sort();
      lists.push(`  ${operation.operationId}: ${JSON.stringify(all)},`);
    }
  }
  const passing = [...waits].filter(([, passes]) => passes).map(([reason]) => reason).sort();
  return `${banner}/** The reasons for which each operation may be refused. */
export const reasons = {
${lists.join("\n")}
} as const;

/** The reasons that pass by themselves, and come with Retry-After. */
export const waits = ${JSON.stringify(passing)} as const;

/** The reasons for which an operation may be refused, by its name. */
export type Reasons = { [Op in keyof typeof reasons]: (typeof reasons)[Op][number] };

/** A reason that passes by itself. */
export type WaitReason = (typeof waits)[number];
`;
}

/** The module that holds the form of what each operation answers. */
function shapesModule() {
  const named = new Map(); // schema -> its text, those that it needs first
  const nameOf = (schema) => schema.$ref?.split("/").at(-1);
  const shape = (schema) => {
    const name = nameOf(schema);
    const { type, properties, items, required = [] } = name ? contract.components.schemas[name] : schema;
    if (type === "array") return `[${shape(items)}]`;
    if (type !== "object") return JSON.stringify(type);
    if (!properties) return '"map"';
    if (!named.has(name)) {
      const members = Object.entries(properties).map(([member, inner]) => `"${member}${required.includes(member) ? "" : "?"}": ${shape(inner)}`);
      named.set(name, `{ ${members.join(", ")} }`);
    }
    return name;
  };
  const lines = Object.values(contract.paths).flatMap((item) => Object.values(item)).map((operation) => {
    const answer = contract.components.schemas[nameOf(operation.responses["200"].content["application/json"].schema)];
    return `  ${operation.operationId}: ${shape(answer.properties.data ?? operation.responses["200"].content["application/json"].schema)},`;
  });
  return `${banner}/** A JSON type, a map or null, a list of one shape, or an object; a member whose name ends in ? may be missing. */
export type Shape = "string" | "integer" | "boolean" | "map" | readonly [Shape] | { readonly [member: string]: Shape };

${[...named].map(([name, text]) => `const ${name} = ${text} as const;`).join("\n")}

/** What each operation answers: the data of its envelope, or the whole where there is none. */
export const shapes = {
${lines.join("\n")}
} as const;
`;
}

// Below tools/, so that the compiler finds what is installed there.
await mkdir(join(tools, "node_modules", ".cache"), { recursive: true });
const work = await mkdtemp(join(tools, "node_modules", ".cache", "sdk-"));
try {
  await cp(join(here, "src"), work, { recursive: true });
  await writeFile(join(work, "package.json"), '{"type":"module"}\n');
  await writeFile(join(work, "reasons.ts"), reasonsModule());
  await writeFile(join(work, "shapes.ts"), shapesModule());
  const ast = await openapiTS(pathToFileURL(join(root, "openapi.yaml")), {
    rootTypes: true, rootTypesNoSchemaPrefix: true, exportType: false, silent: true,
  });
  const schema = banner + astToString(ast);
  await writeFile(join(work, "schema.d.ts"), schema);

  await rm(out, { recursive: true, force: true });
  await mkdir(join(out, "dist"), { recursive: true });
  const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
  const config = { extends: join(here, "tsconfig.json"), compilerOptions: { rootDir: ".", outDir: join(out, "dist") }, include: ["*.ts"] };
  await writeFile(join(work, "tsconfig.json"), JSON.stringify(config));
  execFileSync(process.execPath, [tsc, "-p", work], { stdio: "inherit" });
  await writeFile(join(out, "dist", "schema.d.ts"), schema);

  const manifest = JSON.parse(await readFile(join(here, "package.json"), "utf8"));
  const { dependencies } = JSON.parse(await readFile(join(tools, "package.json"), "utf8"));
  const { name, ...rest } = manifest;
  await writeFile(join(out, "package.json"), JSON.stringify({ name, version: contract.info.version, ...rest, dependencies }, null, 2) + "\n");
  await cp(join(here, "README.md"), join(out, "README.md"));
  await cp(join(root, "LICENSE"), join(out, "LICENSE"));
} finally {
  await rm(work, { recursive: true, force: true });
}
