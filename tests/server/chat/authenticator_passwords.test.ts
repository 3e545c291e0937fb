import { assert, assertEquals } from "@std/assert";
import { accountOf, Chat, promises, storeWithAccounts } from "../chat.ts";
import { ADDRESS, attempt, enter, enterLater } from "./entering.ts";

Deno.test("authenticator: asks for the server's password before it looks at names", () => {
  const chat = new Chat({ serverPassword: "open" });
  chat.join("Alice");
  assertEquals(chat.server.authenticator.hasServerPassword, true);
  for (const name of ["Alice", "Ann", "a b"]) {
    assertEquals(enter(chat, { name }), "server_password_wrong, asks server password");
  }
  assertEquals(enter(chat, { name: "Ann", serverPassword: "open" }), "Ann lobby");
  assertEquals(enter(chat, { name: "a b", serverPassword: "open" }), "name_invalid, asks name");
});

Deno.test("authenticator: a wrong server password has its own error; passwords are compared in normal form", () => {
  for (const wrong of ["", "Open", "open ", "opeen", "x".repeat(10_000)]) {
    const chat = new Chat({ serverPassword: "open" });
    assertEquals(
      enter(chat, { serverPassword: wrong }),
      "server_password_wrong, asks server password",
    );
  }
  const chat = new Chat({ serverPassword: "caf\u00e9" });
  assertEquals(enter(chat, { serverPassword: "cafe\u0301" }), "Alice lobby");
  assertEquals(new Chat().server.authenticator.hasServerPassword, false);
});

Deno.test("authenticator: after three wrong server passwords an address is refused at once, with the seconds", () => {
  const chat = new Chat({ serverPassword: "open" });
  for (let count = 0; count < 3; count++) enter(chat, { serverPassword: "x" });
  for (const serverPassword of ["x", "open"]) {
    assertEquals(enter(chat, { serverPassword }), "too_many_attempts, asks server password");
  }
  assertEquals(enter(chat, { serverPassword: "open" }, "198.51.100.7"), "Alice lobby");
  const outcome = attempt(chat, { serverPassword: "open" });
  assert(!(outcome instanceof Promise) && outcome.refused !== undefined);
  assertEquals(outcome.refused.seconds, 60);
  assertEquals(outcome.refused.text, "Too many wrong passwords. Try again in 60 seconds.");
  chat.clock.advance(60_000);
  assertEquals(enter(chat, { serverPassword: "open" }), "Alice lobby");
});

Deno.test("authenticator: wrong server passwords of other addresses, any number of them, refuse no new user", () => {
  const chat = new Chat({ serverPassword: "open" });
  for (let address = 1; address <= 200; address++) {
    assertEquals(
      enter(chat, { serverPassword: "x" }, `192.0.2.${address}`),
      "server_password_wrong, asks server password",
    );
  }
  assertEquals(enter(chat, { serverPassword: "open" }, "198.51.100.7"), "Alice lobby");
  assertEquals(chat.store.knownAddresses.get(""), undefined, "addresses of users are not stored");
});

Deno.test("authenticator: a missing server password does not count as a guess", () => {
  const chat = new Chat({ serverPassword: "open" });
  for (let count = 0; count < 10; count++) enter(chat, {});
  assertEquals(enter(chat, { serverPassword: "open" }), "Alice lobby");
});

Deno.test("authenticator: a protected name needs its password in every notation", async () => {
  const chat = new Chat({ store: storeWithAccounts(["Alice", "secret"]) });
  assertEquals(enter(chat, { name: "Bob" }), "Bob lobby");
  for (const name of ["Alice", "alice", " ALICE", "\uff21lice"]) {
    assertEquals(enter(chat, { name }), "password_needed, asks password");
  }
  assertEquals(await enterLater(chat, { password: "wrong" }), "wrong_password, asks password");
  assertEquals(await enterLater(chat, { password: "" }), "wrong_password, asks password");
  assertEquals(await enterLater(chat, { password: "secret" }), "Alice lobby known");
  assertEquals(await enterLater(chat, { name: "ALICE", password: "secret" }), "ALICE lobby known");
  assertEquals(enter(chat, { name: "Bob", password: "needless" }), "Bob lobby");
});

Deno.test("authenticator: the password of an operator's name makes an operator", async () => {
  const store = storeWithAccounts(["Op", "secret"], ["Eve", "hidden"]);
  const chat = new Chat({ store, operators: ["op", "Eve"] });
  store.accounts!.remove("eve");
  assertEquals(
    await enterLater(chat, { name: "OP", password: "secret" }),
    "OP lobby known operator",
  );
  assertEquals(enter(chat, { name: "Eve" }), "Eve lobby", "a name alone makes no operator");
});

Deno.test("authenticator: after three wrong passwords an address is not checked for a while", async () => {
  const chat = new Chat({ store: storeWithAccounts(["Alice", "secret"], ["Bob", "hidden"]) });
  for (let count = 0; count < 3; count++) await enterLater(chat, { password: "x" });
  assertEquals(enter(chat, { password: "secret" }), "too_many_attempts, asks password");
  assertEquals(chat.checked.length, 3, "no further password is checked");
  const bob = { name: "Bob", password: "hidden" };
  assertEquals(await enterLater(chat, bob), "Bob lobby known", "another account");
  assertEquals(
    await enterLater(chat, { password: "secret" }, "198.51.100.7"),
    "Alice lobby known",
    "another address",
  );
  chat.clock.advance(60_000);
  assertEquals(await enterLater(chat, { password: "secret" }), "Alice lobby known");
});

Deno.test("authenticator: parallel guesses gain nothing", async () => {
  const chat = new Chat({ store: storeWithAccounts(["Alice", "secret"]) });
  const outcomes = Array.from(
    { length: 100 },
    (_, number) => attempt(chat, { password: `guess ${number}` }),
  );
  assertEquals(chat.checked.length, 3);
  assertEquals(outcomes.filter((outcome) => outcome instanceof Promise).length, 3);
  await Promise.all(outcomes);
  assertEquals(chat.checked.length, 3);
});

Deno.test("authenticator: the owner logs in from a known address while other clients guess", async () => {
  const chat = new Chat({ store: storeWithAccounts(["Alice", "secret"]) });
  assertEquals(await enterLater(chat, { password: "secret" }), "Alice lobby known");
  for (let other = 0; other < 50; other++) {
    void attempt(chat, { password: "x" }, `198.51.100.${other}`);
  }
  await promises();
  assertEquals(
    enter(chat, { password: "secret" }, "198.51.100.99").split(",")[0],
    "too_many_attempts",
  );
  assertEquals(await enterLater(chat, { password: "secret" }), "Alice lobby known");
});

Deno.test("authenticator: wrong passwords and operators are audited, refusals as one line per address", async () => {
  const chat = new Chat({ store: storeWithAccounts(["Alice", "secret"]), serverPassword: "open" });
  enter(chat, { serverPassword: "x", name: "a=b" });
  const guess = { password: "x", serverPassword: "open" };
  for (let count = 0; count < 3; count++) await enterLater(chat, guess);
  for (let count = 0; count < 5; count++) enter(chat, guess);
  chat.server.refusals.report();
  chat.server.refusals.report();
  assertEquals(
    chat.log.entries.map(({ level, event, fields }) => [level, event, fields]),
    [
      ["audit", "wrong server password", { address: ADDRESS }],
      ...new Array(3).fill(["audit", "wrong password", { address: ADDRESS, name: "Alice" }]),
      ["audit", "login refused", {
        ...{ address: ADDRESS, reason: "too_many_attempts", count: 5, name: "Alice" },
      }],
    ],
  );
});

Deno.test("authenticator: refuses an account that is removed or changed while its password is checked", async () => {
  for (const change of ["remove", "password"] as const) {
    const chat = new Chat({ store: storeWithAccounts(["Alice", "secret"]) });
    const outcome = enterLater(chat, { password: "secret" });
    chat.store.accounts!.remove("alice");
    if (change === "password") chat.store.accounts!.save(accountOf("Alice", "another"));
    assertEquals(await outcome, "wrong_password, asks password");
  }
});

Deno.test("authenticator: refuses with too_busy when too many checks are waiting", async () => {
  const chat = new Chat({ store: storeWithAccounts(["Alice", "secret"]) });
  chat.isBusy = true;
  for (let count = 0; count < 5; count++) {
    assertEquals(await enterLater(chat, { password: "secret" }), "too_busy, asks password");
  }
  chat.isBusy = false;
  assertEquals(await enterLater(chat, { password: "secret" }), "Alice lobby known");
});

Deno.test("authenticator: a ban of a name or an address while its password is checked keeps it out", async () => {
  for (const target of ["Ann", "198.51.100.7"]) {
    const store = storeWithAccounts(["Op", "secret"], ["Ann", "password 1"]);
    const chat = new Chat({ store, operators: ["Op"] });
    const op = await chat.joinWithPassword("Op", "secret");
    const ann = chat.connect("json", { ip: "198.51.100.7" });
    ann.say({ type: "hello", name: "Ann", password: "password 1" });
    op.say({ type: "ban", target });
    await chat.settle();
    assertEquals(ann.frames().map((each) => each.type === "error" && each.code), ["banned"]);
    assertEquals([ann.session.isEnded, ann.session.member], [true, undefined]);
  }
});
