import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { readTextFile } from "../../cli/text_file.ts";
import { withEmptyFolder } from "../../tools/repository.ts";

Deno.test("text file: it is read as a whole, with characters at the bounds of the reads", () =>
  withEmptyFolder(async (folder) => {
    const path = join(folder, "file");
    // Each has three bytes, so one of them is cut by every read of a power of two.
    const text = "世".repeat(1_000_000);
    await Deno.writeTextFile(path, text);
    assertEquals(await readTextFile(path) === text, true);
    await Deno.writeTextFile(path, "");
    assertEquals(await readTextFile(path), "");
  }));

Deno.test({
  name: "text file: one that never ends is refused",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    await assertRejects(() => readTextFile("/dev/zero"), RangeError, "it is larger than 67108864");
  },
});
