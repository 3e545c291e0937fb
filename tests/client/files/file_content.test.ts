import { assertEquals, assertRejects } from "@std/assert";
import { open } from "node:fs/promises";
import { FileError } from "../../../client/mod.ts";
import { FileContent } from "../../../client/files/file_content.ts";

Deno.test("file content: errors of the system are FileErrors", async () => {
  const path = await Deno.makeTempFile({ prefix: "hubbub-content-" });
  try {
    const file = await open(path);
    const content = new FileContent({ file, name: "a", size: 1, mtimeMs: 0 });
    await file.close();
    for (const use of [() => content.verify(), async () => void await content.read(1)]) {
      const { code } = await assertRejects(use, FileError) as FileError;
      assertEquals(code, "unreadable");
    }
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("file content: it is idle when all that uses the file has ended", async () => {
  const stat = Promise.withResolvers<{ size: number; mtimeMs: number }>();
  const file = {
    stat: () => stat.promise,
    read: () => Promise.resolve({ bytesRead: 1 }),
  } as unknown as ConstructorParameters<typeof FileContent>[0]["file"]; // only the used methods
  const content = new FileContent({ file, name: "a", size: 1, mtimeMs: 0 });
  const verified = content.verify();
  await content.read(1);
  let isIdle = false;
  const idle = content.idle().then(() => isIdle = true);
  await Promise.resolve();
  assertEquals(isIdle, false);
  stat.resolve({ size: 1, mtimeMs: 0 });
  await verified;
  await idle;
});
