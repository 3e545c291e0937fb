import { assert, assertEquals, assertLess } from "@std/assert";
import { Buffer } from "node:buffer";
import { MIN_CHUNK_BYTES } from "../../../../protocol/mod.ts";
import { Chat, refusal, type TestClient } from "../../chat.ts";

const LIMITS = { softBytes: 200, softMilliseconds: 1000, hardBytes: 2000 };

/** The types of the frames of a client, without those of the room. */
const types = (client: TestClient) =>
  client.frames().map(({ type }) => type).filter((type) => type !== "message");

/** Alice has offered Bob a file, and neither reads. */
function offered(size: number) {
  const chat = new Chat();
  const [alice, bob] = ["Alice", "Bob"].map((name) => {
    const client = chat.connect("json", { limits: LIMITS });
    client.say({ type: "hello", name });
    return client;
  }) as [TestClient, TestClient];
  alice.say({ type: "offer", to: "Bob", name: "a.txt", size });
  for (const each of [alice, bob]) {
    each.received();
    each.isStalled = true;
  }
  return { chat, alice, bob };
}

/** Messages of the room are skipped for the clients that do not read. */
function makeThemSkip(chat: Chat) {
  const carol = chat.join("Carol");
  for (let count = 0; count < 3; count++) {
    carol.say({ type: "message", text: "x".repeat(200) });
    chat.clock.advance(LIMITS.softMilliseconds + 1);
  }
}

/** The clients read all that waits. */
function read(chat: Chat, ...clients: TestClient[]) {
  for (const each of clients) each.isStalled = false;
  for (let count = 0; count < 3; count++) chat.flush();
}

const SHA256 = "0".repeat(64);
const ACCEPT = { type: "accept", file: 1 };

const chunk = (bytes: number) => (
  { type: "chunk", transfer: 1, data: Buffer.alloc(bytes).toString("base64") }
);
const received = (bytes: number) => ({ type: "received", transfer: 1, bytes });

Deno.test("transfers: a client whose messages are skipped gets all frames of its file", () => {
  const { chat, alice, bob } = offered(10);
  makeThemSkip(chat);
  assert(alice.subscriber.isBehind && bob.subscriber.isBehind);
  bob.say(ACCEPT);
  alice.say(chunk(10), { type: "finish", transfer: 1, sha256: SHA256 });
  bob.say(received(10), { type: "complete", transfer: 1 });
  read(chat, alice, bob);
  assertEquals(types(alice), ["accepted", "received", "complete", "skipped"]);
  assertEquals(types(bob), ["accepted", "chunk", "finish", "skipped"]);
});

Deno.test("transfers: a client whose messages are skipped gets the end of its transfer", () => {
  for (const index of [0, 1] as const) {
    const { chat, alice, bob } = offered(10);
    const sides = [alice, bob] as const;
    makeThemSkip(chat);
    bob.say(ACCEPT);
    sides[index].say({ type: "cancel", transfer: 1 });
    read(chat, alice, bob);
    assert(types(sides[1 - index]!).includes("cancelled"), `side ${index} cancels`);
  }
});

Deno.test("transfers: a client whose messages are skipped gets the end of its offers", () => {
  const { chat, alice, bob } = offered(10);
  alice.say({ type: "offer", to: "Bob", name: "b.txt", size: 10 });
  makeThemSkip(chat);
  bob.say({ type: "refuse", file: 1 });
  alice.say({ type: "withdraw", file: 2 });
  read(chat, alice);
  assertEquals(types(alice), ["refused", "withdrawn", "skipped"]);
});

/** A transfer to Bob, who reads, from Alice, who does not. */
function deafSender(size: number) {
  const { chat, alice, bob } = offered(size);
  bob.isStalled = false;
  bob.say(ACCEPT);
  return { chat, alice, bob };
}

/** The number of bytes in the last confirmation that a client got. */
function lastConfirmed(client: TestClient): number | undefined {
  const last = client.frames().findLast((frame) => frame.type === "received");
  return last?.type === "received" ? last.bytes : undefined;
}

Deno.test("transfers: confirmations stay within the bound of a sender that does not read them", () => {
  const { chat, alice, bob } = deafSender(10_000_000);
  for (let count = 1; count <= 200; count++) {
    alice.say(chunk(MIN_CHUNK_BYTES));
    bob.say(received(count * MIN_CHUNK_BYTES));
  }
  assertEquals(chat.files.transfers.size, 1, "the transfer goes on");
  assertLess(alice.subscriber.outbox.waitingBytes, LIMITS.hardBytes + 100);
  read(chat, alice);
  chat.advance(1000);
  assertEquals(lastConfirmed(alice), 200 * MIN_CHUNK_BYTES, "the last one replaces the others");
  chat.advance(1000);
  assertEquals(types(alice), [], "once");
});

Deno.test("transfers: small confirmations are held back from a sender that is behind", () => {
  const { chat, alice, bob } = deafSender(100_000);
  alice.say(chunk(MIN_CHUNK_BYTES));
  for (let bytes = 1; bytes <= 200; bytes++) bob.say(received(bytes));
  assertLess(alice.subscriber.outbox.waitingBytes, LIMITS.hardBytes / 2 + 100);
  read(chat, alice);
  chat.advance(1000);
  assertEquals(lastConfirmed(alice), 200);
});

Deno.test("transfers: none starts with a sender whose output is over its bound", () => {
  const { chat, alice, bob } = offered(10);
  bob.isStalled = false;
  chat.join("Carol").say({ type: "message", text: "x".repeat(LIMITS.hardBytes) });
  chat.join("Dave").say({ type: "message", text: "x" });
  assertEquals(refusal(bob, { type: "accept", file: 1, id: "7" }), ["files_busy", "7"]);
  read(chat, alice);
  bob.say(ACCEPT);
  assert(types(alice).includes("accepted"), "the offer stood");
});
