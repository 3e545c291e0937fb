/**
 * The page about profiles: its example works, and its table names every profile.
 */

import { assert, assertEquals } from "@std/assert";
import type { Profile } from "../../bench/profiles/profile.ts";
import { PROFILES } from "../../bench/profiles/mod.ts";

const page = await Deno.readTextFile(new URL("../../docs/PROFILES.md", import.meta.url));

Deno.test("PROFILES.md: the table names every profile, and who echoes", () => {
  const rows = [...page.matchAll(/^\| `(\w+)` +\|.*\| (yes|no)\b[^|]*\|$/gm)]
    .map(([, name, echoes]) => [name, echoes === "yes"]);
  assertEquals(
    rows,
    Object.entries(PROFILES).map(([name, profile]: [string, Profile]) => [
      name,
      profile.echoes === true,
    ]),
  );
});

Deno.test("PROFILES.md: the example is a profile that works", async () => {
  const code = /```ts\n([^]*?)```/.exec(page)?.[1];
  assert(code !== undefined);
  const module = await import(`data:application/typescript,${encodeURIComponent(code)}`);
  const example: Profile = module.example;
  assertEquals(example.login("a") + example.message("~x;"), "HI a\nSAY ~x;\n");
  assertEquals(example.readLogin("hello\nO"), undefined);
  assertEquals(example.readLogin("hello\nOK\n"), "joined");
  assertEquals(example.readLogin("NO room\n"), { code: "refused", text: "room" });
  assertEquals(example.readNotices!("\nTHERE?\nNO more\na SAID ", "a"), {
    answer: "YES\n",
    complaints: [{ code: "NO", text: "more" }],
  });
  assertEquals(example.readNotices!("\na SAID ", "a"), undefined);
});
