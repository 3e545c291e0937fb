/**
 * Bans of ranges and mutes by person and address, over a restart of the server.
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { connectFrom, joinFrom } from "../support/addresses.ts";
import { readMetric } from "../support/metrics.ts";
import { RawClient } from "../support/raw_client.ts";
import { startServer, type TestServer } from "../support/server.ts";

/** macOS has 127.0.0.1 alone. */
const test = Deno.build.os === "darwin" ? Deno.test.ignore : Deno.test;

const PASSWORD = "correct horse";

/** A folder in which the names Op and Known are registered. */
async function dataFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await Deno.makeTempDir();
  {
    await using server = await startServer({ data: path });
    for (const name of ["Op", "Known"]) {
      const client = await RawClient.join(server.port, name);
      client.send(`/register ${PASSWORD}\n`);
      await client.until(`The name ${name} is yours`);
      client.close();
    }
  }
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

const start = (data: string): Promise<TestServer> => startServer({ data, operators: ["Op"] });

/** Joins with the password of a registered name. */
async function joinWithPassword(
  address: string,
  port: number,
  name: string,
): Promise<RawClient> {
  const client = RawClient.on(await connectFrom(address, port));
  await client.until("Enter your username: ");
  client.send(`${name}\n`);
  await client.until("Password: ");
  client.send(`${PASSWORD}\n`);
  await client.until("available commands.\n");
  return client;
}

test("a ban of a range keeps its addresses out, also after a restart, until it is taken back", async () => {
  await using data = await dataFolder();
  {
    await using server = await start(data.path);
    const op = await joinWithPassword("127.0.0.1", server.port, "Op");
    const inside = await joinFrom("127.0.7.9", server.port, "inside");
    const outside = await joinFrom("127.0.8.1", server.port, "outside");
    op.send("/ban 127.0.7.0/24 1h too much spam\n");
    await op.until("[SYSTEM]: 127.0.7.0/24 is banned.\n");
    assertStringIncludes(
      await inside.untilEnd(),
      "You were banned by Op: too much spam.",
    );
    outside.send("still here\n");
    await op.until("outside: still here\n");
    op.send("/bans\n");
    await op.until(
      /\[SYSTEM\]: Bans \(1\):\n.*127\.0\.7\.0\/24 by Op until 20[\d-]+ \d\d:\d\d UTC\S*: too much spam\n/,
    );
    outside.send("/bans\n");
    await outside.until("[ERROR]: Only operators may do that.\n");
    assertEquals(await readMetric(server.port, "hubbub_bans"), 1);
    for (const client of [op, inside, outside]) client.close();
  }
  await using server = await start(data.path);
  const back = RawClient.on(await connectFrom("127.0.7.200", server.port, "back\n"));
  assertStringIncludes(await back.untilEnd(), "[ERROR]: You are banned from this server until ");
  const op = await joinWithPassword("127.0.0.1", server.port, "Op");
  op.send("/unban 127.0.7.5/24\n");
  await op.until("is no longer banned.\n");
  const again = await joinFrom("127.0.7.200", server.port, "again");
  for (const client of [back, op, again]) client.close();
});

test("a mute holds under another name, from the same address and after a restart", async () => {
  await using data = await dataFolder();
  {
    await using server = await start(data.path);
    const op = await joinWithPassword("127.0.0.2", server.port, "Op");
    const loud = await joinFrom("127.0.0.2", server.port, "loud");
    const known = await joinWithPassword("127.0.0.2", server.port, "Known");
    op.send("/mute loud 1h\n");
    await op.until("[SYSTEM]: loud is muted.\n");
    loud.send("read me\n");
    await loud.until(/\[ERROR\]: An operator has muted you until 20.* UTC\S*\. Your messages/);
    loud.send("/nick other\n/register x\n/quit\n");
    await loud.until("[ERROR]: An operator has muted you until ");
    await loud.until("[ERROR]: An operator has muted you until ");
    await loud.untilEnd();
    const other = await joinFrom("127.0.0.2", server.port, "other");
    other.send("read me now\n");
    await other.until("[ERROR]: An operator has muted you until ");
    known.send("I gave a password\n");
    await op.until("Known: I gave a password\n");
    op.send("so did I\n");
    await known.until("Op: so did I\n");
    for (const client of [op, loud, known, other]) client.close();
    assertEquals(await readMetric(server.port, "hubbub_mutes"), 1);
  }
  await using server = await start(data.path);
  const op = await joinWithPassword("127.0.0.1", server.port, "Op");
  const third = await joinFrom("127.0.0.2", server.port, "third");
  third.send("and now?\n");
  await third.until("[ERROR]: An operator has muted you until ");
  const sameName = await joinFrom("127.0.0.3", server.port, "loud");
  sameName.send("from elsewhere?\n");
  await sameName.until("[ERROR]: An operator has muted you until ");
  op.send("/unmute loud\n");
  await op.until("[SYSTEM]: loud may speak again.\n");
  third.send("at last\n");
  await op.until("third: at last\n");
  sameName.send("me too\n");
  await op.until("loud: me too\n");
  assert(!op.received.includes("and now?"));
  for (const client of [op, third, sameName]) client.close();
});
