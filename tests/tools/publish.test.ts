/** The library can be published: JSR accepts its types, and gets the files that it needs. */

import { assert, assertEquals } from "@std/assert";
import { pathToFileURL } from "node:url";
import { neededBy } from "../../tools/needed_modules.ts";
import { REPOSITORY, runDeno } from "../../tools/repository.ts";

/** The files and folders that are published. */
const PUBLISHED =
  /^((bench|cli|client|protocol|server)\/.*\.ts|docs\/(bench\.schema\.json|LESSONS\.md)|(mod\.ts|deno\.json|LICENSE|\w+\.md))$/;

Deno.test("publish: JSR accepts the library, with all files that it needs and no others", async () => {
  // The network is not needed.
  const { success, stdout, stderr } = await runDeno(["publish", "--dry-run", "--allow-dirty"]);
  const output = stdout + stderr;
  assert(success, output);
  assertEquals(output.match(/^(warning|error).*/gm), null);
  const base = `${pathToFileURL(REPOSITORY)}/`;
  const files = [...output.matchAll(/^ +(file:\S+) \(/gm)].map(([, url]) =>
    decodeURIComponent(url!.slice(base.length))
  );
  const { files: needed } = await neededBy("mod.ts");
  assertEquals(needed.filter((file) => !files.includes(file)), []);
  assertEquals(files.filter((file) => !PUBLISHED.test(file)), []);
});
