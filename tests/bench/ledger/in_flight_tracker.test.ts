import { assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { InFlightTracker } from "../../../bench/ledger/in_flight_tracker.ts";
import { LatencyHistogram } from "../../../bench/ledger/latency_histogram.ts";
import { Ledger } from "../../../bench/ledger/ledger.ts";
import { sumOfTotals } from "../../../bench/ledger/ledger_totals.ts";
import { PayloadCodec } from "../../../bench/ledger/payload_codec.ts";
import { seededRandom } from "../../../bench/ledger/random.ts";
import { runMemory } from "../../../bench/ledger/run_memory.ts";

const codec = new PayloadCodec("k3f9", 24);
const WINDOW = 8;

/** What all latencies of a run are recorded as. */
const LATENCIES = ["latencies", "firstLatencies", "lastLatencies", "serviceTimes"] as const;

interface Message {
  readonly sentAt: number;
  /** Receivers that have neither got it nor passed it. */
  readonly waiting: Set<number>;
  isSeen: boolean;
}

/** The account of a run in the simplest form: every message has the set of those who wait for it. */
class Model {
  readonly ledger: Ledger;
  readonly latencies = new LatencyHistogram();
  readonly firstLatencies = new LatencyHistogram();
  readonly lastLatencies = new LatencyHistogram();
  readonly serviceTimes = new LatencyHistogram();
  readonly #connected: Set<number>;
  readonly #messages: Message[][];
  readonly #doneAt: number[];

  constructor(receivers: number, private readonly senders: number) {
    this.ledger = new Ledger(receivers, senders);
    this.#connected = new Set(Array(receivers).keys());
    this.#messages = Array.from({ length: senders }, () => []);
    this.#doneAt = Array<number>(senders).fill(0);
  }

  inFlight(sender: number): number {
    return this.#messages[sender]!.filter(({ waiting }) => waiting.size > 0).length;
  }

  isConnected(receiver: number): boolean {
    return this.#connected.has(receiver);
  }

  take(sender: number, now: number): number {
    if (!this.isConnected(sender) || this.#connected.size <= 1) return 0;
    const sentAt = this.#doneAt[sender] || now;
    const count = WINDOW - this.inFlight(sender);
    for (let left = count; left > 0; left--) {
      const waiting = new Set(this.#connected);
      waiting.delete(sender);
      this.ledger.send(sender);
      this.#messages[sender]!.push({ sentAt, waiting, isSeen: false });
    }
    return count;
  }

  deliver(receiver: number, sender: number, sequence: number, now: number): void {
    const passed = this.ledger.record(receiver, sender, sequence);
    if (passed < 0) return;
    const message = this.#messages[sender]![sequence]!;
    this.latencies.record(now - message.sentAt);
    if (passed === 0) return;
    this.#pass(receiver, sender, [sequence + 1 - passed, sequence], now);
    if (!message.isSeen) this.firstLatencies.record(now - message.sentAt);
    message.isSeen = true;
    message.waiting.delete(receiver);
    if (message.waiting.size > 0) return;
    this.lastLatencies.record(now - message.sentAt);
    this.serviceTimes.record(now - Math.max(message.sentAt, this.#doneAt[sender]!));
    this.#doneAt[sender] = now;
  }

  corrupt(receiver: number, sender: number, sequence: number, now: number): void {
    if (!this.ledger.corrupt(receiver, sender, sequence)) return;
    this.#pass(receiver, sender, [sequence, sequence + 1], now);
  }

  disconnect(receiver: number, now: number): void {
    this.#connected.delete(receiver);
    for (let sender = 0; sender < this.senders; sender++) {
      if (sender === receiver) continue;
      const range = [this.ledger.nextOf(receiver, sender), this.ledger.sentBy(sender)] as const;
      this.#pass(receiver, sender, range, now);
    }
    this.ledger.loseReceiver(receiver);
    if (receiver < this.senders) this.ledger.loseSender(receiver);
  }

  expire(age: number, now: number): void {
    for (let sender = 0; sender < this.senders; sender++) {
      if (this.ledger.isGone(sender)) continue;
      const messages = this.#messages[sender]!;
      const end = messages.findLastIndex(({ waiting, sentAt }) =>
        waiting.size > 0 && sentAt < now - age
      ) + 1;
      for (let receiver = 0; end > 0 && receiver < this.ledger.receivers; receiver++) {
        const passed = this.ledger.expire(receiver, sender, end);
        this.#pass(receiver, sender, [end - passed, end], now);
      }
    }
  }

  #pass(receiver: number, sender: number, [start, end]: readonly [number, number], now: number) {
    for (const { waiting } of this.#messages[sender]!.slice(start, end)) {
      if (waiting.delete(receiver) && waiting.size === 0) this.#doneAt[sender] = now;
    }
  }
}

/** What a server does to a message on its way to a receiver. */
type Fate = "delivered" | "lost" | "late" | "doubled" | "changed";

/** Runs a lossy server against trackers of one or several threads, and compares them with the model. */
function compare(
  seed: number,
  sendersByThread: readonly number[],
  receiversByThread: number,
): void {
  const random = seededRandom(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const senders = sendersByThread.reduce((sum, count) => sum + count, 0);
  const memory = runMemory({ sendersByThread, window: WINDOW, isPaced: false });
  let now = 1;
  const members: { readonly tracker: InFlightTracker; readonly connection: number }[] = [];
  const others: typeof members = [];
  const trackers = sendersByThread.map((count, thread) => {
    const firstSender = members.length;
    const tracker = new InFlightTracker({
      ...{ receivers: receiversByThread, senders: count, firstSender, memory, thread },
      ...{ audience: "others", window: WINDOW, codec, now: () => now },
    });
    for (let connection = 0; connection < receiversByThread; connection++) {
      (connection < count ? members : others).push({ tracker, connection });
    }
    return tracker;
  });
  members.push(...others);
  const model = new Model(members.length, senders);
  const pending = members.map(() => Array.from({ length: senders }, (): number[] => []));
  const late = members.map((): [sender: number, sequence: number][] => []);

  const send = () => {
    const sender = below(senders);
    const { tracker, connection } = members[sender]!;
    const { first, count } = tracker.take(connection, Infinity);
    assertEquals(count, model.take(sender, now));
    pending.forEach((streams, receiver) => {
      if (receiver === sender) return;
      for (let index = 0; index < count; index++) streams[sender]!.push(first + index);
    });
  };
  const fate = (): Fate => {
    const chance = below(60);
    return (["lost", "late", "doubled", "changed"] as const)[chance] ?? "delivered";
  };
  /** Sends a receiver what some senders have sent, in one chunk. */
  const receive = () => {
    const receiver = below(members.length);
    if (!model.isConnected(receiver)) return;
    let text = "";
    const write = (sender: number, sequence: number) => {
      model.deliver(receiver, sender, sequence, now);
      text += `${codec.payload(sender, sequence)}\n`;
    };
    for (let round = below(3); round >= 0; round--) {
      const sender = below(senders);
      for (const sequence of pending[receiver]![sender]!.splice(0, 1 + below(WINDOW))) {
        const what = fate();
        if (what === "late") late[receiver]!.push([sender, sequence]);
        else if (what === "changed") {
          model.corrupt(receiver, sender, sequence, now);
          text += `${codec.payload(sender, sequence).slice(0, -2)}!;\n`;
        } else if (what !== "lost") write(sender, sequence);
        if (what === "doubled") write(sender, sequence);
      }
    }
    if (below(10) === 0) late[receiver]!.splice(0).forEach((message) => write(...message));
    const { tracker, connection } = members[receiver]!;
    tracker.receive(connection, Buffer.from(text, "latin1"));
  };
  const disconnect = () => {
    const receiver = below(members.length);
    if (!model.isConnected(receiver) || below(40) > 0) return;
    model.disconnect(receiver, now);
    const { tracker, connection } = members[receiver]!;
    tracker.disconnect(connection);
  };
  const expire = () => {
    if (below(10) > 0) return;
    model.expire(200, now);
    for (const tracker of trackers) tracker.expire(200);
  };

  const actions = [send, send, receive, receive, receive, receive, disconnect, expire];
  for (let step = 0; step < 600; step++) {
    now += below(20);
    actions[below(actions.length)]!();
    const inFlight = trackers.reduce((sum, tracker) => sum + tracker.inFlight, 0);
    const expected = Array.from({ length: senders }, (_, sender) => model.inFlight(sender));
    assertEquals(inFlight, expected.reduce((sum, count) => sum + count, 0), `step ${step}`);
  }
  for (const tracker of trackers) tracker.shareFarthest();
  assertEquals(
    sumOfTotals(trackers.map(({ ledger }) => ledger.totals())),
    model.ledger.totals(),
  );
  for (const kind of LATENCIES) {
    const found = LatencyHistogram.of(
      ...trackers.map((tracker) => tracker[kind].histogram.snapshot()),
    );
    const expected = LatencyHistogram.of(model[kind].snapshot());
    assertEquals([found.count, found.summary()], [expected.count, expected.summary()], kind);
  }
}

const THREADS = [
  { why: "one thread", sendersByThread: [2], receivers: 5 },
  { why: "two threads", sendersByThread: [1, 2], receivers: 3 },
  {
    why: "a thread without senders, and one with nothing else",
    sendersByThread: [2, 0],
    receivers: 2,
  },
];

for (const { why, sendersByThread, receivers } of THREADS) {
  Deno.test(`in-flight tracker: counts what a count per message and receiver would: ${why}`, () => {
    for (let seed = 0; seed < 25; seed++) compare(seed, sendersByThread, receivers);
  });
}
