/**
 * Many clients at the same time: nothing is lost, nothing doubled, all are notified.
 */

import { assert, assertEquals } from "@std/assert";
import { RawClient } from "../support/raw_client.ts";
import { startServer } from "../support/server.ts";
import { eventually } from "../support/eventually.ts";

const CLIENTS = 128;
const MESSAGES = 20;

/** How often each message of each sender came in, in order: checks and returns the number. */
function countMessages(received: string, own: string, present: readonly string[]): number {
  const next = new Map(present.map((name) => [name, 0]));
  let count = 0;
  for (const [, from, number] of received.matchAll(/\] (\w+): message (\d+)\n/g)) {
    assert(from !== own, `${own} got its own message`);
    assertEquals(Number(number), next.get(from!), `the next message of ${from} to ${own}`);
    next.set(from!, Number(number) + 1);
    count++;
  }
  return count;
}

Deno.test("T12 128 clients join, talk and leave at the same time: nothing lost or doubled", async () => {
  await using server = await startServer({ maxClients: CLIENTS });
  const names = Array.from({ length: CLIENTS }, (_, index) => `user${index}`);
  const clients = await Promise.all(names.map((name) => RawClient.join(server.port, name)));
  // From here on all receive each other's messages.
  await Promise.all(clients.map(async (client) => {
    for (let number = 0; number < MESSAGES; number++) {
      await client.sendSegment(`message ${number}\n`);
    }
    client.send("/whisper user0 done\n");
    await client.until("[WHISPER to user0]: done\n");
  }));
  // Each asks for the list: its answer comes behind all that was said before.
  await Promise.all(clients.map(async (client) => {
    client.send("/users\n");
    await client.until(`Online users (${CLIENTS}): `);
    await client.until("\n");
  }));
  for (const [index, client] of clients.entries()) {
    const count = countMessages(client.received, names[index]!, names);
    assertEquals(count, (CLIENTS - 1) * MESSAGES, `messages to ${names[index]}`);
  }
  const watcher = clients[0]!;
  for (const client of clients.slice(1)) client.send("/quit\n");
  await Promise.all(clients.slice(1).map((client) => client.untilEnd()));
  const isGone = (name: string) =>
    watcher.received.includes(`*** ${name} has left the chat. ***\n`);
  while (!names.slice(1).every(isGone)) await watcher.until("has left the chat. ***\n");
  watcher.send("/users\n");
  await watcher.until("Online users (1): user0\n");
  for (const name of names.slice(1)) {
    const notices = watcher.received.split(`*** ${name} has left the chat. ***\n`).length - 1;
    assertEquals(notices, 1, `leave notices of ${name}`);
  }
  watcher.close();
});

Deno.test("clients that join and leave in the middle of it lose nothing while they are there", async () => {
  await using server = await startServer();
  const talker = await RawClient.join(server.port, "talker");
  const guests = await Promise.all(Array.from({ length: 64 }, async (_, index) => {
    const guest = await RawClient.join(server.port, `guest${index}`);
    guest.send("here\n");
    for (let number = 0; number < 10; number++) talker.send(`to guests ${number}\n`);
    guest.send("/quit\n");
    await guest.untilEnd();
    return guest;
  }));
  for (const guest of guests) {
    const numbers = [...guest.received.matchAll(/talker: to guests (\d)\n/g)].map(([, n]) =>
      Number(n)
    );
    for (const [index, number] of numbers.entries()) {
      if (index > 0) assertEquals(number, (numbers[index - 1]! + 1) % 10, "no gap, no double");
    }
  }
  talker.send("/users\n");
  await talker.until("Online users (1): talker\n");
  talker.close();
});

Deno.test("one more than --max-clients gets the reason, and joins when a client has left", async () => {
  await using server = await startServer({ maxClients: CLIENTS });
  const clients = await Promise.all(
    Array.from({ length: CLIENTS }, (_, index) => RawClient.join(server.port, `user${index}`)),
  );
  const person = await RawClient.connect(server.port);
  const told = await person.untilEnd();
  assert(told.includes(`[ERROR]: Server is full (${CLIENTS} of ${CLIENTS}).`), told);
  const program = await RawClient.connect(server.port);
  program.sendFrame({ type: "hello", name: "one-too-many" });
  assertEquals((await program.frame()).code, "server_full");
  await program.untilEnd();

  clients[0]!.send("/quit\n");
  await clients[0]!.untilEnd();
  clients[0]!.close();
  await clients[1]!.until("*** user0 has left the chat. ***\n");
  // The place is free once the server has seen the connection closed.
  let guest!: RawClient;
  await eventually(async () => {
    guest = await RawClient.connect(server.port);
    const isFull = (await guest.until(/Enter your username: |Server is full/)).includes("full");
    if (isFull) guest.close();
    return !isFull;
  }, "a free place");
  guest.send("latecomer\n");
  await guest.until("Welcome, latecomer!");
  for (const client of [...clients, guest]) client.close();
});
