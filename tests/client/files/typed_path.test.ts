import { assertEquals } from "@std/assert";
import { homedir } from "node:os";
import { pathsBeginningWith, typedPath } from "../../../client/files/typed_path.ts";

Deno.test("typed paths: unchanged, quoted, with escaped spaces, at home", () => {
  assertEquals(typedPath("a/b.txt"), "a/b.txt");
  assertEquals(typedPath("'my file'"), "my file");
  assertEquals(typedPath("my\\ file"), "my file");
  assertEquals(typedPath("~"), homedir());
});

Deno.test("the beginning of a path: files and folders, and hidden ones after a dot", async () => {
  const folder = await Deno.makeTempDir();
  for (const name of ["photo.png", "phone book", ".hidden", "other", "\x1b[2J"]) {
    await Deno.writeTextFile(`${folder}/${name}`, "");
  }
  await Deno.mkdir(`${folder}/photos`);
  const among = (beginning: string) =>
    pathsBeginningWith(`${folder}/${beginning}`).map((path) => path.slice(folder.length + 1));
  assertEquals(among("pho"), ["phone\\ book", "photo.png", "photos/"]);
  assertEquals(among("phone\\ b"), ["phone\\ book"]);
  assertEquals(among(""), ["other", "phone\\ book", "photo.png", "photos/"]);
  assertEquals(among("."), [".hidden"]);
  assertEquals(among("nowhere/x"), []);
  await Deno.remove(folder, { recursive: true });
});
