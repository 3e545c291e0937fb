import { assert, assertEquals, assertLess } from "@std/assert";
import { Buffer } from "node:buffer";
import {
  type ClientFrame,
  MAX_CHUNK_BYTES,
  MAX_FILES_PER_PERSON,
  MIN_CHUNK_BYTES,
  OFFER_SECONDS,
  TRANSFER_SILENCE_SECONDS,
  TRANSFER_WINDOW_BYTES,
} from "../../../../protocol/mod.ts";
import { answers, Chat, refusal, type TestClient } from "../../chat.ts";

const SHA256 = "0".repeat(64);
const CHUNKS_PER_WINDOW = Math.floor(TRANSFER_WINDOW_BYTES / MAX_CHUNK_BYTES);

const offerTo = (to: string, size = 10): ClientFrame => ({
  type: "offer",
  to,
  name: "a.txt",
  size,
  id: "o",
});

function chunk(bytes: number, transfer = 1): ClientFrame {
  return { type: "chunk", transfer, data: Buffer.alloc(bytes).toString("base64") };
}

/** A chat in which Alice sends Bob a file. */
function sending(size: number) {
  const chat = new Chat();
  const [alice, bob] = [chat.join("Alice"), chat.join("Bob")];
  alice.say(offerTo("Bob", size));
  bob.say({ type: "accept", file: 1 });
  for (const each of [alice, bob]) each.received();
  return { chat, alice, bob };
}

/** The types of the frames of a client. */
const types = (person: TestClient) => person.frames().map(({ type }) => type);

Deno.test("files: an offer is sent to its recipient, accepted, and relayed", () => {
  const chat = new Chat();
  const [alice, bob, carol] = [chat.join("Alice"), chat.join("Bob"), chat.join("Carol")];
  for (const each of [alice, bob]) each.received();
  assertEquals(answers(alice, offerTo("bOB", 3)), [{ type: "ack", id: "o", file: 1 }]);
  const offered = { type: "offered", file: 1, from: "Alice", to: "Bob", name: "a.txt" } as const;
  assertEquals(bob.frames(), [{ ...offered, size: 3, time: chat.clock.now() }]);
  const accepted = { type: "accepted", file: 1, transfer: 1, by: "Bob" } as const;
  assertEquals(answers(bob, { type: "accept", file: 1, id: "x" }), [
    accepted,
    { type: "ack", id: "x", file: 1 },
  ]);
  assertEquals(alice.frames(), [accepted]);
  const piece = { type: "chunk", transfer: 1, data: "aGkh" } as const;
  assertEquals(answers(alice, piece), []);
  assertEquals(bob.frames(), [piece]);
  const received = { type: "received", transfer: 1, bytes: 3 } as const;
  assertEquals(answers(bob, received), []);
  assertEquals(alice.frames(), [received]);
  const finish = { type: "finish", transfer: 1, sha256: SHA256 } as const;
  assertEquals(answers(alice, finish), []);
  assertEquals(bob.frames(), [finish]);
  assertEquals(answers(bob, { type: "complete", transfer: 1 }), []);
  assertEquals(alice.frames(), [{ type: "complete", transfer: 1 }]);
  assertEquals(carol.frames(), [], "no other client receives it");
  assertEquals([chat.files.transfers.size, chat.metrics.relayedBytes], [0, 3]);
});

Deno.test("files: one offered to the room goes to all who accept, except those who ignore the sender", () => {
  const chat = new Chat();
  const [alice, bob, carol] = [chat.join("Alice"), chat.join("Bob"), chat.join("Carol")];
  const [dave, text] = [chat.join("Dave"), chat.join("Nat", "text")];
  const elsewhere = chat.join("Eve", "json", "tea");
  dave.say({ type: "ignore", name: "Alice" });
  for (const each of chat.clients) each.received();
  const ack = { type: "ack", id: "o", room: "lobby", file: 1 } as const;
  assertEquals(answers(alice, offerTo("LOBBY")), [ack]);
  for (const each of [bob, carol]) {
    const [offered] = each.frames();
    assert(offered?.type === "offered" && offered.to === "lobby" && offered.room === true);
    assertEquals(answers(each, { type: "accept", file: 1 }).map(({ type }) => type), ["accepted"]);
    assertEquals(refusal(each, { type: "accept", file: 1, id: "7" }), ["no_such_file", "7"]);
  }
  assertEquals(alice.frames().map((frame) => "by" in frame && frame.by), ["Bob", "Carol"]);
  assertEquals(types(dave), []);
  assertEquals(refusal(elsewhere, { type: "accept", file: 1, id: "7" }), ["no_such_file", "7"]);
  assertEquals(
    text.received(),
    "[12:00:00] *** Alice offers the file a.txt (10 bytes). " +
      "hubbub chat on a terminal and browsers can receive it. ***\n",
  );
  dave.say({ type: "refuse", file: 1 });
  assertEquals(alice.frames(), [{ type: "refused", file: 1, by: "Dave" }]);
  assertEquals(types(bob), [], "only the sender is informed");
});

Deno.test("files: a user comes before a room of the same name, and # is the room", () => {
  const chat = new Chat();
  const [alice, room] = [chat.join("Alice", "json", "tea"), chat.join("Tea", "json", "tea")];
  alice.received();
  answers(alice, offerTo("tea"));
  answers(alice, offerTo("#tea"));
  const offered = room.frames().map((frame) => frame.type === "offered" && frame.file);
  assertEquals(offered, [1, 2]);
  room.say({ type: "refuse", file: 1 }, { type: "refuse", file: 2 });
  const refused = [1, 2].map((file) => ({ type: "refused", file, by: "Tea" } as const));
  assertEquals(alice.frames(), refused);
});

Deno.test("files: recipients that are refused", () => {
  const chat = new Chat();
  const [alice, bob, nat] = [chat.join("Alice"), chat.join("Bob"), chat.join("Nat", "text")];
  bob.say({ type: "ignore", name: "Alice" });
  nat.received();
  assertEquals(refusal(alice, offerTo("Bob")), ["ignored", "o"]);
  assertEquals(refusal(alice, offerTo("Carol")), ["no_such_user", "o"]);
  chat.join("Dave", "json", "tea");
  for (const room of ["tea", "TEA", "#tea", "#Bob"]) {
    assertEquals(refusal(alice, offerTo(room)), ["not_in_room", "o"], room);
  }
  assertEquals(refusal(alice, offerTo("#")), ["room_invalid", "o"]);
  assertEquals(refusal(alice, offerTo("Alice")), ["not_oneself", "o"]);
  assertEquals(refusal(alice, offerTo("Nat")), ["cannot_receive", "o"]);
  assert(nat.received().includes("*** Alice offers the file a.txt (10 bytes)."));
  bob.endInput();
  assertEquals(refusal(alice, offerTo("Bob")), ["ignored", "o"]);
});

Deno.test("files: the options may forbid files, or large ones", () => {
  const none = new Chat({ files: { files: false } }).join("Alice");
  assertEquals(refusal(none, offerTo("lobby", 0)), ["no_files", "o"]);
  const alice = new Chat({ files: { maxFileBytes: 1_500_000 } }).join("Alice");
  assertEquals(answers(alice, offerTo("lobby", 1_500_000)).map(({ type }) => type), ["ack"]);
  const [error] = answers(alice, offerTo("lobby", 1_500_001));
  assert(error?.type === "error");
  assertEquals(error.text, "The file is too large: this server takes up to 1.5 MB.");
});

Deno.test("files: the room of an offer receives its end after the sender has moved", () => {
  const chat = new Chat();
  const [alice, bob, dave] = [chat.join("Alice"), chat.join("Bob"), chat.join("Dave")];
  const eve = chat.join("Eve", "json", "tea");
  dave.say({ type: "ignore", name: "Alice" });
  alice.say(offerTo("lobby"), { type: "join", room: "tea" });
  for (const each of chat.clients) each.received();
  const gone = { type: "withdrawn", file: 1, reason: "withdrawn" } as const;
  assertEquals(answers(alice, { type: "withdraw", file: 1 }), [gone]);
  assertEquals(bob.frames(), [gone]);
  assertEquals([...dave.frames(), ...eve.frames()], [], "other clients receive nothing");
});

Deno.test("files: an offer ends when it is withdrawn, expires, or a side disconnects", () => {
  const chat = new Chat({ graceMilliseconds: 60_000 });
  const [alice, bob] = [chat.join("Alice"), chat.join("Bob")];
  for (let count = 0; count < 3; count++) alice.say(offerTo("Bob"));
  alice.say(offerTo("lobby"));
  for (const each of [alice, bob]) each.received();
  const gone = { type: "withdrawn", file: 1, reason: "withdrawn" } as const;
  assertEquals(refusal(bob, { type: "withdraw", file: 1, id: "7" }), ["no_such_file", "7"]);
  assertEquals(answers(alice, { type: "withdraw", file: 1 }), [gone]);
  assertEquals(bob.frames(), [gone]);
  assertEquals(refusal(bob, { type: "accept", file: 1, id: "7" }), ["no_such_file", "7"]);
  bob.say({ type: "refuse", file: 2 });
  alice.received();
  chat.advance(OFFER_SECONDS * 1000 - 1000);
  assertEquals(alice.frames(), []);
  chat.advance(1000);
  const expired = [3, 4].map((file) => ({ type: "withdrawn", file, reason: "expired" } as const));
  assertEquals([alice.frames(), bob.frames()], [expired, expired]);
  alice.say(offerTo("Bob"), offerTo("lobby"));
  for (const each of [alice, bob]) each.received();
  bob.endInput();
  assertEquals(alice.frames(), [{ type: "withdrawn", file: 5, reason: "gone" }]);
  const carol = chat.join("Carol");
  alice.endInput();
  assertEquals(carol.frames(), [{ type: "withdrawn", file: 6, reason: "gone" }]);
});

Deno.test("files: offers of one member, and transfers, are bounded", () => {
  const chat = new Chat();
  const [alice, bob] = [chat.join("Alice"), chat.join("Bob")];
  for (let file = 1; file <= MAX_FILES_PER_PERSON; file++) alice.say(offerTo("Bob"));
  assertEquals(refusal(alice, offerTo("Bob")), ["too_many_files", "o"]);
  for (let file = 1; file <= MAX_FILES_PER_PERSON; file++) bob.say({ type: "accept", file });
  assertEquals(chat.files.transfers.size, MAX_FILES_PER_PERSON);
  assertEquals(answers(alice, offerTo("lobby")).length, 1, "none of the old offers stands");
  assertEquals(refusal(bob, { type: "accept", file: 9, id: "7" }), ["too_many_files", "7"]);
  const carol = chat.join("Carol");
  assertEquals(refusal(carol, { type: "accept", file: 9, id: "7" }), ["files_busy", "7"]);
  alice.say({ type: "cancel", transfer: 1 });
  assertEquals(answers(carol, { type: "accept", file: 9 }).length, 1, "the offer stood");
});

/** That number of members of an address, each with the maximum of transfers. */
function busyPairs(chat: Chat, pairs: number, prefix: string) {
  for (let pair = 0; pair < pairs; pair++) {
    const [from, to] = [chat.join(`${prefix}from${pair}`), chat.join(`${prefix}to${pair}`)];
    for (let count = 0; count < MAX_FILES_PER_PERSON; count++) {
      const [ack] = answers(from, offerTo(`${prefix}to${pair}`));
      assert(ack?.type === "ack");
      to.say({ type: "accept", file: ack.file! });
    }
  }
}

Deno.test("files: members with all transfers lose their newest to another one", () => {
  const chat = new Chat();
  busyPairs(chat, 16, "busy");
  assertEquals(chat.files.transfers.size, 128);
  const [ann, bob] = [chat.join("Ann"), chat.join("Bob")];
  const [ack] = answers(ann, offerTo("Bob"));
  assert(ack?.type === "ack");
  bob.frames();
  bob.say({ type: "accept", file: ack.file! });
  assertEquals(types(bob), ["accepted"]);
  assertEquals(chat.files.transfers.size, 128);
  const ended = chat.clients.flatMap((person) => person.frames())
    .filter((frame) => frame.type === "cancelled");
  assertEquals(ended.map(({ reason }) => reason), ["busy", "busy"], "both sides get the frame");
});

Deno.test("files: small confirmations count for the rate", () => {
  const chat = new Chat();
  const alice = chat.join("Alice");
  const bob = chat.connect("json", { rate: { perSecond: 1, burst: 20 } });
  bob.say({ type: "hello", name: "Bob" });
  alice.say(offerTo("Bob", 1_000_000));
  bob.say({ type: "accept", file: 1 });
  for (let count = 0; count < 8; count++) alice.say(chunk(MAX_CHUNK_BYTES));
  alice.received();
  let sent = 0;
  while (bob.say({ type: "received", transfer: 1, bytes: ++sent }) !== "throttled") {
    assert(sent < 99);
  }
  assert(alice.frames().length <= 20);
  chat.clock.advance(60_000);
  bob.work();
  alice.received();
  for (let count = 1; count <= 40; count++) {
    const bytes = 100 + count * MIN_CHUNK_BYTES / 2;
    assertEquals(bob.say({ type: "received", transfer: 1, bytes }), "idle", String(count));
  }
  assertEquals(alice.frames().length, 40);
});

Deno.test("files: a full window is relayed, and one chunk more ends the transfer", () => {
  const { chat, alice, bob } = sending(10 * TRANSFER_WINDOW_BYTES);
  for (let count = 0; count < CHUNKS_PER_WINDOW; count++) alice.say(chunk(MAX_CHUNK_BYTES));
  assertEquals(types(bob).length, CHUNKS_PER_WINDOW);
  bob.say({ type: "received", transfer: 1, bytes: MAX_CHUNK_BYTES });
  alice.received();
  assertEquals(answers(alice, chunk(MAX_CHUNK_BYTES)), []);
  assertEquals(types(bob), ["chunk"]);
  const text = "Too many bytes were sent without a confirmation.";
  const cancelled = { type: "cancelled", transfer: 1, reason: "broken", text } as const;
  assertEquals(answers(alice, chunk(MAX_CHUNK_BYTES)), [cancelled]);
  assertEquals(bob.frames(), [cancelled]);
  assertEquals(answers(alice, chunk(MAX_CHUNK_BYTES)), [], "chunks in flight are ignored");
  assertEquals([bob.frames(), chat.files.transfers.size], [[], 0]);
});

const BROKEN:
  readonly (readonly [why: string, size: number, frames: ClientFrame[], says: string])[] = [
    ["a small piece in the middle", 20_000, [chunk(MIN_CHUNK_BYTES - 1)], "wrong size"],
    ["more than was offered", 9000, [chunk(9001)], "More bytes were sent than offered"],
    ["an end before the end", 9001, [
      chunk(9000),
      { type: "finish", transfer: 1, sha256: SHA256 },
    ], "Fewer bytes were sent"],
    ["a piece of an empty file", 0, [chunk(1)], "wrong size"],
  ];

for (const [why, size, frames, says] of BROKEN) {
  Deno.test(`files: ${why} breaks the rules`, () => {
    const { alice, bob } = sending(size);
    alice.say(...frames);
    for (const each of [alice, bob]) {
      const last = each.frames().at(-1);
      assert(last?.type === "cancelled" && last.reason === "broken", JSON.stringify(last));
      assert(last.text.includes(says), last.text);
    }
  });
}

Deno.test("files: confirmations of the other side, of too much or of less are ignored", () => {
  const { alice, bob } = sending(100_000);
  alice.say(chunk(MAX_CHUNK_BYTES));
  bob.received();
  for (const bytes of [MAX_CHUNK_BYTES + 1, 0]) bob.say({ type: "received", transfer: 1, bytes });
  alice.say({ type: "received", transfer: 1, bytes: 5 });
  bob.say(chunk(MAX_CHUNK_BYTES), { type: "finish", transfer: 1, sha256: SHA256 });
  bob.say({ type: "complete", transfer: 1 });
  assertEquals([types(alice), types(bob)], [[], []]);
});

Deno.test("files: other members cannot touch a transfer", () => {
  const { chat, alice, bob } = sending(100_000);
  const eve = chat.join("Eve");
  for (const each of [alice, bob]) each.received();
  eve.say(chunk(MAX_CHUNK_BYTES), { type: "cancel", transfer: 1 });
  eve.say({ type: "received", transfer: 1, bytes: 1 }, { type: "complete", transfer: 1 });
  assertEquals([types(alice), types(bob), types(eve)], [[], [], []]);
  assertEquals(chat.files.transfers.size, 1);
});

Deno.test("files: either side cancels, and the other gets the reason", () => {
  const first = sending(10);
  first.bob.say({ type: "cancel", transfer: 1, reason: "the disk is full" });
  const cancelled = { type: "cancelled", transfer: 1, reason: "cancelled" } as const;
  const text = "Bob has cancelled it: the disk is full.";
  assertEquals(first.alice.frames(), [{ ...cancelled, text }]);
  assertEquals(types(first.bob), []);
  const second = sending(10);
  second.alice.say({ type: "cancel", transfer: 1 });
  assertEquals(second.bob.frames(), [{ ...cancelled, text: "Alice has cancelled it." }]);
});

Deno.test("files: a side that disconnects cancels it for the other at once", () => {
  const { chat, alice, bob } = sending(10);
  bob.endInput();
  const text = "Bob is gone.";
  assertEquals(alice.frames(), [{ type: "cancelled", transfer: 1, reason: "gone", text }]);
  assertEquals(chat.files.transfers.size, 0);
});

Deno.test("files: silence ends a transfer for both", () => {
  const { chat, alice, bob } = sending(100_000);
  chat.advance(TRANSFER_SILENCE_SECONDS * 1000 - 1000);
  alice.say(chunk(MAX_CHUNK_BYTES));
  chat.advance(TRANSFER_SILENCE_SECONDS * 1000 - 1000);
  assertEquals(types(alice), []);
  chat.advance(1000);
  assertEquals([types(alice), types(bob)], [["cancelled"], ["chunk", "cancelled"]]);
});

Deno.test("files: chunks and confirmations take no tokens of the rate; other frames do", () => {
  const chat = new Chat();
  const rate = { perSecond: 1, burst: 5 };
  const [alice, bob] = [chat.connect("json", { rate }), chat.connect("json", { rate })];
  alice.say({ type: "hello", name: "Alice" });
  bob.say({ type: "hello", name: "Bob" });
  alice.say(offerTo("Bob", 10 * TRANSFER_WINDOW_BYTES));
  bob.say({ type: "accept", file: 1 });
  for (let sent = MAX_CHUNK_BYTES; sent <= 50 * MAX_CHUNK_BYTES; sent += MAX_CHUNK_BYTES) {
    assertEquals(alice.say(chunk(MAX_CHUNK_BYTES)), "idle");
    assertEquals(bob.say({ type: "received", transfer: 1, bytes: sent }), "idle");
  }
  const stray = Array.from({ length: 6 }, () => chunk(3, 99));
  assertEquals(alice.say(...stray), "throttled", "pieces of no transfer are counted");
});

Deno.test("files: the messages of a receiver that does not read are sent, and it misses none", () => {
  const { chat, alice, bob } = sending(10 * TRANSFER_WINDOW_BYTES);
  bob.isStalled = true;
  for (let count = 0; count < CHUNKS_PER_WINDOW; count++) alice.say(chunk(MAX_CHUNK_BYTES));
  chat.clock.advance(11_000);
  alice.say({ type: "message", text: "hello" });
  assertEquals(bob.subscriber.outbox.isSkipping, false);
  assertLess(bob.subscriber.outbox.waitingBytes, 1.4 * TRANSFER_WINDOW_BYTES);
  bob.say({ type: "message", text: "still here", id: "1" });
  assertEquals(alice.frames().at(-1)?.type, "message");
  alice.say({ type: "cancel", transfer: 1 });
  alice.say({ type: "message", text: "and then" });
  chat.clock.advance(11_000);
  alice.say({ type: "message", text: "skipped" });
  assertEquals(bob.subscriber.outbox.isSkipping, true, "the allowance ends with the transfer");
});
