import { assertEquals, assertStringIncludes } from "@std/assert";
import { exitCodeOf, runTail, type TailOptions } from "../../../client/mod.ts";
import type { ClientFrameOf } from "../../../protocol/mod.ts";
import { FakeClock, FakeServer, message, settle, Sink, welcome, withoutTimes } from "../fakes.ts";

const SECOND = 1000;

/** A server whose room has a history, in pages of two. */
class HistoryServer extends FakeServer {
  seq = 0;
  isResumed = false;
  /** Called once instead of an answer to a history request. */
  instead: (() => void) | undefined;

  constructor() {
    super();
    this.beFriendly();
    const friendly = this.onFrame;
    this.onFrame = (frame) => {
      switch (frame.type) {
        case "hello":
          return this.send({
            ...welcome(frame.name ?? "", this.seq),
            ...(this.isResumed && frame.resume !== undefined ? { resumed: true } : undefined),
          });
        case "history": {
          const { instead } = this;
          this.instead = undefined;
          return instead === undefined ? this.#answer(frame) : instead();
        }
        default:
          return friendly(frame);
      }
    };
  }

  /** A user sends a message. */
  speak(): void {
    this.send(message(++this.seq, `${this.seq}`));
  }

  #answer({ since, before }: ClientFrameOf<"history">): void {
    const all = Array.from({ length: this.seq }, (_, index) => message(index + 1, `${index + 1}`));
    const found = all.filter(({ seq }) => seq > (since ?? 0) && seq < (before ?? Infinity));
    const messages = since === undefined ? found.slice(-2) : found.slice(0, 2);
    const more = messages.length < found.length;
    this.send({ type: "history", room: "lobby", messages, more });
  }
}

function tailOf(server: HistoryServer, options: Partial<TailOptions> = {}) {
  const output = new Sink();
  const errors = new Sink();
  const clock = new FakeClock();
  const stop = new AbortController();
  const outcome = runTail({
    name: "tail",
    follow: true,
    json: false,
    output,
    errors,
    clock,
    stop: stop.signal,
    openTransport: server.open,
    reconnect: { firstDelayMilliseconds: SECOND, maxDelayMilliseconds: SECOND, random: () => 1 },
    ...options,
  });
  /** Advances the clock. */
  const pass = async (milliseconds: number) => {
    await settle();
    clock.advance(milliseconds);
    await settle();
  };
  return {
    errors,
    outcome,
    pass,
    async told(): Promise<string[]> {
      await pass(1);
      return withoutTimes(output.text).match(/(?<=^Bob: )\d+$/gm) ?? [];
    },
    /** Stops it. @returns the outcome. */
    async stop() {
      stop.abort();
      return (await outcome).type;
    },
  };
}

for (const isResumed of [false, true]) {
  const session = isResumed ? "the session goes on" : "there is another new session";
  Deno.test(`tail: after a break while it catches up no message is missing when ${session}`, async () => {
    const server = new HistoryServer();
    const tail = tailOf(server);
    await settle();
    server.speak();
    server.drop();
    server.seq = 6; // sent in the meantime
    // The first of three pages arrives, then a message, and the connection breaks.
    server.instead = () => {
      server.instead = () => {
        server.speak();
        server.drop();
      };
      server.send({
        type: "history",
        room: "lobby",
        messages: [message(2, "2"), message(3, "3")],
        more: true,
      });
    };
    await tail.pass(SECOND);
    assertEquals(await tail.told(), ["1", "2", "3"]);
    server.isResumed = isResumed;
    server.seq = 8;
    await tail.pass(SECOND);
    server.speak();
    assertEquals(await tail.told(), ["1", "2", "3", "4", "5", "6", "7", "8", "9"]);
    assertEquals(await tail.stop(), "quit");
  });
}

for (const since of [{ seq: 1 }, { time: 0 }]) {
  const from = Object.keys(since)[0];
  Deno.test(`tail: after a break while it prints the messages since a ${from} it prints the rest`, async () => {
    const server = new HistoryServer();
    server.seq = 5;
    server.instead = () => {
      server.speak();
      server.drop();
    };
    const tail = tailOf(server, { since });
    await settle();
    assertEquals(await tail.told(), []);
    server.isResumed = true;
    await tail.pass(SECOND);
    server.speak();
    const all = ["1", "2", "3", "4", "5", "6", "7"];
    assertEquals(await tail.told(), "seq" in since ? all.slice(1) : all);
    assertEquals(await tail.stop(), "quit");
  });
}

Deno.test("tail: since a time pages are read back for the first number only, then printed one by one", async () => {
  const server = new HistoryServer();
  server.seq = 6;
  const tail = tailOf(server, { since: { time: message(1, "1").time }, follow: false });
  await tail.pass(0);
  assertEquals(await tail.told(), ["1", "2", "3", "4", "5", "6"]);
  assertEquals(
    server.received.flatMap((frame) =>
      frame.type === "history" ? [frame.before ?? frame.since] : []
    ),
    [undefined, 5, 3, 0, 2, 4],
  );
  assertEquals((await tail.outcome).type, "quit");
});

Deno.test("tail: since a time after all messages nothing is printed, and new ones are", async () => {
  const server = new HistoryServer();
  server.seq = 3;
  const tail = tailOf(server, { since: { time: message(1, "1").time + 1 } });
  await tail.pass(0);
  server.speak();
  assertEquals(await tail.told(), ["4"]);
  assertEquals(await tail.stop(), "quit");
});

/** Two messages of yesterday in the history, and one of today. */
async function tailOverMidnight(options: Partial<TailOptions>): Promise<string> {
  const server = new FakeServer().beFriendly();
  const friendly = server.onFrame;
  const clock = new FakeClock();
  const now = new Date(2026, 10, 22, 12).getTime();
  clock.advance(now - clock.now());
  const past = [1, 2].map((seq) => ({ ...message(seq, `${seq}`), time: now - 86_400_000 }));
  server.onFrame = (frame) =>
    frame.type === "history"
      ? server.send({ type: "history", room: "lobby", messages: past, more: false })
      : friendly(frame);
  const output = new Sink();
  const stop = new AbortController();
  const connection = { name: "tail", clock, openTransport: server.open, stop: stop.signal };
  const streams = { output, errors: new Sink() };
  const outcome = runTail({
    ...{ ...connection, ...streams, follow: true, json: false, since: { seq: 0 } },
    ...options,
  });
  await settle();
  server.send({ ...message(3, "3"), time: now });
  await settle();
  clock.advance(1);
  await settle();
  stop.abort();
  await outcome;
  return output.text.replace(/^.*Goodbye!\n$/m, "");
}

Deno.test("tail: each new date is printed", async () => {
  assertEquals(
    await tailOverMidnight({}),
    [
      "--- Saturday, 21 November 2026 ---\n[12:00:00] Bob: 1\n[12:00:00] Bob: 2\n",
      "--- Sunday, 22 November 2026 ---\n[12:00:00] Bob: 3\n",
    ].join(""),
  );
});

Deno.test("tail: prints no dates between lines with full timestamps, or without any", async () => {
  assertEquals(await tailOverMidnight({ timestamps: "none" }), "Bob: 1\nBob: 2\nBob: 3\n");
  const iso = (day: number) =>
    `[${new Date(2026, 10, day, 12).toISOString().replace(".000", "")}] Bob: `;
  const lines = `${iso(21)}1\n${iso(21)}2\n${iso(22)}3\n`;
  assertEquals(await tailOverMidnight({ timestamps: "iso" }), lines);
});

Deno.test("tail: without reconnection, a break while it catches up is the end", async () => {
  const server = new HistoryServer();
  server.seq = 5;
  server.instead = () => server.drop();
  const tail = tailOf(server, { since: { seq: 0 }, reconnect: false });
  assertEquals(exitCodeOf(await tail.outcome), 1);
  assertStringIncludes(tail.errors.text, "without a reason");
});

Deno.test("tail: without messages and without following it reports an empty room", async () => {
  for (const since of [undefined, { seq: 0 }, { seq: 5 }, { time: 0 }]) {
    const tail = tailOf(new HistoryServer(), { follow: false, ...(since && { since }) });
    assertEquals(exitCodeOf(await tail.outcome), 0);
    assertEquals(await tail.told(), []);
    assertEquals(tail.errors.text, "The room lobby does not exist, or has no messages.\n");
  }
  const server = new HistoryServer();
  server.seq = 2;
  const full = tailOf(server, { follow: false });
  await full.outcome;
  assertEquals(full.errors.text, "");
  const late = tailOf(server, { follow: false, since: { seq: 2 } });
  await late.outcome;
  assertStringIncludes(late.errors.text, "has no messages since then");
});
