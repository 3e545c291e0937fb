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

/** Maximum size of the files that a browser loads before a user can join, in bytes. An import of all
 * errors of the protocol, which is easily made, adds 2 KB. */
const MAX_BYTES = 59_000;

/** The paths of the files that the page names in certain attributes. */
const namedIn = (page: string, attributes: RegExp) =>
  [...page.matchAll(/ ([\w-]+)="([^"#]+\.\w+)"/g)]
    .flatMap(([, attribute = "", path]) => attributes.test(attribute) ? [`/${path}`] : []);

Deno.test("page bundle: the server sends the files of web/, and those that it loads are small", async () => {
  const files = await bundlePage();
  const isFresh = await readSource(PAGE_MODULE) === pageModule(files);
  assertEquals(isFresh, true, `${PAGE_MODULE} is stale: run deno task bundle`);
  const loaded = ["/", ...namedIn(files[0]!.text, /^(?:src|href)$/)];
  const bytes = files.filter(({ path }) => loaded.includes(path))
    .map(({ text }) => gzipSync(text, { level: 9 }).length);
  assertEquals(bytes.length, 5, "the page, its script, style, icon and manifest");
  assertLess(bytes.reduce((sum, each) => sum + each, 0), MAX_BYTES);
});

Deno.test("page bundle: every file that the page requests exists, under a name made from its content", async () => {
  const files = await bundlePage();
  const paths = files.map(({ path }) => path);
  const asked = namedIn(files[0]!.text, /^(?:src|href|data-.*)$/);
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
