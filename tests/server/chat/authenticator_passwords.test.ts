import { assert, assertEquals } from "@std/assert";
import { accountOf, Chat, promises, storeWithAccounts } from "../chat.ts";
import { ADDRESS, enter, enterLater } from "./entering.ts";

Deno.test("authenticator: the server's password is asked for before names mean anything", () => {
  const chat = new Chat({ serverPassword: "open" });
  chat.join("Alice");
  assertEquals(chat.server.authenticator.hasServerPassword, true);
  for (const name of ["Alice", "Ann", "a b"]) {
    assertEquals(enter(chat, { name }), "server_password_wrong, asks server password");
  }
  assertEquals(enter(chat, { name: "Ann", serverPassword: "open" }), "Ann lobby");
  assertEquals(enter(chat, { name: "a b", serverPassword: "open" }), "name_invalid, asks name");
});

Deno.test("authenticator: a wrong server password is told as such; its normal form counts", () => {
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
  const outcome = chat.server.authenticator.logIn(
    { type: "hello", name: "Alice", serverPassword: "open" },
    ADDRESS,
  );
  assert(!(outcome instanceof Promise) && outcome.refused !== undefined);
  assertEquals(outcome.refused.seconds, 60);
  assertEquals(outcome.refused.text, "Too many wrong passwords. Try again in 60 seconds.");
  chat.clock.advance(60_000);
  assertEquals(enter(chat, { serverPassword: "open" }), "Alice lobby");
});

Deno.test("authenticator: who gives no server password is not slowed down by it", () => {
  const chat = new Chat({ serverPassword: "open" });
  for (let count = 0; count < 10; count++) enter(chat, {});
  assertEquals(enter(chat, { serverPassword: "open" }), "Alice lobby");
});

Deno.test("authenticator: a protected name needs its password, however it is written", async () => {
  const chat = new Chat({ store: storeWithAccounts(["Alice", "secret"]) });
  assertEquals(chat.server.authenticator.isProtected(" ALICE"), true);
  assertEquals(chat.server.authenticator.isProtected("Bob"), false);
  for (const name of ["Alice", "alice", "\uff21lice"]) {
    assertEquals(enter(chat, { name }), "password_needed, asks password");
  }
  assertEquals(await enterLater(chat, { password: "wrong" }), "wrong_password, asks password");
  assertEquals(await enterLater(chat, { password: "" }), "wrong_password, asks password");
  assertEquals(await enterLater(chat, { password: "secret" }), "Alice lobby known");
  assertEquals(await enterLater(chat, { name: "ALICE", password: "secret" }), "ALICE lobby known");
  assertEquals(enter(chat, { name: "Bob", password: "needless" }), "Bob lobby");
});

Deno.test("authenticator: an operator is whoever has the password of the name", async () => {
  const store = storeWithAccounts(["Op", "secret"], ["Eve", "hidden"]);
  const chat = new Chat({ store, operators: ["op", "Eve"] });
  store.accounts!.remove("eve");
  assertEquals(
    await enterLater(chat, { name: "OP", password: "secret" }),
    "OP lobby known operator",
  );
  assertEquals(enter(chat, { name: "Eve" }), "Eve lobby", "a name alone makes nobody an operator");
});

Deno.test("authenticator: after three wrong passwords nothing is checked for a while, from there", async () => {
  const chat = new Chat({ store: storeWithAccounts(["Alice", "secret"], ["Bob", "hidden"]) });
  for (let count = 0; count < 3; count++) await enterLater(chat, { password: "x" });
  assertEquals(enter(chat, { password: "secret" }), "too_many_attempts, asks password");
  assertEquals(chat.checked.length, 3, "nothing more is checked");
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

Deno.test("authenticator: guesses in parallel are no more than guesses one after the other", async () => {
  const chat = new Chat({ store: storeWithAccounts(["Alice", "secret"]) });
  const outcomes = Array.from({ length: 100 }, (_, number) =>
    chat.server.authenticator.logIn(
      { type: "hello", name: "Alice", password: `guess ${number}` },
      ADDRESS,
    ));
  assertEquals(chat.checked.length, 3);
  assertEquals(outcomes.filter((outcome) => outcome instanceof Promise).length, 3);
  await Promise.all(outcomes);
  assertEquals(chat.checked.length, 3);
});

Deno.test("authenticator: the owner comes in from where they have been, while strangers guess", async () => {
  const chat = new Chat({ store: storeWithAccounts(["Alice", "secret"]) });
  assertEquals(await enterLater(chat, { password: "secret" }), "Alice lobby known");
  for (let stranger = 0; stranger < 50; stranger++) {
    const guess = { type: "hello", name: "Alice", password: "x" } as const;
    void chat.server.authenticator.logIn(guess, `198.51.100.${stranger}`);
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

Deno.test("authenticator: an account that is removed or changed while its password is checked is not logged in", async () => {
  for (const change of ["remove", "password"] as const) {
    const chat = new Chat({ store: storeWithAccounts(["Alice", "secret"]) });
    const outcome = enterLater(chat, { password: "secret" });
    chat.store.accounts!.remove("alice");
    if (change === "password") chat.store.accounts!.save(accountOf("Alice", "another"));
    assertEquals(await outcome, "wrong_password, asks password");
  }
});

Deno.test("authenticator: when too many passwords are being checked nobody is let in for that", async () => {
  const chat = new Chat({ store: storeWithAccounts(["Alice", "secret"]) });
  chat.isBusy = true;
  for (let count = 0; count < 5; count++) {
    assertEquals(await enterLater(chat, { password: "secret" }), "too_busy, asks password");
  }
  chat.isBusy = false;
  assertEquals(await enterLater(chat, { password: "secret" }), "Alice lobby known");
});
