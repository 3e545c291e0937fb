import { assertEquals } from "@std/assert";
import { nameKey } from "../../../protocol/mod.ts";
import { MemoryAccounts } from "../../../server/storage/accounts.ts";
import { initOf, withStage } from "../stage.ts";

Deno.test("members: a name is stored in normal form", () => {
  const { join, hub } = withStage();
  const member = join("  Ame\u0301lie ");
  assertEquals(member.name, "Amélie");
  assertEquals(hub.members.find("AMÉLIE"), member);
});

Deno.test("members: a name is taken in any case and any room", () => {
  const { hub, join } = withStage();
  join("Alice", "tea");
  for (const name of ["Alice", "alice", "ALICE", " Alice ", "\uff21lice"]) {
    const { error } = hub.members.checkFree(name);
    assertEquals(error?.code, "name_taken", name);
  }
  assertEquals(hub.members.size, 1);
});

Deno.test("members: refuses a look-alike name, also for a change of name", () => {
  const { hub, join } = withStage();
  const [alice, bob] = [join("Alice"), join("Bob", "tea")];
  assertEquals(hub.members.findLookAlikes("A1ice"), [alice]);
  assertEquals(hub.members.checkFree("A1ice").error?.code, "name_looks_like");
  assertEquals(hub.members.checkFree("A1ice", bob).error?.code, "name_looks_like");
  assertEquals(
    hub.members.checkFree("A1ice", alice).value,
    "A1ice",
    "a member's own name may be written so",
  );
  hub.rename(alice, "\u0410\u0440\u0435"); // Cyrillic
  assertEquals(hub.members.checkFree("A1ice").error, undefined);
  assertEquals(hub.members.checkFree("Ape").error?.code, "name_looks_like");
  hub.unregister(alice);
  assertEquals(hub.members.checkFree("Ape").error, undefined);
});

Deno.test("members: a second unregister does not affect the new holder of the name", () => {
  const { hub, join } = withStage();
  const alice = join("Alice");
  hub.unregister(alice);
  const other = join("Alice");
  hub.unregister(alice);
  assertEquals(hub.members.find("Alice"), other);
  assertEquals(hub.members.findLookAlikes("Alice"), [other]);
});

/** A stage whose store keeps some accounts. */
function withAccounts(...names: readonly string[]) {
  const stage = withStage();
  const accounts = new MemoryAccounts();
  for (const name of names) accounts.save(accountOf(name));
  Object.assign(stage.store, { accounts });
  return { ...stage, accounts, check: (name: string) => stage.hub.members.checkFree(name).error };
}

const accountOf = (name: string) => (
  { key: nameKey(name), name, passwordHash: "", createdAt: 0, isOperator: false }
);

Deno.test("members: refuses a look-alike of a registered name, online or not", () => {
  const { check, accounts, hub } = withAccounts("Alice", "МАРИЯ", "kim");
  assertEquals(check("A1ice"), {
    code: "name_looks_like",
    text: 'The name "A1ice" looks like "Alice", which is registered. Choose another.',
  });
  for (const name of ["al\u0131ce", "ALlCE", "\u041a\u0406\u041c", "M\u0410PИЯ"]) {
    assertEquals(check(name)?.code, "name_looks_like", name);
  }
  assertEquals(check("Bob"), undefined);
  assertEquals(hub.members.checkTakeable("A1ice").error?.code, "name_looks_like");
  accounts.save(accountOf("Bob"));
  assertEquals(check("B0b")?.code, "name_looks_like", "a name that was registered meanwhile");
});

Deno.test("members: only the owner of a registered name may use its look-alikes", () => {
  const { hub, join } = withAccounts("Alice", "Carol");
  const bob = join("Bob");
  assertEquals(hub.members.checkTakeable("A1ice", bob).error?.code, "name_looks_like");
  const { value: room } = hub.rooms.open("lobby");
  const init = { ...initOf("Alice"), isAuthenticated: true };
  const alice = hub.register(init, [room!], { outbox: {} } as never);
  assertEquals(hub.members.checkTakeable("A1ice", alice).value, "A1ice");
  assertEquals(hub.members.checkTakeable("Car0l", alice).error?.code, "name_looks_like");
});

Deno.test("members: refuses a look-alike of a banned name while the ban is in force", () => {
  const { hub, store, clock } = withStage();
  const check = (name: string) => hub.members.checkFree(name).error;
  store.bans.save({ kind: "name", key: "troll", by: "Op", until: clock.now() + 1000 });
  store.bans.save({ kind: "name", key: "alice", by: "Op" });
  store.bans.save({ kind: "address", key: "::1", by: "Op" });
  assertEquals(check("tr0ll")?.code, "name_looks_like");
  assertEquals(check("ALlCE")?.code, "name_looks_like", "as it looks in capitals");
  clock.advance(1000);
  assertEquals(check("tr0ll"), undefined);
  store.bans.remove("name", "alice");
  assertEquals(check("a1ice"), undefined);
});

Deno.test("members: refuses reserved names, except registered ones for their owners", () => {
  const { hub, check } = withAccounts("Server", "a b");
  assertEquals(check("You")?.code, "name_reserved");
  assertEquals(check("S\u0443stem")?.code, "name_reserved", "with a Cyrillic у");
  assertEquals(hub.members.ownedName("SERVER", "Server"), "SERVER");
  assertEquals(hub.members.ownedName("a b", "a b"), "a b", "a name that was allowed earlier");
});

Deno.test("members: the error of a name that imitates another script contains the other name", () => {
  const { hub, join } = withStage();
  join("Alice");
  assertEquals(hub.members.checkFree("\u0430lice").error?.code, "name_looks_like");
  assertEquals(hub.members.checkFree("\u0430lex").error?.code, "name_invalid");
});

Deno.test("members: the owner of a reserved name may write it in another case", () => {
  const { hub } = withAccounts("Admin");
  const { value: room } = hub.rooms.open("tea");
  const init = { ...initOf("Admin"), isAuthenticated: true };
  const admin = hub.register(init, [room!], { outbox: {} } as never);
  assertEquals(hub.members.checkTakeable("ADMIN", admin).value, "ADMIN");
  assertEquals(hub.members.checkTakeable("Adm\u0131n", admin).error?.code, "name_reserved");
});
