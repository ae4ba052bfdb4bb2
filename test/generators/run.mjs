// Makes clients of openapi.yaml with generators that Enroll does not ship, compiles them, and runs
// each against the service and against a later version of it: it registers, is refused, and reads
// the reason. Postman's import makes no client: its requests are sent as they are.
//
//	stage node test/generators/run.mjs [--always-200] JAR PYTHON [NAME...]
//
// JAR is openapi-generator's, PYTHON an interpreter with requirements.txt. NAMEs choose clients. With --always-200 the
// service answers refusals with status 200, and the clients are made of the document that describes it.
import { spawn } from "node:child_process";
import { cp, mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { laterVersion } from "./later.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, "..", "..");
const out = join(root, ".tools", "generators");
const [jar, python, ...chosen] = process.argv.slice(2).filter((arg) => arg !== "--always-200");
const always200 = process.argv.includes("--always-200");
const contract = join(root, always200 ? "gen/openapi-always-200.yaml" : "openapi.yaml");
/** What the name of a client's program ends with. */
const mode = always200 ? "-200" : "";
const npm = (name) => join(here, "node_modules", ".bin", name);

/** Runs a command below a folder. If it fails, the error has the end of what it printed. */
function run(cwd, env, command, ...args) {
  return new Promise((done, fail) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env } });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (said += chunk));
    child.on("error", fail);
    child.on("close", (code) => (code === 0 ? done(said) : fail(new Error(`${command} ${args.join(" ")}: ${code}\n${said.slice(-4000)}`))));
  });
}

const generated = (generator, folder, ...more) => run(out, {}, "java", "-jar", jar, "generate", "-g", generator, "-i", contract, "-o", folder, ...more);

/** Copies a client of clients/, and compiles it if it is TypeScript. */
async function typescript(name) {
  const folder = join(out, name);
  await cp(join(here, "clients", `${name}${mode}.ts`), join(folder, "main.ts"));
  const compilerOptions = { module: "commonjs", moduleResolution: "node10", target: "es2022", lib: ["es2022", "dom", "dom.iterable"], strict: true, skipLibCheck: true, types: ["node"], typeRoots: [join(here, "node_modules/@types")], baseUrl: join(here, "node_modules"), outDir: "js" };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["**/*.ts"] }));
  await writeFile(join(folder, "package.json"), "{}");
  await run(folder, {}, npm("tsc"), "-p", ".");
  return (...args) => run(folder, { NODE_PATH: join(here, "node_modules") }, "node", "js/main.js", ...args);
}

// A function for each client: it makes the client, and returns a function that runs it.
const clients = {
  async "typescript-axios"() {
    await generated("typescript-axios", "typescript-axios/api");
    return typescript("typescript-axios");
  },
  async "hey-api"() {
    await run(here, {}, npm("openapi-ts"), "-i", contract, "-o", join(out, "hey-api/api"), "-c", "@hey-api/client-fetch");
    return typescript("hey-api");
  },
  async orval() {
    await run(here, {}, npm("orval"), "--input", contract, "--output", join(out, "orval/api.ts"), "--client", "fetch");
    return typescript("orval");
  },
  async python() {
    await generated("python", "python");
    return (...args) => run(join(out, "python"), { PYTHONPATH: "." }, python, join(here, "clients/python.py"), ...args);
  },
  async "datamodel-code-generator"() {
    await mkdir(join(out, "datamodel"));
    // Without --strict-nullable it takes no null for a member that is required.
    const command = join(dirname(python), "datamodel-codegen");
    await run(out, {}, command, "--input", contract, "--input-file-type", "openapi", "--output", "datamodel/models.py", "--output-model-type", "pydantic_v2.BaseModel", "--strict-nullable");
    return (...args) => run(join(out, "datamodel"), { PYTHONPATH: "." }, python, join(here, `clients/datamodel${mode}.py`), ...args);
  },
  async go() {
    await generated("go", "go", "--additional-properties=packageName=client");
    await mkdir(join(out, "go/play"));
    await cp(join(here, `clients/go/main${mode}.go.txt`), join(out, "go/play/main.go"));
    await run(join(out, "go"), { GOFLAGS: "-mod=mod" }, "go", "build", "-o", "play.bin", "./play");
    return (...args) => run(join(out, "go"), {}, "./play.bin", ...args);
  },
  async kotlin() {
    await generated("kotlin", "kotlin/api");
    await cp(join(here, "clients/kotlin"), join(out, "kotlin"), { recursive: true });
    await run(join(out, "kotlin"), {}, "mvn", "-q", "-B", "package");
    return (...args) => run(join(out, "kotlin"), {}, "java", "-cp", "target/play.jar:target/lib/*", "MainKt", ...args);
  },
  async rust() {
    await generated("rust", "rust/api", "--additional-properties=packageName=client,packageVersion=0.0.0");
    await cp(join(here, "clients/rust"), join(out, "rust"), { recursive: true });
    const target = join(root, ".tools/cargo"); // kept, so that only the first run compiles what the client needs
    await run(join(out, "rust"), { CARGO_TARGET_DIR: target }, "cargo", "build", "--locked", "--quiet");
    return (...args) => run(out, {}, join(target, "debug/play"), ...args);
  },
  async postman() {
    const env = { NODE_PATH: join(here, "node_modules") };
    return (...args) => run(out, env, "node", join(here, "clients/postman.mjs"), ...args, contract);
  },
};

/** The clients that have a program for --always-200: one of a language with exceptions for refusals, one without, and models. */
const of200 = ["typescript-axios", "go", "datamodel-code-generator"];

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
const service = process.env.ENROLL_URL;
const next = await laterVersion(service);
let [passed, failed] = [0, 0];
for (const [name, make] of Object.entries(clients)) {
  if ((chosen.length && !chosen.includes(name)) || (always200 && !of200.includes(name))) continue;
  const since = Date.now();
  try {
    const play = await make();
    await play(service, `g-${name}-now`, "user_name_taken");
    await play(next.url, `g-${name}-later`, "brand_new");
    passed++;
    console.log(`${name}: ${Math.round((Date.now() - since) / 1000)} s`);
  } catch (error) {
    failed++;
    console.log(`${name} FAILED: ${error.message}`);
  }
}
next.stop();
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;
