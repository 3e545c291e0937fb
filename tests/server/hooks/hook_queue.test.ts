import { assert, assertEquals } from "@std/assert";
import {
  HookQueue,
  MAX_ATTEMPTS,
  MAX_WAITING_BYTES,
  MAX_WAITING_MESSAGES,
} from "../../../server/hooks/hook_queue.ts";
import type { Outcome, Target } from "../../../server/hooks/hook_target.ts";
import { Log, type LogEntry } from "../../../server/observability/log.ts";
import { Metrics } from "../../../server/observability/metrics.ts";
import type { Clock } from "../../../server/scheduling/clock.ts";

/** A clock whose timers elapse one by one; each records how long it was set to. */
class StepClock implements Clock {
  #time = 1_000_000;
  #timers: { due: number; run: () => void }[] = [];
  /** Milliseconds of the timers that have elapsed. */
  readonly waits: number[] = [];

  now = () => this.#time;
  monotonic = () => this.#time;
  after = (milliseconds: number, run: () => void) => {
    const timer = { due: this.#time + milliseconds, run };
    this.#timers.push(timer);
    return () => void (this.#timers = this.#timers.filter((each) => each !== timer));
  };

  get timers(): number {
    return this.#timers.length;
  }

  /** Lets the next timer elapse. */
  async step(): Promise<void> {
    this.#timers.sort((one, other) => one.due - other.due);
    const timer = this.#timers.shift();
    assert(timer !== undefined, "no timer");
    this.waits.push(timer.due - this.#time);
    this.#time = timer.due;
    timer.run();
    await settled();
  }
}

/** Resolves after all that needs no timer. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

/** A receiver with prepared answers; 200 after the last one. A `null` is an attempt without an end. */
class FakeTarget implements Target {
  readonly texts: string[] = [];
  readonly ids: string[] = [];
  isClosed = false;
  readonly #ends: ((outcome: Outcome) => void)[] = [];

  constructor(readonly answers: (Outcome | number | null)[] = []) {}

  post(body: string, headers: Readonly<Record<string, string>>): Promise<Outcome> {
    this.texts.push(JSON.parse(body).text);
    this.ids.push(headers["Webhook-Id"]!);
    const answer = this.answers.length === 0 ? 200 : this.answers.shift()!;
    if (answer === null) return new Promise((resolve) => this.#ends.push(resolve));
    return Promise.resolve(
      typeof answer === "number" ? { status: answer, retryAfter: undefined } : answer,
    );
  }

  close(): void {
    this.isClosed = true;
    for (const end of this.#ends) end({ error: "closed" });
  }
}

function setUp(answers: (Outcome | number | null)[] = []) {
  const clock = new StepClock();
  const log: LogEntry[] = [];
  const metrics = new Metrics();
  const target = new FakeTarget(answers);
  const queue = new HookQueue(target, { room: "lobby", host: "a.example" }, {
    clock,
    metrics,
    log: new Log("debug", clock.now, (entry) => log.push(entry)),
    random: () => 0,
    options: { hookOutSecret: null },
  });
  let seq = 0;
  const add = (text: string) => {
    const frame = { type: "message", room: "lobby", from: "Bob", time: 0 } as const;
    queue.add({ frame: { ...frame, text, seq: ++seq }, id: `msg_${seq}` });
  };
  const counts = () => [metrics.hookSent, metrics.hookFailed, metrics.hookDropped];
  return { add, clock, counts, log, queue, target };
}

Deno.test("messages are sent in order, and not in the turn that adds them", async () => {
  const { add, clock, counts, queue, target } = setUp();
  for (const text of ["1", "2", "3"]) add(text);
  await settled();
  assertEquals(target.texts, []);
  await clock.step();
  assertEquals(target.texts, ["1", "2", "3"]);
  assertEquals([queue.size, counts(), clock.timers], [0, [3, 0, 0], 0]);
  add("4");
  await clock.step();
  assertEquals(target.texts.at(-1), "4");
});

Deno.test("a failed message is tried again with the same id, later each time, before the next", async () => {
  const failures = [{ error: "ECONNREFUSED" }, 500, 503, 408, 429, 599, 500, 500];
  const { add, clock, counts, log, target } = setUp([...failures]);
  add("1");
  add("2");
  for (let count = 0; count <= failures.length; count++) await clock.step();
  assertEquals(clock.waits, [0, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
  assertEquals(target.texts, [...Array(9).fill("1"), "2"]);
  assertEquals(new Set(target.ids.slice(0, -1)).size, 1);
  assertEquals(counts(), [2, 8, 0]);
  assertEquals(log.map(({ event, fields }) => [event, fields]), [
    [
      "webhook failed",
      { room: "lobby", host: "a.example", error: "ECONNREFUSED", waiting: 2, dropped: 0 },
    ],
    ["webhook works again", { room: "lobby", host: "a.example", dropped: 0 }],
  ]);
});

Deno.test("a random part of a wait is left out, up to one half", async () => {
  const clock = new StepClock();
  const queue = new HookQueue(new FakeTarget([500]), { room: "lobby", host: "a.example" }, {
    clock,
    metrics: new Metrics(),
    log: new Log("off", clock.now, () => {}),
    random: () => 0.999_999,
    options: { hookOutSecret: null },
  });
  const frame = {
    type: "message",
    room: "lobby",
    from: "Bob",
    text: "1",
    seq: 1,
    time: 0,
  } as const;
  queue.add({ frame, id: "1" });
  await clock.step();
  await clock.step();
  assertEquals(Math.round(clock.waits[1]!), 500);
});

Deno.test("Retry-After is waited for, within a bound", async () => {
  const rows = [
    ["7", 7000],
    ["0", 1000],
    ["300", 300_000],
    ["301", 300_000],
    ["999999999", 300_000],
    ["9".repeat(30), 1000],
    ["-5", 1000],
    ["soon", 1000],
    [new Date(1_030_000).toUTCString(), 30_000],
    [new Date(0).toUTCString(), 1000],
    ["", 1000],
    [undefined, 1000],
  ] as const;
  for (const [retryAfter, wait] of rows) {
    for (const status of [429, 503]) {
      const { add, clock } = setUp([{ status, retryAfter }]);
      add("1");
      await clock.step();
      await clock.step();
      assertEquals(clock.waits[1], wait, String(retryAfter));
    }
  }
});

Deno.test("other answers than 2xx drop the message, and the next follows at once", async () => {
  const answers = [199, 301, 302, 307, 308, 304, 400, 401, 403, 404, 410, 0, 204];
  const { add, clock, counts, log, target } = setUp([...answers]);
  for (const answer of answers) add(String(answer));
  await clock.step();
  assertEquals(target.texts, answers.map(String));
  assertEquals(counts(), [1, 12, 12]);
  // One entry for all, and one at the end.
  assertEquals(log.map(({ event, fields }) => [event, fields["error"], fields["dropped"]]), [
    ["webhook failed", "status 199", 1],
    ["webhook works again", undefined, 11],
  ]);
});

Deno.test("a redirect is named in the log", async () => {
  const { add, clock, log } = setUp([302]);
  add("1");
  await clock.step();
  assertEquals(log[0]?.fields["error"], "status 302: redirects are not followed");
});

Deno.test("a message that a receiver never takes is dropped after the last attempt", async () => {
  const { add, clock, counts, target } = setUp(Array(MAX_ATTEMPTS).fill(500));
  add("bad");
  add("good");
  for (let count = 0; count <= MAX_ATTEMPTS; count++) await clock.step();
  assertEquals(target.texts, [...Array(MAX_ATTEMPTS).fill("bad"), "good"]);
  assertEquals(counts(), [1, MAX_ATTEMPTS, 1]);
});

Deno.test("the attempts of a message are counted while the queue overflows", async () => {
  const { add, clock, target } = setUp(Array(MAX_ATTEMPTS).fill(500));
  for (let count = 0; count <= MAX_WAITING_MESSAGES; count++) add(String(count));
  for (let count = 0; count <= MAX_ATTEMPTS; count++) {
    await clock.step();
    add("more");
  }
  assertEquals(target.texts.filter((text) => text === "1").length, MAX_ATTEMPTS);
});

Deno.test("past the bound the oldest messages are dropped, with one log entry", async () => {
  const { add, clock, counts, log, queue, target } = setUp([null]);
  add("0");
  await clock.step();
  for (let count = 1; count <= MAX_WAITING_MESSAGES + 5; count++) add(String(count));
  assertEquals(queue.size, MAX_WAITING_MESSAGES + 1);
  assertEquals(counts(), [0, 0, 5]);
  assertEquals(log.map(({ event }) => event), ["webhook queue full"]);
  target.close();
  await settled();
  await clock.step();
  assertEquals(target.texts.slice(0, 3), ["0", "0", "6"]);
  assertEquals(queue.size, 0);
});

Deno.test("the size of the messages that wait is bounded, too", async () => {
  const { add, clock, counts, queue, target } = setUp([null]);
  add("0");
  await clock.step();
  const text = "\u20ac".repeat(1000);
  const fitting = Math.floor(MAX_WAITING_BYTES / 3000);
  for (let count = 0; count < fitting + 3; count++) add(text);
  assertEquals([queue.size, counts()], [fitting + 1, [0, 0, 3]]);
  queue.close();
  assert(target.isClosed);
});

Deno.test("failures are logged every ten minutes at most", async () => {
  const { add, clock, log } = setUp(Array(17).fill(500));
  add("1");
  add("2");
  for (let count = 0; count < 18; count++) await clock.step();
  const total = clock.waits.reduce((sum, each) => sum + each);
  assert(total > 600_000 && total < 1_200_000);
  assertEquals(log.map(({ event }) => event), [
    "webhook failed",
    "webhook failed",
    "webhook works again",
  ]);
});

Deno.test("a stop tries once more at once, and ends at a failure", async () => {
  for (
    const [answers, texts, left] of [
      [[500], ["1", "1", "2", "3"], 0],
      [[500, 404], ["1", "1", "2", "3"], 0],
      [[500, 500], ["1", "1"], 3],
      [[500, 200, 500], ["1", "1", "2"], 2],
    ] satisfies [number[], string[], number][]
  ) {
    const { add, clock, queue, target } = setUp([...answers]);
    for (const text of ["1", "2", "3"]) add(text);
    await clock.step();
    await queue.stop();
    assertEquals(target.texts, texts);
    assertEquals([queue.size, clock.timers], [left, 0]);
  }
});

Deno.test("a close ends an attempt without an end, and waits", async () => {
  for (const answer of [null, 500]) {
    const { add, clock, counts, queue, target } = setUp([answer]);
    add("1");
    await clock.step();
    const stopped = answer === null ? queue.stop() : undefined;
    queue.close();
    await stopped;
    await settled();
    assertEquals(target.texts, ["1"]);
    assertEquals([queue.size, clock.timers, counts()[0]], [1, 0, 0]);
    assert(target.isClosed);
  }
});
