import { assert, assertEquals } from "@std/assert";
import { DEFAULT_OUTBOX_LIMITS } from "../../../server/fanout/outbox.ts";
import { Admission } from "../../../server/network/admission.ts";
import { EventStream } from "../../../server/session/event_stream.ts";
import { createMemoryStore } from "../../../server/storage/memory_store.ts";
import { StorageError } from "../../../server/storage/storage_error.ts";
import { Chat } from "../chat.ts";
import { FakeTransport } from "../fakes.ts";

/** The transport of a stream; it records the buffers. */
class StreamTransport extends FakeTransport {
  readonly buffers: Uint8Array[] = [];
  failure: unknown;

  guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.failure = error;
      this.destroy();
    }
  }

  override write(bytes: Uint8Array, written: () => void): void {
    this.buffers.push(bytes);
    super.write(bytes, written);
  }
}

/** A chat with Bob in the lobby, who has sent that number of messages, m1 and so on. */
function chatWith(count: number) {
  const chat = new Chat({ store: createMemoryStore({ historyLimit: 100_000 }) });
  const bob = chat.join("Bob");
  let sent = 0;
  const say = (more = 1) => {
    for (const last = sent + more; sent < last;) bob.say({ type: "message", text: `m${++sent}` });
  };
  say(count);
  const follow = (
    after?: number,
    limits = DEFAULT_OUTBOX_LIMITS,
    room = "lobby",
    isAllowed = () => true,
  ) => {
    const transport = new StreamTransport(chat.registry);
    const admission = new Admission(
      { maxClients: 1, maxPending: 1, maxPerAddress: 0, maxRefused: 1 },
      { add: (reason) => chat.metrics.refuse(reason) },
    );
    const ticket = admission.accept(transport.address, () => transport.destroy());
    const peer = {
      ...{ address: transport.address, port: 1 },
      isSecure: true,
      isTrustedProxy: false,
    };
    const init = {
      ...{ room: chat.hub.rooms.find(room)!, format: chat.server.eventFormats.ndjson },
      ...{ after, peer, ticket, isAllowed },
    };
    const context = { ...chat.context, options: { ...chat.context.options, outbox: limits } };
    const { value: stream } = EventStream.open(transport, init, false, context);
    transport.setListener(stream!);
    stream!.start("\n");
    return transport;
  };
  /** Runs turns, and completes the writes of a transport after each, until nothing happens. */
  const settle = (transport: StreamTransport) => {
    let before: number;
    do {
      before = transport.buffers.length;
      chat.runTurns();
      transport.take();
    } while (transport.buffers.length > before || chat.hasTurn);
  };
  return { chat, bob, say, follow, settle };
}

/** The numbers of the messages that a client has received, and other types. */
const seen = ({ written }: FakeTransport) =>
  written.split("\n").filter((line) => line !== "").map((line) => {
    const { type, seq, from, to } = JSON.parse(line);
    return type === "message" ? seq : `${type} ${from} to ${to}`;
  });

const upTo = (last: number, first = 1) =>
  Array.from({ length: last - first + 1 }, (_, at) => first + at);

Deno.test("event stream: all streams of a form get the same buffer, one per turn", () => {
  const { chat, bob, follow } = chatWith(0);
  const streams = [follow(), follow(), follow()];
  chat.flush();
  const text = JSON.stringify({ type: "message", text: "x" });
  bob.send(`${text}\n`.repeat(3));
  for (const transport of streams) transport.take();
  const buffers = streams.map(({ buffers }) => buffers);
  assertEquals(buffers.map(({ length }) => length), [2, 2, 2]);
  for (const [, buffer] of buffers) assert(buffer === buffers[0]![1]);
  assertEquals(seen(streams[0]!), [1, 2, 3]);
  assertEquals(chat.metrics.deliveries, 9);
});

Deno.test("event stream: messages between two pages are neither lost nor doubled", () => {
  for (const count of [1, 63, 64, 65, 128, 200]) {
    const { chat, say, follow, settle } = chatWith(count);
    const transport = follow(0);
    let total = count;
    for (let step = 0; step < 6; step++) {
      chat.runTurns();
      say();
      total++;
      transport.take();
    }
    settle(transport);
    say(2);
    settle(transport);
    assertEquals(seen(transport), upTo(total + 2), `${count} messages`);
  }
});

Deno.test("event stream: skipped messages come from the history, before later ones", () => {
  const limits = { softBytes: 200, softMilliseconds: 60_000, hardBytes: 400 };
  for (const later of [0, 1, 70]) {
    const { chat, say, follow, settle } = chatWith(3);
    const transport = follow(undefined, limits);
    say(20); // one write is active, two wait, and the others are skipped
    assert(chat.metrics.skipped > 10);
    say(later);
    // The client reads again within a turn, with a message that no flush has written.
    const { members, rooms } = chat.hub;
    chat.hub.sendMessage(members.find("Bob")!, rooms.find("lobby")!, "x", {}, undefined);
    transport.take();
    say();
    settle(transport);
    say();
    settle(transport);
    assertEquals(seen(transport), upTo(26 + later, 4), `${later} later messages`);
  }
});

Deno.test("event stream: a history that cannot be read ends the stream, and nothing else", () => {
  const { chat, say, follow, settle } = chatWith(3);
  chat.store.history.read = () => {
    throw new StorageError("read", "/data", "corrupt");
  };
  const transport = follow(0);
  const live = follow();
  settle(transport);
  assertEquals([transport.isEnded, transport.failure], [true, undefined]);
  transport.close();
  say();
  settle(live);
  assertEquals([seen(live), live.isEnded], [[4], false]);
});

Deno.test("event stream: an error of the server itself ends the stream", () => {
  const { chat, follow, settle } = chatWith(3);
  chat.store.history.read = () => {
    throw new TypeError("broken");
  };
  const transport = follow(0);
  settle(transport);
  assertEquals([transport.isDestroyed, String(transport.failure)], [true, "TypeError: broken"]);
  assertEquals(chat.metrics.sessions.events, 0);
});

Deno.test("event stream: a deleted room ends streams, also those that are behind", () => {
  const { chat, bob, follow, settle } = chatWith(0);
  bob.say({ type: "join", room: "den" });
  for (let count = 0; count < 200; count++) {
    bob.say({ type: "message", room: "den", text: "x" });
  }
  const [live, behind] = [follow(undefined, undefined, "den"), follow(0, undefined, "den")];
  settle(live);
  behind.take();
  chat.runTurn();
  const { hub } = chat;
  hub.deleteRoom(hub.rooms.find("den")!, hub.rooms.find("lobby")!, "gone");
  for (const transport of [behind, live]) {
    settle(transport);
    assertEquals(transport.isEnded, true);
  }
  assert(seen(behind).length < 200);
  assertEquals(hub.rooms.find("lobby")!.nameless.size, 0);
});

Deno.test("event stream: a stream with too much output ends, and the client may resume", async () => {
  const { chat, say, follow } = chatWith(0);
  const transport = follow();
  say(3);
  chat.server.outboxBudget.add({ queuedBytes: 0, overflow: () => {} }, 1e12);
  chat.server.outboxBudget.enforce();
  await Promise.resolve();
  chat.runTurns();
  transport.take();
  assertEquals([seen(transport), transport.isEnded], [[1], true]);
  assertEquals(chat.metrics.refused.too_slow, 1);
});

Deno.test("event stream: it ends when its client may not read any more", () => {
  const { chat, bob, follow, settle } = chatWith(1);
  let isAllowed = true;
  const transport = follow(0, DEFAULT_OUTBOX_LIMITS, "lobby", () => isAllowed);
  settle(transport);
  chat.server.tick();
  isAllowed = false;
  chat.server.tick();
  settle(transport);
  bob.say({ type: "message", text: "secret" });
  settle(transport);
  assertEquals(seen(transport), [1]);
  assertEquals(chat.metrics.sessions.events, 0);
});
