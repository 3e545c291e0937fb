import { assertEquals, assertLess } from "@std/assert";
import { gzipSync } from "node:zlib";
import {
  bundlePage,
  PAGE_MODULE,
  pageModule,
  readSource,
  REPORT_SCRIPT_MODULE,
  reportScriptModule,
} from "../../tools/bundle.ts";

/** Maximum size of the files that a browser loads before a user can join, in bytes. */
const MAX_BYTES = 60_000;

Deno.test("page bundle: the server sends the files of web/, and they are small", async () => {
  const files = await bundlePage();
  const isFresh = await readSource(PAGE_MODULE) === pageModule(files);
  assertEquals(isFresh, true, `${PAGE_MODULE} is stale: run deno task bundle`);
  const bytes = files.map(({ text }) => gzipSync(text, { level: 9 }).length);
  assertLess(bytes.reduce((sum, each) => sum + each, 0), MAX_BYTES);
});

Deno.test("page bundle: every file that the page requests exists, under a name made from its content", async () => {
  const files = await bundlePage();
  const paths = files.map(({ path }) => path);
  const page = files.find(({ path }) => path === "/")!.text;
  const asked = [...page.matchAll(/ (?:src|href)="([^"#]+)"/g)].map(([, path]) => `/${path}`);
  assertEquals(new Set(asked), new Set(paths.filter((path) => path !== "/")));
  for (const path of asked) assertEquals(/-[0-9a-f]{12}\.\w+$/.test(path), true, path);
});

Deno.test("report script: it is that of web/report/, and small", async () => {
  const module = await reportScriptModule();
  const isFresh = await readSource(REPORT_SCRIPT_MODULE) === module;
  assertEquals(isFresh, true, `${REPORT_SCRIPT_MODULE} is stale: run deno task bundle`);
  assertLess(module.length, 6000);
  assertEquals(module.includes("</script"), false, "it would end in the middle of the page");
});
