import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { readNamedFile, readTextFile } from "../../cli/text_file.ts";
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
    await assertRejects(() => readTextFile("/dev/zero"), RangeError, "it has more than 64 MiB");
  },
});

Deno.test({
  name: "text file: a pipe with a byte for each read takes no more memory than its bytes",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withEmptyFolder(async (folder) => {
      const path = join(folder, "pipe");
      new Deno.Command("mkfifo", { args: [path] }).outputSync();
      const reading = readNamedFile(path);
      const pipe = await Deno.open(path, { write: true });
      for (let count = 0; count < 300; count++) {
        await pipe.write(Uint8Array.of(count));
        // A turn for the reader: most of its reads get one byte.
        await new Promise((resolve) => setImmediate(resolve));
      }
      pipe.close();
      const bytes = await reading;
      assertEquals(bytes.length, 300);
      assertEquals(bytes.buffer.byteLength, 65_536);
    }),
});
