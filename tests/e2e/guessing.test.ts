/**
 * Guessing passwords gets nowhere, and locks no owner out; guessing_times.serial.test.ts checks the times.
 */

import { assert, assertEquals } from "@std/assert";
import { addAccount, withData } from "../support/accounts.ts";
import { startServer } from "../support/server.ts";
import { hello, PASSWORD, tally } from "./guesses.ts";

Deno.test("a hundred addresses that guess have ten checks, and the owner comes in meanwhile", () =>
  withData({}, async ({ port, data, log }) => {
    await addAccount(data, "Ann", PASSWORD);
    const first = await hello(port, { password: PASSWORD });
    assertEquals(first.answer, "welcome");
    first.client.close();
    const guesses = await Promise.all(
      Array.from(
        { length: 100 },
        (_, number) => hello(port, { password: "wrong guess" }, `127.0.1.${number + 1}`),
      ),
    );
    const { wrong_password = 0, too_many_attempts = 0 } = tally(guesses);
    assertEquals(wrong_password + too_many_attempts, 100);
    assert(wrong_password <= 10, String(wrong_password));
    const outsider = await hello(port, { password: PASSWORD }, "127.0.2.1");
    assertEquals(outsider.answer, "too_many_attempts");
    const owner = await hello(port, { password: PASSWORD });
    assertEquals(owner.answer, "welcome", "from where she has been before");
    for (const { client } of [...guesses, outsider, owner]) client.close();
    const audited = log.filter(({ level, event }) =>
      level === "audit" && event === "wrong password"
    );
    assertEquals(audited.length, wrong_password);
  }));

Deno.test("guesses at other accounts keep no owner behind the same address out", () =>
  withData({}, async ({ port, data }) => {
    await addAccount(data, "Ann", PASSWORD);
    for (let number = 0; number < 10; number++) await addAccount(data, `guest${number}`, PASSWORD);
    (await hello(port, { password: PASSWORD })).client.close();
    const guesses = await Promise.all(
      Array.from(
        { length: 100 },
        (_, number) => hello(port, { name: `guest${number % 10}`, password: "wrong guess" }),
      ),
    );
    const { wrong_password = 0 } = tally(guesses);
    assert(wrong_password <= 20, String(wrong_password));
    const owner = await hello(port, { password: PASSWORD });
    assertEquals(owner.answer, "welcome");
    for (const { client } of [...guesses, owner]) client.close();
  }));

Deno.test("known addresses outlive the server", async () => {
  const data = await Deno.makeTempDir();
  try {
    await addAccount(data, "Ann", PASSWORD);
    {
      await using server = await startServer({ data });
      (await hello(server.port, { password: PASSWORD })).client.close();
    }
    await using server = await startServer({ data });
    const guesses = await Promise.all(
      Array.from(
        { length: 50 },
        (_, number) => hello(server.port, { password: "wrong guess" }, `127.0.1.${number + 1}`),
      ),
    );
    const owner = await hello(server.port, { password: PASSWORD });
    assertEquals(owner.answer, "welcome");
    for (const { client } of [...guesses, owner]) client.close();
  } finally {
    await Deno.remove(data, { recursive: true });
  }
});

Deno.test("an address has three guesses at the server's password, and keeps no new user out", async () => {
  await using server = await startServer({ serverPassword: "sesame" });
  const { port } = server;
  (await hello(port, { name: "Bob", serverPassword: "sesame" })).client.close();
  const addresses = 10;
  const guesses = await Promise.all(
    Array.from(
      { length: 100 },
      (_, number) => hello(port, { serverPassword: "wrong" }, `127.0.1.${number % addresses + 1}`),
    ),
  );
  const { server_password_wrong = 0, too_many_attempts = 0 } = tally(guesses);
  assertEquals(server_password_wrong + too_many_attempts, 100);
  assertEquals(server_password_wrong, 3 * addresses);
  const known = await hello(port, { serverPassword: "sesame" });
  assertEquals(known.answer, "welcome");
  const unknown = await hello(port, { name: "Eve", serverPassword: "sesame" }, "127.0.2.1");
  assertEquals(unknown.answer, "welcome", "a new user");
  for (const { client } of [...guesses, known, unknown]) client.close();
});
