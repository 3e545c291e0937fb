/** Guesses are refused at once, and registering in a loop delays no login. */

import { assert, assertEquals } from "@std/assert";
import { addAccount, withData } from "../support/accounts.ts";
import { eventually } from "../support/eventually.ts";
import { readMetric } from "../support/metrics.ts";
import { startServe } from "../support/program.ts";
import type { RawClient } from "../support/raw_client.ts";
import { withEmptyFolder } from "../../tools/repository.ts";
import { hello, PASSWORD, tally } from "./guesses.ts";

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

/** The median time of five logins, and how many names were registered during each. */
async function timeLogins(port: number, registered: () => number) {
  const times: number[] = [];
  const registrations: number[] = [];
  for (let count = 0; count < 5; count++) {
    const before = registered();
    const [{ answer, client }, milliseconds] = await timed(hello(port, { password: PASSWORD }));
    registrations.push(registered() - before);
    assertEquals(answer, "welcome");
    client.close();
    times.push(milliseconds);
  }
  return { median: times.toSorted((one, other) => one - other)[2]!, times, registrations };
}

/** The result of a registration; `undefined` if the connection ended. It waits as long as the queue is:
 * 16 registrations take ten hashes each. */
async function registrationResult(
  client: RawClient,
): Promise<"registered" | "refused" | undefined> {
  while (true) {
    try {
      const { type, code } = await client.frame();
      if (code !== undefined) return "refused";
      if (type === "notice") return "registered";
    } catch (error) {
      if (client.isEnded) return undefined;
      if (error instanceof SyntaxError) throw error;
    }
  }
}

// The server is a process of its own: it ends with all registrations that wait, which take a minute.
Deno.test("seventy clients that register in a loop delay no login", () =>
  withEmptyFolder(async (data) => {
    await addAccount(data, "Ann", PASSWORD);
    await using server = await startServe(["--data", data, "--registrations", "off"]);
    const { port } = server;
    let isOver = false;
    const counts = { registered: 0, refused: 0 };
    const clients = new Set<RawClient>();
    const loops = Array.from({ length: 70 }, async (_, number) => {
      while (!isOver) {
        const name = `reg${number}x${counts.registered}`.slice(0, 32);
        const { client, answer } = await hello(port, { name }, `127.0.1.${number + 1}`);
        clients.add(client);
        if (answer === "welcome") {
          client.sendFrame({ type: "register", password: PASSWORD });
          const result = await registrationResult(client);
          if (result !== undefined) counts[result]++;
        }
        clients.delete(client);
        client.close();
      }
    });
    try {
      await eventually(
        () => counts.registered > 0 && counts.refused > 0,
        "a registration, and a full queue",
      );
      const { median, times, registrations } = await timeLogins(port, () => counts.registered);
      console.log(
        `logins: ${times.map(Math.round)} ms, names registered meanwhile: ${registrations}`,
      );
      // The one that is being hashed, and the next if it starts before the login arrives; 16 wait.
      assert(Math.max(...registrations) <= 2, String(registrations));
      assert(median < 1000, String(times));
    } finally {
      isOver = true;
      for (const client of clients) client.close();
      await Promise.all(loops);
    }
  }));
