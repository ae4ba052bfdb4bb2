// The SDK as a package: its types, its README and its size.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile, rm, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const run = promisify(execFile);
const here = import.meta.dirname;

/** Runs one of the installed programs, and returns what it prints. */
async function node(...args) {
  try {
    return (await run(process.execPath, args, { cwd: here })).stdout;
  } catch (error) {
    assert.fail(`${args.join(" ")}: ${error.stdout}${error.stderr}`);
  }
}

// The README's program is compiled with types.ts, then run against the stage:
// first it registers, then it handles a taken name.
test("the README's program compiles and does what it says", async (t) => {
  const readme = await readFile(`${here}/node_modules/enroll-client/README.md`, "utf8");
  assert.ok(readme.trim().split("\n").length <= 20, "the README has grown");
  const [, program] = readme.match(/```ts\n([^]*?)```/);
  const address = "http://127.0.0.1:8080";
  assert.ok(program.includes(address));
  const file = `${here}/readme.ts`;
  t.after(() => rm(file, { force: true }));
  await writeFile(file, program.replace(address, process.env.ENROLL_URL));
  await node("node_modules/typescript/bin/tsc", "-p", ".");
  const { outputFiles: [{ text }] } = await build({ entryPoints: [file], write: false, format: "esm" });
  const script = ["--input-type=module", "-e", text];
  assert.match(await node(...script), /^user \d+, token eyJ/);
  assert.match(await node(...script), /field: 'user_name',[^}]*reason: 'user_name_taken'/);
});

test("a bundle that registers has 10 KB at most", async (t) => {
  const contents = `import { createClient } from "enroll-client";
    createClient().register({ user_name: "a", password: "b" }).then((a) => document.write(a.ok ? a.data.id : a.reason));`;
  const { outputFiles: [{ contents: bundle }] } = await build({
    stdin: { contents, resolveDir: here }, bundle: true, minify: true, format: "esm", target: "es2022", write: false,
  });
  const packed = gzipSync(bundle, { level: 9 }).length;
  t.diagnostic(`${bundle.length} bytes, ${packed} gzipped`);
  assert.ok(packed <= 10_000, `${packed} bytes gzipped`);
});
