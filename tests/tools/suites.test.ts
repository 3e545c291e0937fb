import { assertEquals } from "@std/assert";
import { suiteOf, SUITES, testFiles } from "../support/suites.ts";

Deno.test("suites: each is a file that imports its tests", () => {
  const files = [...Deno.readDirSync(new URL("../suites/", import.meta.url))].map(({ name }) =>
    name
  );
  assertEquals(files.sort(), Object.keys(SUITES).map((name) => `${name}.ts`).sort());
  const used = new Set(testFiles().map(suiteOf));
  assertEquals(Object.keys(SUITES).filter((name) => !used.has(name)), []);
});

Deno.test("suites: contain all tests but those of whole programs and of the browser", () => {
  const alone = testFiles().filter((file) => suiteOf(file) === undefined);
  assertEquals(alone.filter((file) => !/^(e2e|browser)\//.test(file)), []);
});

Deno.test("suites: a file is in the one with the longest path", () => {
  assertEquals(suiteOf("server/chat/hub.test.ts"), "server");
  assertEquals(suiteOf("server/storage/store.test.ts"), "storage");
  assertEquals(suiteOf("bench/scenarios/echo.test.ts"), "bench_echo");
  assertEquals(suiteOf("e2e/resume.test.ts"), undefined);
});

Deno.test("suites: what is measured is in the suite of costs, and nothing else", () => {
  const measures = (file: string) =>
    /^import .*\/stopwatch\.ts"/m.test(
      Deno.readTextFileSync(new URL(`../${file}`, import.meta.url)),
    );
  const files = testFiles();
  assertEquals(files.filter((file) => suiteOf(file) === "costs"), files.filter(measures));
});
