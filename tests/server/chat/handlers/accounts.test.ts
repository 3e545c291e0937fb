import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  accountOf,
  type answers,
  Chat,
  fakeHash,
  refusal,
  storeWithAccounts,
  type TestClient,
} from "../../chat.ts";
import { StorageError } from "../../../../server/storage/storage_error.ts";

Deno.test("handlers: nick refuses a protected name", () => {
  const chat = new Chat({ store: storeWithAccounts(["Bob", "secret 123"]) });
  const alice = chat.join("Alice");
  assertEquals(refusal(alice, { type: "nick", name: "BOB", id: "7" }), ["name_protected", "7"]);
  assertEquals(alice.session.member?.name, "Alice");
});

Deno.test("handlers: a change of case keeps the rights of a protected name", async () => {
  const chat = new Chat({ store: storeWithAccounts(["Alice", "secret 123"]) });
  const alice = await chat.joinWithPassword("Alice", "secret 123");
  alice.say({ type: "nick", name: "ALICE" });
  assertEquals(alice.session.member?.isAuthenticated, true);
  alice.say({ type: "nick", name: "Ann" });
  assertEquals(alice.session.member?.isAuthenticated, false);
  assertEquals(refusal(alice, { type: "nick", name: "Alice" })[0], "name_protected");
});

Deno.test("handlers: register protects the name, and its owner may repeat it", async () => {
  const store = storeWithAccounts();
  const chat = new Chat({ store });
  const alice = chat.join("Alice");
  alice.say({ type: "register", password: "secret 123" });
  await chat.settle();
  assertEquals(alice.frames(), [
    { type: "account", name: "Alice", time: chat.clock.now(), room: "lobby", loggedIn: true },
    { type: "notice", text: "The name Alice is yours: from now on it needs the password." },
  ]);
  assertEquals(store.accounts?.find("alice"), {
    key: "alice",
    name: "Alice",
    passwordHash: fakeHash("secret 123"),
    createdAt: chat.clock.now(),
    isOperator: false,
  });
  assertEquals(alice.session.member?.isAuthenticated, true);
  assertEquals(
    store.knownAddresses.get("alice"),
    [alice.session.ip],
    "guesses from other addresses do not lock out the owner",
  );
  alice.say({ type: "register", password: "another one" });
  await chat.settle();
  assertEquals(store.accounts?.find("alice")?.passwordHash, fakeHash("another one"));
});

Deno.test("handlers: an account that cannot be written is an error for its request", async () => {
  const store = storeWithAccounts();
  const chat = new Chat({ store });
  const alice = chat.join("Alice");
  store.accounts!.save = () => {
    throw new StorageError("write", "/data", "full");
  };
  alice.say({ type: "register", password: "secret 123", id: "7" });
  await chat.settle();
  const [error] = alice.frames();
  assert(error?.type === "error");
  assertEquals([error.code, error.ref], ["storage_failed", "7"]);
  assertStringIncludes(error.text, "cannot read or write");
  assertEquals(alice.session.member?.isAuthenticated, false);
});

Deno.test("handlers: register refuses invalid passwords and names", () => {
  assertEquals(refusal(new Chat().join("Alice"), { type: "register", password: "x", id: "7" }), [
    "no_accounts",
    "7",
  ]);
  const store = storeWithAccounts();
  const alice = new Chat({ store }).join("Alice");
  for (const password of ["", "1234567", "x".repeat(257)]) {
    assertEquals(refusal(alice, { type: "register", password, id: "7" }), [
      "password_unusable",
      "7",
    ]);
  }
  const account = accountOf("Alice", "secret 123");
  store.accounts!.save(account);
  assertEquals(refusal(alice, { type: "register", password: "mine alone", id: "7" }), [
    "name_protected",
    "7",
  ]);
  assertEquals(store.accounts!.find("alice"), account);
});

Deno.test("handlers: register reports too_busy when too many hashes are waiting", async () => {
  const chat = new Chat({ store: storeWithAccounts() });
  const alice = chat.join("Alice");
  chat.isBusy = true;
  alice.say({ type: "register", password: "secret 123" });
  await chat.settle();
  const [error] = alice.frames();
  assert(error?.type === "error");
  assertEquals(error.code, "too_busy");
  assertEquals(chat.store.accounts?.find("alice"), undefined);
});

Deno.test("handlers: no client registers an operator's name, from any address", async () => {
  for (const ip of ["192.0.2.1", "127.0.0.1", "::1"]) {
    const store = storeWithAccounts(["Op", "secret"]);
    const chat = new Chat({ store, operators: ["Op"] });
    store.accounts!.remove("op");
    const op = chat.connect("json", { ip });
    op.say({ type: "hello", name: "op" });
    op.frames();
    assertEquals(refusal(op, { type: "register", password: "open sesame" })[0], "operator_name");
    await chat.settle();
    assertEquals(op.session.member?.isOperator, false);
  }
});

Deno.test("handlers: a member who loses the name during the hash registers nothing", async () => {
  const chat = new Chat({ store: storeWithAccounts() });
  const alice = chat.join("Alice");
  alice.say({ type: "register", password: "secret 123" });
  chat.hub.rename(alice.session.member!, "Ann");
  await chat.settle();
  assertEquals(chat.store.accounts?.find("alice"), undefined);
  assertEquals(alice.session.member?.isAuthenticated, false);
});

const PASSWORD = "open sesame";

/** A short form of the answers to a frame with asynchronous work, without `account`. */
async function later(chat: Chat, person: TestClient, frame: Parameters<typeof answers>[1]) {
  person.frames();
  person.say(frame);
  await chat.settle();
  const answers = person.frames().filter(({ type }) => type !== "account");
  return answers.map((each) => each.type === "error" ? each.code : each.type);
}

Deno.test("handlers: nick with the password takes a protected name, and its rights", async () => {
  const store = storeWithAccounts(["Alice", PASSWORD]);
  store.accounts!.save(accountOf("Op", PASSWORD, true));
  const chat = new Chat({ store });
  const bob = chat.join("Bob");
  assertEquals(
    await later(chat, bob, { type: "nick", name: "Alice", password: "wrong", id: "7" }),
    ["wrong_password"],
  );
  assertEquals(bob.session.member?.name, "Bob");
  await later(chat, bob, { type: "nick", name: "ALICE", password: PASSWORD });
  assertEquals(bob.session.member?.name, "ALICE");
  assertEquals([bob.session.member?.isAuthenticated, bob.session.member?.isOperator], [
    true,
    false,
  ]);
  await later(chat, bob, { type: "nick", name: "Op", password: PASSWORD });
  assertEquals([bob.session.member?.isAuthenticated, bob.session.member?.isOperator], [true, true]);
  assertEquals(
    await later(chat, bob, { type: "nick", name: "Bob", password: "needless" }),
    ["renamed", "notice"],
    "a password that was not used is reported",
  );
  assertEquals(
    [bob.session.member?.isAuthenticated, bob.session.member?.isOperator],
    [false, false],
  );
});

Deno.test("handlers: nick with the password takes a name from its holder", async () => {
  for (const isBroken of [false, true]) {
    const chat = new Chat({ store: storeWithAccounts() });
    const ghost = chat.join("Alice");
    chat.store.accounts!.save(accountOf("Alice", PASSWORD));
    const owner = chat.join("Ann");
    if (isBroken) ghost.endInput();
    await later(chat, owner, { type: "nick", name: "Alice", password: PASSWORD });
    assertEquals(owner.session.member?.name, "Alice");
    assertEquals(chat.hub.members.find("alice"), owner.session.member);
    assertEquals(ghost.session.isEnded, true);
    assertEquals(chat.hub.members.size, 1);
  }
});

Deno.test("handlers: the holder of a name that was protected meanwhile logs in by nick", async () => {
  const chat = new Chat({ store: storeWithAccounts() });
  const alice = chat.join("Alice");
  chat.store.accounts!.save(accountOf("Alice", PASSWORD));
  assertEquals(refusal(alice, { type: "nick", name: "ALICE" })[0], "name_protected");
  await later(chat, alice, { type: "nick", name: "Alice", password: PASSWORD });
  assertEquals(alice.session.member?.isAuthenticated, true);
  assertEquals(alice.session.isEnded, false);
});

Deno.test("handlers: guesses by nick count like all others", async () => {
  const chat = new Chat({ store: storeWithAccounts(["Alice", PASSWORD]) });
  const bob = chat.join("Bob");
  const codes = [];
  for (let count = 0; count < 10; count++) {
    codes.push(...await later(chat, bob, { type: "nick", name: "Alice", password: "wrong" }));
  }
  assertEquals(codes, [
    ...new Array(3).fill("wrong_password"),
    ...new Array(7).fill("too_many_attempts"),
  ]);
  assertEquals(chat.checked.length, 3);
});

Deno.test("handlers: a session registers one name", async () => {
  const chat = new Chat({ store: storeWithAccounts() });
  const alice = chat.join("Alice");
  assertEquals(await later(chat, alice, { type: "register", password: PASSWORD }), ["notice"]);
  alice.say({ type: "nick", name: "Ann" });
  assertEquals(
    await later(chat, alice, { type: "register", password: PASSWORD }),
    ["already_registered_name"],
  );
  await later(chat, alice, { type: "nick", name: "Alice", password: PASSWORD });
  assertEquals(await later(chat, alice, { type: "register", password: "another one" }), ["notice"]);
  assertEquals(chat.store.accounts!.size, 1);
});

Deno.test("handlers: an address registers five names per hour, IPv6 by /64", async () => {
  const chat = new Chat({ store: storeWithAccounts() });
  const register = async (ip: string, name: string) => {
    const person = chat.connect("json", { ip });
    person.say({ type: "hello", name });
    return await later(chat, person, { type: "register", password: PASSWORD });
  };
  for (const [index, name] of ["Ann", "Bob", "Carol", "Dan", "Eve"].entries()) {
    assertEquals(await register(`2001:db8::${index}`, name), ["notice"]);
  }
  assertEquals(await register("2001:db8::6", "Frank"), ["too_many_registrations"]);
  assertEquals(await register("2001:db8:0:1::6", "Grace"), ["notice"]);
  chat.clock.advance(3_600_000 / 5);
  assertEquals(await register("2001:db8::7", "Heidi"), ["notice"]);
});

Deno.test("handlers: the password of a name is changed five times per hour", async () => {
  const chat = new Chat({ store: storeWithAccounts(["Alice", PASSWORD]) });
  const alice = await chat.joinWithPassword("Alice", PASSWORD);
  for (let count = 0; count < 5; count++) {
    assertEquals(await later(chat, alice, { type: "register", password: PASSWORD }), ["notice"]);
  }
  assertEquals(
    await later(chat, alice, { type: "register", password: PASSWORD }),
    ["too_many_registrations"],
  );
});

Deno.test("handlers: a failed registration does not count", async () => {
  const chat = new Chat({ store: storeWithAccounts(), registrationsPerHour: 1 });
  const alice = chat.join("Alice");
  chat.isBusy = true;
  assertEquals(await later(chat, alice, { type: "register", password: PASSWORD }), ["too_busy"]);
  chat.isBusy = false;
  assertEquals(await later(chat, alice, { type: "register", password: PASSWORD }), ["notice"]);
});

Deno.test("handlers: registered names are bounded in number", async () => {
  const chat = new Chat({ store: storeWithAccounts(["Ann", PASSWORD]), maxAccounts: 2 });
  const [bob, carol] = [chat.join("Bob"), chat.join("Carol")];
  bob.say({ type: "register", password: PASSWORD });
  carol.say({ type: "register", password: PASSWORD });
  await chat.settle();
  assertEquals(chat.store.accounts!.size, 2, "though both were under way");
  assertEquals(
    await later(chat, chat.join("Dan"), { type: "register", password: PASSWORD }),
    ["too_many_accounts"],
  );
});

Deno.test("handlers: unregister deletes one's own registration", async () => {
  const chat = new Chat({ store: storeWithAccounts(["Alice", PASSWORD]) });
  const bob = chat.join("Bob");
  assertEquals(refusal(bob, { type: "unregister", id: "7" }), ["no_such_account", "7"]);
  assertEquals(refusal(bob, { type: "unregister", name: "Alice" })[0], "not_operator");
  const alice = await chat.joinWithPassword("Alice", PASSWORD);
  assertEquals(await later(chat, alice, { type: "unregister" }), ["notice"]);
  assertEquals(chat.store.accounts!.size, 0);
  assertEquals(alice.session.member?.isAuthenticated, false);
  alice.say({ type: "quit" });
  assertEquals(chat.join("Alice").session.member?.name, "Alice");
});

Deno.test("handlers: operators delete registrations of others, except operators", async () => {
  const store = storeWithAccounts(["Alice", PASSWORD], ["Eve", PASSWORD]);
  store.accounts!.save(accountOf("Op", PASSWORD, true));
  const chat = new Chat({ store, operators: ["Eve"] });
  const op = await chat.joinWithPassword("Op", PASSWORD);
  const alice = await chat.joinWithPassword("Alice", PASSWORD);
  assertEquals(await later(chat, op, { type: "unregister", name: " ALICE" }), ["notice"]);
  assertEquals(store.accounts!.find("alice"), undefined);
  assertEquals(alice.session.member?.isAuthenticated, false);
  assertEquals(alice.frames().map(({ type }) => type), ["account", "notice"]);
  for (const name of ["Op", "Eve", undefined]) {
    const frame = { type: "unregister", ...(name === undefined ? {} : { name }) } as const;
    assertEquals(refusal(op, frame)[0], "operator_account");
  }
  assertEquals(refusal(op, { type: "unregister", name: "Unknown" })[0], "no_such_account");
});

Deno.test("handlers: register refuses a look-alike of a name registered meanwhile", () => {
  const store = storeWithAccounts();
  const chat = new Chat({ store });
  const double = chat.join("A1ice");
  store.accounts!.save(accountOf("Alice", "secret 123"));
  assertEquals(refusal(double, { type: "register", password: "secret 123", id: "7" }), [
    "name_looks_like",
    "7",
  ]);
});
