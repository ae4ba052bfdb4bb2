// Compiles internal/pages/web into internal/pages/assets: one script, one style
// sheet, the page and its icon, and the texts of each language. The same inputs give the same bytes.
//
//	node tools/page.mjs
import { execFileSync } from "node:child_process";
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const tools = dirname(fileURLToPath(import.meta.url));
const root = join(tools, "..");
const web = join(root, "internal", "pages", "web");
const assets = join(root, "internal", "pages", "assets");

// esbuild removes the types without a check, so tsc checks them first.
execFileSync(process.execPath, [createRequire(import.meta.url).resolve("typescript/bin/tsc"), "-p", web], { stdio: "inherit" });

await rm(assets, { recursive: true, force: true });
await mkdir(join(assets, "words"), { recursive: true });
// A file of words/ is a language. The script has the names of all, and the texts of English only.
const languages = {};
for (const file of (await readdir(join(web, "words"))).sort()) {
  const words = JSON.parse(await readFile(join(web, "words", file), "utf8"));
  const tag = file.replace(".json", "");
  languages[tag] = words.language;
  if (tag !== "en") await writeFile(join(assets, "words", file), JSON.stringify(words));
}
await build({
  entryPoints: { app: join(web, "main.ts") },
  outdir: assets,
  bundle: true,
  minify: true,
  format: "esm",
  target: ["es2022"],
  charset: "utf8",
  legalComments: "none",
  alias: { "enroll-client": join(root, "gen", "sdk", "typescript", "dist", "index.js") },
  define: { LANGUAGES: JSON.stringify(languages) },
  nodePaths: [join(tools, "node_modules")],
});
await build({ entryPoints: [join(web, "app.css")], outdir: assets, minify: true, target: ["es2022"], charset: "utf8" });
for (const file of ["index.html", "icon.svg"]) await cp(join(web, file), join(assets, file));
