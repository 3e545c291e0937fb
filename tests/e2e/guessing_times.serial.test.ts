/** Guesses are refused at once, and registering in a loop delays no login. */

import { assert, assertEquals } from "@std/assert";
import { addAccount, withData } from "../support/accounts.ts";
import { eventually } from "../support/eventually.ts";
import { readMetric } from "../support/metrics.ts";
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
