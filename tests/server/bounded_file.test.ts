import { assertEquals, assertThrows } from "@std/assert";
import { readBoundedFile } from "../../server/bounded_file.ts";
import { withEmptyFolder } from "../../tools/repository.ts";

Deno.test("bounded file: is read up to its maximum, and not beyond", () =>
  withEmptyFolder(async (folder) => {
    const path = `${folder}/file`;
    for (const text of ["", "größer", "x".repeat(70_000)]) {
      await Deno.writeTextFile(path, text);
      const { size } = await Deno.stat(path);
      assertEquals(readBoundedFile(path, size), text);
      if (size === 0) continue;
      const read = () => readBoundedFile(path, size - 1);
      assertThrows(read, Error, `it is longer than ${size - 1} bytes`);
    }
  }));

Deno.test("bounded file: neither a folder nor a pipe without a writer is read", () =>
  withEmptyFolder(async (folder) => {
    const error = assertThrows(() => readBoundedFile(folder, 10), Error) as NodeJS.ErrnoException;
    assertEquals(error.code, "EISDIR");
    if (Deno.build.os === "windows") return;
    const pipe = `${folder}/pipe`;
    await new Deno.Command("mkfifo", { args: [pipe] }).output();
    assertThrows(() => readBoundedFile(pipe, 10), Error, "it is a pipe or a device, not a file");
  }));

Deno.test("bounded file: one that all users can write is refused", () =>
  withEmptyFolder(async (folder) => {
    if (Deno.build.os === "windows") return;
    const path = `${folder}/file`;
    await Deno.writeTextFile(path, "x");
    await Deno.chmod(path, 0o664);
    assertEquals(readBoundedFile(path), "x");
    await Deno.chmod(path, 0o666);
    assertThrows(() => readBoundedFile(path), Error, "all users can change it");
  }));

Deno.test("bounded file: an error of the system has its code", () => {
  const error = assertThrows(() => readBoundedFile("/no/such/file", 10), Error);
  assertEquals((error as NodeJS.ErrnoException).code, "ENOENT");
});
