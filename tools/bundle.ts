/**
 * `deno task bundle`: writes the page that the server sends to browsers, and the script of the load tester's
 * reports.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { join } from "node:path";
import { REPOSITORY, runDeno, withEmptyFolder } from "./repository.ts";

/** The module with the page, as a path in the project. */
export const PAGE_MODULE = "server/web/page_files.ts";

/** The module with the script of the reports, as a path in the project. */
export const REPORT_SCRIPT_MODULE = "bench/reports/page_script.ts";

/** The module that holds the script of the reports, bundled. */
export async function reportScriptModule(): Promise<string> {
  const script = await bundleScript("web/report/main.ts");
  return [
    "// Made by `deno task bundle` of what is in web/report/. Do not edit: change it there.",
    "",
    "/** The script of a report's page. */",
    "export const PAGE_SCRIPT =",
    `  ${JSON.stringify(script)};`,
    "",
  ].join("\n");
}

/** A file of the page that the server sends. */
export interface PageFile {
  /** Its address: `/` for the page; the others change with their content. The page names them without the
   * slash, so that it works below any path of a proxy. */
  readonly path: string;
  readonly type: string;
  readonly text: string;
}

/** Makes the files of the page: the script bundled, the other files of `web/` without needless spaces. */
export async function bundlePage(): Promise<PageFile[]> {
  const [script, qrCode, emoji, style, icon, unread, manifest, page] = await Promise.all([
    bundleScript("web/main.ts"),
    bundleScript("web/view/qr_code.ts"),
    bundleScript("web/model/emoji.ts"),
    readStyle(),
    readSource("web/icon.svg"),
    readSource("web/icon-unread.svg"),
    readSource("web/manifest.json"),
    readSource("web/index.html").then((page) => page.replace(/\n +/g, "\n")),
  ]);
  const named = [
    nameByContent("page.js", "text/javascript; charset=utf-8", script),
    nameByContent("qr_code.js", "text/javascript; charset=utf-8", qrCode),
    nameByContent("emoji.js", "text/javascript; charset=utf-8", emoji),
    nameByContent("style.css", "text/css; charset=utf-8", style),
    nameByContent("icon.svg", "image/svg+xml", icon),
    nameByContent("icon-unread.svg", "image/svg+xml", unread),
  ];
  const manifestFile = nameByContent(
    "manifest.json",
    "application/manifest+json",
    withNames(manifest, named),
  );
  const files = [...named, manifestFile];
  return [
    { path: "/", type: "text/html; charset=utf-8", text: withNames(page, files) },
    ...files.map(({ file }) => file),
  ];
}

/** Replaces the names of files, in quotation marks, by their addresses. */
function withNames(text: string, files: readonly NamedFile[]): string {
  return files.reduce(
    (text, { name, file }) => text.replaceAll(`"${name}"`, `"${file.path.slice(1)}"`),
    text,
  );
}

/** The module that holds these files. */
export function pageModule(files: readonly PageFile[]): string {
  return [
    "// Made by `deno task bundle` of what is in web/. Do not edit: change it there.",
    "",
    "/** The files of the page, by their paths. */",
    "export const PAGE_FILES: Readonly<",
    "  Record<string, { readonly type: string; readonly text: string }>",
    "> = {",
    ...files.flatMap(({ path, type, text }) => [
      `  ${JSON.stringify(path)}: {`,
      `    type: ${JSON.stringify(type)},`,
      `    text:`,
      `      ${JSON.stringify(text)},`,
      "  },",
    ]),
    "};",
    "",
  ].join("\n");
}

function bundleScript(entry: string): Promise<string> {
  return withEmptyFolder(async (folder) => {
    const output = join(folder, "page.js");
    const { success, stderr } = await runDeno([
      "bundle",
      "--quiet",
      "--platform=browser",
      "--minify",
      `--output=${output}`,
      entry,
    ]);
    if (!success) throw new Error(`Cannot bundle ${entry}: ${stderr}`);
    return await Deno.readTextFile(output);
  });
}

interface NamedFile {
  /** In `web/`. */
  readonly name: string;
  readonly file: PageFile;
}

/** Browsers may cache the file for ever: its address changes with its content. */
function nameByContent(name: string, type: string, text: string): NamedFile {
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 12);
  return { name, file: { path: `/${name.replace(".", `-${hash}.`)}`, type, text } };
}

/** The style sheet with all files that it imports, in their order. */
async function readStyle(): Promise<string> {
  const index = await readSource("web/style.css");
  const imported = [...index.matchAll(/^@import "(.+)";$/gm)]
    .map(([, path]) => readSource(`web/${path}`));
  return withoutSpaces((await Promise.all(imported)).join("\n"));
}

/** Without comments, indentation, ends of lines behind punctuation, and what a brace makes needless. */
function withoutSpaces(style: string): string {
  return style.replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/\s*\n\s*/g, "\n").trim()
    .replace(/([{};,])\n/g, "$1")
    .replace(/ \{/g, "{")
    .replace(/;\}/g, "}") + "\n";
}

/** Reads a file of the project, without the carriage returns that Git adds on Windows. */
export async function readSource(path: string): Promise<string> {
  return (await Deno.readTextFile(join(REPOSITORY, path))).replaceAll("\r\n", "\n");
}

if (import.meta.main) {
  const files = await bundlePage();
  await Deno.writeTextFile(join(REPOSITORY, PAGE_MODULE), pageModule(files));
  for (const { path, text } of files) console.log(`${path} ${text.length} characters`);
  console.log(`Written to ${PAGE_MODULE}`);
  const module = await reportScriptModule();
  await Deno.writeTextFile(join(REPOSITORY, REPORT_SCRIPT_MODULE), module);
  console.log(`${module.length} characters written to ${REPORT_SCRIPT_MODULE}`);
}
