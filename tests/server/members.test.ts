import { assertEquals } from "@std/assert";
import { withStage } from "./stage.ts";

Deno.test("members: a name is kept in normal form", () => {
  const { join, hub } = withStage();
  const member = join("  Ame\u0301lie ");
  assertEquals(member.name, "Amélie");
  assertEquals(hub.people.find("AMÉLIE"), member);
});

Deno.test("members: a name is taken however it is written, in whatever room", () => {
  const { hub, join } = withStage();
  join("Alice", "tea");
  for (const name of ["Alice", "alice", "ALICE", " Alice ", "\uff21lice"]) {
    const { error } = hub.people.checkFree(name);
    assertEquals(error?.code, "name_taken", name);
  }
  assertEquals(hub.people.size, 1);
});

Deno.test("members: a name that looks like another one is refused, also to who changes theirs", () => {
  const { hub, join } = withStage();
  const [alice, bob] = [join("Alice"), join("Bob", "tea")];
  assertEquals(hub.people.findLookAlike("\u0430lice"), alice);
  assertEquals(hub.people.checkFree("\u0430lice").error?.code, "name_looks_like");
  assertEquals(hub.people.checkFree("\u0430lice", bob).error?.code, "name_looks_like");
  assertEquals(
    hub.people.checkFree("\u0430lice", alice).value,
    "\u0430lice",
    "one's own may be written so",
  );
  hub.rename(alice, "Ann");
  assertEquals(hub.people.checkFree("\u0430lice").error, undefined);
  assertEquals(hub.people.checkFree("\u0410nn").error?.code, "name_looks_like");
  hub.unregister(alice);
  assertEquals(hub.people.checkFree("\u0410nn").error, undefined);
});

Deno.test("members: to unregister twice changes nothing for who has the name since", () => {
  const { hub, join } = withStage();
  const alice = join("Alice");
  hub.unregister(alice);
  const other = join("Alice");
  hub.unregister(alice);
  assertEquals(hub.people.find("Alice"), other);
  assertEquals(hub.people.findLookAlike("Alice"), other);
});
