import { assertEquals } from "@std/assert";
import { IgnoredNames } from "../../../server/chat/member.ts";
import { memberOf } from "../fakes.ts";

Deno.test("member: the key is the name without regard to case, also after renaming", () => {
  const member = memberOf("Alice");
  assertEquals([member.name, member.key], ["Alice", "alice"]);
  member.rename("\uff22OB");
  assertEquals([member.name, member.key], ["\uff22OB", "bob"]);
});

Deno.test("ignored names: a name is found by its first key and by the current one", () => {
  const names = new IgnoredNames();
  names.set("bob", "bob");
  names.follow("bob", "rob");
  names.follow("carol", "bob");
  assertEquals(["bob", "rob", "carol"].map((key) => names.has(key)), [true, true, false]);
  assertEquals([...names], [["bob", "rob"]]);
  names.follow("rob", "bert");
  assertEquals(names.has("rob"), false);
  assertEquals([...names.remove("bert")].toSorted(), ["bert", "bob"]);
  assertEquals([names.size, names.has("bob"), names.has("bert")], [0, false, false]);
});

Deno.test("ignored names: two names of one user are removed together", () => {
  const names = new IgnoredNames();
  names.set("bob", "bert");
  names.set("rob", "bert");
  names.set("carol", "carol");
  assertEquals([...names.remove("bert")].toSorted(), ["bert", "bob", "rob"]);
  assertEquals([...names], [["carol", "carol"]]);
  assertEquals(names.remove("unknown").size, 0);
});
