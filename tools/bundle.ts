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

/** Makes the files of the page: the script bundled, and the other files of `web/` unchanged. */
export async function bundlePage(): Promise<PageFile[]> {
  const [script, style, icon, page] = await Promise.all([
    bundleScript("web/main.ts"),
    readSource("web/style.css").then(withoutComments),
    readSource("web/icon.svg"),
    readSource("web/index.html"),
  ]);
  const named = [
    nameByContent("page.js", "text/javascript; charset=utf-8", script),
    nameByContent("style.css", "text/css; charset=utf-8", style),
    nameByContent("icon.svg", "image/svg+xml", icon),
  ];
  const text = named.reduce(
    (text, { name, file }) => text.replaceAll(`"${name}"`, `"${file.path.slice(1)}"`),
    page,
  );
  return [
    { path: "/", type: "text/html; charset=utf-8", text },
    ...named.map(({ file }) => file),
  ];
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

/** Browsers may cache the file for ever: its address changes with its content. */
function nameByContent(name: string, type: string, text: string) {
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 12);
  return { name, file: { path: `/${name.replace(".", `-${hash}.`)}`, type, text } };
}

function withoutComments(style: string): string {
  return style.replace(/\/\*[\s\S]*?\*\//g, "").replace(/\s*\n\s*/g, "\n").trim() + "\n";
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
