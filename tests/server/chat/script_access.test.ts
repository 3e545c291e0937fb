import { assert, assertEquals } from "@std/assert";
import { ScriptAccess } from "../../../server/chat/script_access.ts";
import { createMemoryStore } from "../../../server/storage/memory_store.ts";
import { accountOf, Chat, storeWithAccounts } from "../chat.ts";

const CRON = {
  ...{ name: "cron", password: undefined, serverPassword: undefined, address: "192.0.2.1" },
};

Deno.test("script access: a message is stored before it is answered, also in an empty room", async () => {
  const memory = createMemoryStore();
  let commits = 0;
  const store = Object.assign(memory, { commit: () => commits++ });
  const { server } = new Chat({ store });
  const scripts = new ScriptAccess(server, null);
  const { value: member } = await scripts.authorize(CRON);
  assert(member);
  const before = commits;
  assert(scripts.post(member, { room: "lobby", text: "x", action: false }).value);
  assertEquals(commits, before + 1);
});

Deno.test("script access: in memory a message is readable as long as its room, also without clients", async () => {
  const chat = new Chat();
  const { server, hub } = chat;
  const scripts = new ScriptAccess(server, null);
  const { value: member } = await scripts.authorize(CRON);
  const { value: hook } = scripts.authorizeHook("ci", CRON.address);
  for (const sender of [member!, hook!]) {
    scripts.post(sender, { room: "alerts", text: "disk full", action: false });
  }
  const ann = chat.join("Ann", "json", "alerts");
  ann.say({ type: "quit" });
  assertEquals(hub.members.size, 0);
  assertEquals(scripts.findRoom("alerts").value?.name, "alerts");
  const stored = server.store.history.read("alerts", { limit: 9 });
  assertEquals(stored.map(({ message: { from } }) => from), ["cron", "ci"]);
  hub.rooms.delete("alerts");
  assertEquals(scripts.findRoom("alerts").error?.code, "no_such_room");
});

Deno.test("script access: a message to a room that is not in use costs as much as entering it", async () => {
  const scripts = new ScriptAccess(new Chat().server, { burst: 12, perSecond: 0.001 });
  const post = async (room: string) => {
    const { value: member, error } = await scripts.authorize(CRON);
    if (error !== undefined) return error.code;
    return scripts.post(member, { room, text: "x", action: false }).error?.code;
  };
  for (const room of ["lobby", "lobby", "one", "two"]) assertEquals(await post(room), undefined);
  assertEquals(await post("lobby"), "too_many_requests");
});

Deno.test("script access: no user takes the name of scripts, nor a script that of a user", async () => {
  const chat = new Chat();
  const { server, hub } = chat;
  const scripts = new ScriptAccess(server, null);
  const post = async (name: string) => {
    const { value: member, error } = await scripts.authorize({ ...CRON, name });
    return error?.code ?? member?.name;
  };
  for (const name of ["script", "Script", "scrіpt", "[script]"]) {
    chat.connect().say({ type: "hello", name });
    assertEquals(hub.members.size, 0, name);
  }
  assertEquals(await post("script"), "script");
  assertEquals(await post("Script"), "name_reserved");
  const alice = chat.join("Alice");
  assertEquals(await post("alice"), "name_taken");
  alice.close();
  assertEquals(hub.members.find("Alice")?.isConnected, false, "others still see her");
  assertEquals(await post("alice"), "name_taken");
  assertEquals(await post("A1ice"), "name_looks_like");
});

Deno.test("script access: it ends with a ban, a changed password, and a new or removed account", () => {
  const store = storeWithAccounts(["Ann", "secret 123"], ["Bob", "secret 123"]);
  const accounts = store.accounts!;
  const { server } = new Chat({ store });
  const scripts = new ScriptAccess(server, null);
  const [ann, bob, cron, nameless] = ["ann", "Bob", "cron", ""].map((name) =>
    scripts.checkOf({ ...CRON, name })
  );
  const state = () => [ann!, bob!, cron!, nameless!].map((check) => check()?.code);
  const wrong = "wrong_password";
  assertEquals(state(), [undefined, undefined, undefined, undefined]);
  accounts.save(accountOf("Ann", "another one"));
  assertEquals(state(), [wrong, undefined, undefined, undefined]);
  accounts.remove("bob");
  accounts.save(accountOf("cron", "secret 123"));
  assertEquals(state(), [wrong, wrong, wrong, undefined]);
  const other = scripts.checkOf({ ...CRON, name: "other" });
  const by = new Chat().join("Op").session.member!;
  server.moderation.ban(by, "OTHER");
  assertEquals([other()?.code, nameless!()], ["banned", undefined]);
  server.moderation.ban(by, CRON.address, { force: true });
  assertEquals(nameless!()?.code, "banned");
});
