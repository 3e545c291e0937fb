import { assertEquals } from "@std/assert";
import { memberOf } from "../fakes.ts";

Deno.test("member: the key is the name without regard to case, also after renaming", () => {
  const member = memberOf("Alice");
  assertEquals([member.name, member.key], ["Alice", "alice"]);
  member.rename("\uff22OB");
  assertEquals([member.name, member.key], ["\uff22OB", "bob"]);
});
