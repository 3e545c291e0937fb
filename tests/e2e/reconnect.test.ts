/**
 * A client over a network that breaks: nothing is lost and nothing doubled, in either direction.
 */

import { setImmediate } from "node:timers";
import { assert, assertEquals } from "@std/assert";
import { ChatClient, type ChatEvent, openTcp, type OpenTransport } from "../../client/mod.ts";
import { startForwarder } from "../support/forwarder.ts";
import { RawClient } from "../support/raw_client.ts";
import { startServer } from "../support/server.ts";

const MESSAGES = 400;

/** All that a client receives up to the last message. */
async function heardBy(client: ChatClient, last: string): Promise<string[]> {
  const received: string[] = [];
  for await (const event of client.events()) {
    if (event.type === "skipped") throw new Error(`skipped ${event.count}`);
    if (event.type === "message" || event.type === "whisper") received.push(event.text);
    if (received.at(-1) === last) break;
  }
  return received;
}

/** Says numbered messages, some of them as whispers, a few at a time. */
async function talk(client: ChatClient, to: string, between: (said: number) => void) {
  const said: Promise<unknown>[] = [];
  for (let number = 1; number <= MESSAGES; number++) {
    const text = `${client.name} ${number}`;
    said.push(number % 10 === 0 ? client.whisper(to, text) : client.send(text));
    between(number);
    if (number % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.all(said);
}

for (const trouble of ["cut", "hold"] as const) {
  Deno.test(`a network that is ${trouble} now and then loses and doubles nothing`, async () => {
    await using server = await startServer({ graceMilliseconds: 10_000 });
    await using network = await startForwarder(server.port);
    const reconnect = { firstDelayMilliseconds: 5, maxDelayMilliseconds: 20 };
    await using near = await ChatClient.connect({ name: "near", port: server.port });
    await using far = await ChatClient.connect({ name: "far", port: network.port, reconnect });
    const received = Promise.all([
      heardBy(near, `far ${MESSAGES}`),
      heardBy(far, `near ${MESSAGES}`),
    ]);
    const breaks = (said: number) => {
      if (said % 100 === 30) network[trouble]();
      if (said % 100 === 60) network.mend();
    };
    await Promise.all([talk(near, "far", () => {}), talk(far, "near", breaks)]);
    const [byNear, byFar] = await received;
    const all = (name: string) => Array.from({ length: MESSAGES }, (_, n) => `${name} ${n + 1}`);
    const sorted = (texts: string[]) => texts.toSorted((a, b) => numberOf(a) - numberOf(b));
    assertEquals(sorted(byNear), all("far"));
    assertEquals(sorted(byFar), all("near"));
    // Messages of the room keep their order, and so do whispers.
    for (const texts of [byNear, byFar]) {
      const numbers = texts.map(numberOf);
      for (const kind of [numbers.filter((n) => n % 10 > 0), numbers.filter((n) => n % 10 === 0)]) {
        assertEquals(kind, kind.toSorted((a, b) => a - b));
      }
    }
    assert(far.unacknowledged === 0 && near.unacknowledged === 0);
  });
}

Deno.test("what is said behind a change of room is said there, though there is no connection", async () => {
  await using server = await startServer();
  await using network = await startForwarder(server.port);
  const inLobby = await RawClient.join(server.port, "person");
  const inTea = await RawClient.hello(server.port, { name: "drinker", rooms: ["tea"] });
  const reconnect = { firstDelayMilliseconds: 5, maxDelayMilliseconds: 20 };
  await using far = await ChatClient.connect({ name: "far", port: network.port, reconnect });
  network.cut();
  for await (const event of far.events()) if (event.type === "connection") break;
  const said: Promise<unknown>[] = [
    far.send("open"),
    far.join("tea"),
    far.send("secret", { room: "tea" }),
  ];
  said.push(far.leave("tea"));
  network.mend();
  await Promise.all([...said, far.send("open again")]);
  assertEquals((await inTea.client.frame("message")).text, "secret");
  await inLobby.until("far: open again\n");
  assert(inLobby.received.includes("far: open\n") && !inLobby.received.includes("secret"));
  inLobby.close();
  inTea.client.close();
});

Deno.test("a client that missed its change of room learns of it, and sends nothing wrong there", async () => {
  await using server = await startServer();
  await using network = await startForwarder(server.port);
  const { client: inTea } = await RawClient.hello(server.port, { name: "drinker", rooms: ["tea"] });
  let connections = 0;
  let isFirstDeaf = false;
  const openTransport: OpenTransport = (endpoint, listener) => {
    const isFirst = ++connections === 1;
    return openTcp(endpoint, {
      opened: () => listener.opened(),
      received: (bytes) => (isFirst && isFirstDeaf) || listener.received(bytes),
      closed: (error) => listener.closed(error),
    });
  };
  await using far = await ChatClient.connect({
    name: "far",
    port: network.port,
    reconnect: { firstDelayMilliseconds: 5, maxDelayMilliseconds: 20 },
    openTransport,
  });
  isFirstDeaf = true;
  const said = far.send("for the lobby");
  const joined = far.join("tea");
  await inTea.frame("joined");
  inTea.sendFrame({ type: "message", text: "missed", id: "1" });
  await inTea.frame("ack");
  network.cut();
  network.mend();
  assertEquals((await joined).room, "tea");
  assertEquals((await said).room, "lobby");
  const events: ChatEvent[] = [];
  for await (const event of far.events()) {
    events.push(event);
    if (event.type === "message") break;
  }
  assertEquals(events.slice(-3).map(({ type }) => type), ["connection", "joined", "message"]);
  await far.send("for tea", { room: "tea" });
  assertEquals((await inTea.frame("message")).text, "for tea");
  inTea.close();
});

function numberOf(text: string): number {
  return Number(text.split(" ")[1]);
}
