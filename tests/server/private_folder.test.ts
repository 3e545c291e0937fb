import { assertEquals, assertThrows } from "@std/assert";
import { join } from "node:path";
import { makePrivateFolder, missingFolders } from "../../server/private_folder.ts";
import { withEmptyFolder } from "../../tools/repository.ts";

Deno.test("private folder: it and those above it are made, for their owner only", () =>
  withEmptyFolder(async (folder) => {
    makePrivateFolder(join(folder, "a", "b"));
    makePrivateFolder(join(folder, "a", "b"));
    if (Deno.build.os !== "windows") {
      for (const path of ["a", join("a", "b")]) {
        assertEquals((await Deno.stat(join(folder, path))).mode! & 0o777, 0o700, path);
      }
    }
    await Deno.writeTextFile(join(folder, "file"), "");
    assertThrows(() => makePrivateFolder(join(folder, "file")), Error, "EEXIST");
    assertThrows(() => makePrivateFolder(join(folder, "file", "x")), Error, "ENOTDIR");
  }));

Deno.test("private folder: one on a drive that does not exist has an end", () => {
  assertEquals(missingFolders("/a/b", () => false), ["/", "/a", "/a/b"]);
});
