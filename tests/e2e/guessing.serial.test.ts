/**
 * Guessing passwords gets nowhere, and keeps nobody out; registering in a loop delays nobody.
 */

import { assert, assertEquals } from "@std/assert";
import type { Socket } from "node:net";
import { addAccount, withData } from "../support/accounts.ts";
import { connectFrom } from "../support/addresses.ts";
import { readMetric } from "../support/metrics.ts";
import { RawClient } from "../support/raw_client.ts";
import { startServer } from "../support/server.ts";
import { eventually } from "../support/eventually.ts";

const PASSWORD = "open sesame";

/** Connects from an address of this machine. */
async function from(address: string, port: number): Promise<RawClient> {
  const socket: Socket = await connectFrom(address, port);
  socket.setNoDelay(true);
  return RawClient.on(socket);
}

/** The answer to one `hello` over a connection of its own: `welcome`, or the code of the error. */
async function hello(
  port: number,
  fields: Record<string, unknown>,
  address = "127.0.0.1",
): Promise<{ answer: string; seconds?: number; client: RawClient }> {
  const client = await from(address, port);
  client.sendFrame({ type: "hello", name: "Ann", ...fields });
  const { type, code, seconds } = await client.frame();
  return { answer: code ?? type, seconds, client };
}

/** How many of the answers are of each kind. */
function tally(answers: readonly { answer: string }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { answer } of answers) counts[answer] = (counts[answer] ?? 0) + 1;
  return counts;
}

/** Milliseconds that something takes. */
async function timed<Result>(work: Promise<Result>): Promise<[Result, number]> {
  const start = performance.now();
  return [await work, performance.now() - start];
}

Deno.test("a hundred guesses at once are few checks, and refused at once with the seconds", () =>
  withData({}, async ({ port, data }) => {
    await addAccount(data, "Ann", PASSWORD);
    const guesses = await Promise.all(
      Array.from({ length: 100 }, (_, number) => hello(port, { password: `guess ${number}` })),
    );
    assertEquals(tally(guesses), { wrong_password: 3, too_many_attempts: 97 });
    for (const { answer, seconds, client } of guesses) {
      if (answer === "too_many_attempts") assert(seconds! > 0 && seconds! <= 60);
      client.close();
    }
    // The answer to the right one, too, comes at once from there.
    const [{ answer, client }, milliseconds] = await timed(hello(port, { password: PASSWORD }));
    assertEquals(answer, "too_many_attempts");
    assert(milliseconds < 1000, `${milliseconds} ms`);
    client.close();
    assertEquals(await readMetric(port, "hubbub_wrong_passwords_total"), 3);
  }));

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
    const stranger = await hello(port, { password: PASSWORD }, "127.0.2.1");
    assertEquals(stranger.answer, "too_many_attempts");
    const owner = await hello(port, { password: PASSWORD });
    assertEquals(owner.answer, "welcome", "from where she has been before");
    for (const { client } of [...guesses, stranger, owner]) client.close();
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

Deno.test("the server's password is guessed no faster", async () => {
  await using server = await startServer({ serverPassword: "sesame" });
  const { port } = server;
  (await hello(port, { name: "Bob", serverPassword: "sesame" })).client.close();
  const guesses = await Promise.all(
    Array.from(
      { length: 100 },
      (_, number) => hello(port, { serverPassword: "wrong" }, `127.0.1.${number % 50 + 1}`),
    ),
  );
  const { server_password_wrong = 0, too_many_attempts = 0 } = tally(guesses);
  assertEquals(server_password_wrong + too_many_attempts, 100);
  assert(server_password_wrong <= 10, String(server_password_wrong));
  const known = await hello(port, { serverPassword: "sesame" });
  assertEquals(known.answer, "welcome");
  for (const { client } of [...guesses, known]) client.close();
});

Deno.test("seventy clients that register in a loop delay no login", () =>
  withData({ registrationsPerHour: 0 }, async ({ port, data }) => {
    await addAccount(data, "Ann", PASSWORD);
    let isOver = false;
    let registered = 0;
    const loops = Array.from({ length: 70 }, async (_, number) => {
      while (!isOver) {
        const name = `reg${number}x${registered}`.slice(0, 32);
        const { client, answer } = await hello(port, { name }, `127.0.1.${number + 1}`);
        if (answer !== "welcome") {
          client.close();
          continue;
        }
        client.sendFrame({ type: "register", password: PASSWORD });
        while (true) {
          const { type, code } = await client.frame();
          if (type === "notice") registered++;
          if (type === "notice" || code !== undefined) break;
        }
        client.close();
      }
    });
    await eventually(() => registered >= 3, "three registrations");
    const times: number[] = [];
    for (let count = 0; count < 5; count++) {
      const [{ answer, client }, milliseconds] = await timed(hello(port, { password: PASSWORD }));
      assertEquals(answer, "welcome");
      client.close();
      times.push(milliseconds);
    }
    isOver = true;
    await Promise.all(loops);
    console.log(`logins: ${times.map(Math.round)} ms, names registered meanwhile: ${registered}`);
    assert(times.toSorted((one, other) => one - other)[2]! < 1000, String(times));
  }));
