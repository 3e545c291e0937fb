import { assertEquals } from "@std/assert";
import { shownName } from "../../../web/files/file_item.ts";

Deno.test("files: a shown name has no invisible and no path characters", () => {
  for (
    const [raw, shown] of [
      ["photo\u202egpj.exe", "photo_gpj.exe"],
      ["../../etc/passwd", ".._.._etc_passwd"],
      ["a\u0000b\nc", "a_b_c"],
      [" ", "file"],
      ["Grüße 😀.txt", "Grüße 😀.txt"],
    ] as const
  ) assertEquals(shownName(raw), shown);
});
