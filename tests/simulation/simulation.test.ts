import { assert, assertEquals } from "@std/assert";
import type { Chat } from "../../server/chat/chat.ts";
import type { MessageFrame } from "../../protocol/mod.ts";
import type { Faults } from "./faults.ts";
import { Ledger } from "./ledger.ts";
import { Life } from "./life.ts";
import { Network } from "./network.ts";
import { Random } from "./random.ts";
import { runSeeds } from "./seeds.ts";
import { simulate } from "./simulate.ts";
import { Timeline } from "./timeline.ts";
import { RunTrace } from "./trace.ts";

/** Seeds of this test. `deno task simulate` runs more of them, in CI 2000. */
const SEEDS = 30;

/** A whisper that is acknowledged and not sent. */
const LOST_WHISPER = { type: "whisper", from: "", text: "", time: 0 } as const;

/** Seeds among which a planted fault must be found. Some faults show in one of twenty runs. */
const FIRST_FAULT_SEED = 181;
const FAULT_SEEDS = 60;

Deno.test("simulation: whatever breaks, nothing is lost, doubled, misplaced or left behind", async () => {
  const broken: string[] = [];
  let messages = 0;
  await runSeeds(1, SEEDS, 2, ({ seed, violations, counts }) => {
    messages += counts.messages!;
    if (violations.length > 0) broken.push(`deno task simulate --seed ${seed}: ${violations[0]}`);
  });
  assertEquals(broken, []);
  assert(messages > 10 * SEEDS, `${messages} messages`);
});

Deno.test("simulation: a seed makes the same run again", async () => {
  for (const seed of [1, 2, 3]) {
    const first = await simulate(seed);
    assertEquals(await simulate(seed), first);
    assert(first.counts.steps! > 1000);
  }
  assert((await simulate(1)).hash !== (await simulate(2)).hash);
});

Deno.test("simulation: no part of a run looks at the time of the machine, or at its random numbers", async () => {
  const used: string[] = [];
  const restore: (() => void)[] = [];
  const watch = <Owner extends object, Name extends keyof Owner & string>(
    owner: Owner,
    name: Name,
  ) => {
    const real = owner[name] as (...given: unknown[]) => unknown;
    const spy = (...given: unknown[]) => {
      used.push(`${name} ${new Error().stack}`);
      return real.apply(owner, given);
    };
    owner[name] = spy as Owner[Name];
    restore.push(() => owner[name] = real as Owner[Name]);
  };
  watch(globalThis, "setTimeout");
  watch(globalThis, "setInterval");
  watch(globalThis, "setImmediate");
  watch(Date, "now");
  watch(performance, "now");
  watch(Math, "random");
  watch(crypto, "getRandomValues");
  try {
    for (const seed of [1, 2, 3, 4, 5]) await simulate(seed);
  } finally {
    for (const each of restore) each();
  }
  assertEquals(used, []);
});

Deno.test("simulation: a lost session is excused by a late hello only while that has no answer", () => {
  const [client, earlier, last] = [{}, {}, {}];
  const violationsOf = (answered: readonly object[]) => {
    let now = 0;
    const ledger = new Ledger(() => now++, false);
    const life = new Life();
    life.named("Bob");
    ledger.claimed("bob", client, earlier);
    ledger.claimed("bob", client, last);
    for (const over of answered) ledger.answered(over);
    ledger.lostSession(life, client, now);
    return ledger.violations.length;
  };
  assertEquals(violationsOf([last]), 0);
  assertEquals(violationsOf([earlier, last]), 1);
});

Deno.test("simulation: a network is not idle until the client is informed of the end of its connection", () => {
  const timeline = new Timeline(new Random(1));
  const weather = {
    latency: [1, 1],
    stallChance: 0,
    stall: [0, 0],
    splitChance: 0,
    piece: 1,
    capacity: 1000,
    breakChance: 0,
    breakWithin: 0,
    lostConnectChance: 0,
  } as const;
  const trace = new RunTrace(() => timeline.now);
  const network = new Network(timeline, new Random(1), weather, trace);
  let state: "connecting" | "ending" | "closed" = "connecting";
  network.acceptor = {
    accept: (socket) => {
      state = "ending";
      socket.destroy();
    },
  };
  const listener = { opened: () => {}, received: () => {}, closed: () => void (state = "closed") };
  network.connect("192.0.2.1", listener);
  const idle = new Set<string>();
  while (timeline.step()) if (network.isIdle) idle.add(state);
  assertEquals([...idle], ["closed"]);
});

/** Changes how a server broadcasts messages. @param change sends a frame to its room, or to another one. */
function onBroadcast(
  { fanout, hub }: Chat,
  change: (frame: MessageFrame, send: (frame: MessageFrame, room?: string) => void) => void,
): void {
  const broadcast = fanout.broadcast.bind(fanout);
  fanout.broadcast = (audience, frame, except, others) => {
    if (frame.type !== "message") return broadcast(audience, frame, except, others);
    change(frame, (changed, room) => {
      const other = room === undefined ? undefined : hub.rooms.open(room).value;
      broadcast(other?.audience ?? audience, changed, except, others);
    });
  };
}

/** True for each call whose number is a multiple of this one. */
function every(count: number): () => boolean {
  let calls = 0;
  return () => ++calls % count === 0;
}

/** A fault of the product, how to plant it, and what the ledger says of it. */
const FAULTS: readonly (readonly [what: string, plant: () => Faults, found: RegExp])[] = [
  ["a message that is not delivered", () => {
    const isNext = every(5);
    return { plant: (chat) => onBroadcast(chat, (frame, send) => void (isNext() || send(frame))) };
  }, /never received|has not received/],
  ["a message that is delivered twice", () => {
    const isNext = every(5);
    return {
      plant: (chat) =>
        onBroadcast(chat, (frame, send) => {
          send(frame);
          if (isNext()) send(frame);
        }),
    };
  }, /number \d+ comes after/],
  ["two messages in the wrong order", () => ({
    plant: (chat) => {
      const held = new Map<string, MessageFrame>();
      onBroadcast(chat, (frame, send) => {
        const before = held.get(frame.room);
        held.delete(frame.room);
        if (before === undefined) held.set(frame.room, frame);
        else for (const each of [frame, before]) send(each);
      });
    },
  }), /number \d+ comes after/],
  ["a message in another room", () => ({
    plant: (chat) =>
      onBroadcast(chat, (frame, send) => {
        send(frame);
        send(frame, frame.room === "lobby" ? "tea" : "lobby");
      }),
  }), /it is not in /],
  ["a message that is stored in another room", () => {
    const isNext = every(5);
    return {
      plant: ({ hub }) => {
        const send = hub.sendMessage.bind(hub);
        hub.sendMessage = (member, room, ...given) =>
          send(member, isNext() ? hub.rooms.open("tea").value! : room, ...given);
      },
    };
  }, / for \w+ is in \w+/],
  ["a message that is stored under another text", () => ({
    plant: ({ store: { history } }) => {
      const append = history.append.bind(history);
      history.append = (room, stored) =>
        append(room, { ...stored, message: { ...stored.message, text: "else" } });
    },
  }), /unknown text/],
  [
    "acknowledged messages that a crash loses",
    () => ({ skipsCommit: () => true }),
    /message \d+ of \w+ is lost/,
  ],
  ["a whisper that is not stored for a broken connection", () => ({
    plant: ({ store: { sessions } }) => void (sessions.addWhisper = () => {}),
  }), /received whisper \d+ after/],
  ["a whisper that is acknowledged and not sent", () => {
    const isNext = every(5);
    return {
      plant: ({ hub }) => {
        const send = hub.sendWhisper.bind(hub);
        hub.sendWhisper = (member, to, ...given) => {
          const receiver = hub.members.find(to);
          return receiver !== undefined && isNext()
            ? { value: { receiver, frame: { ...LOST_WHISPER, to: receiver.name } } }
            : send(member, to, ...given);
        };
      },
    };
  }, /whisper m\d+ of \w+ was acknowledged and is lost/],
  ["messages that are accepted again after a break", () => ({
    plant: ({ hub }) => {
      const send = hub.sendMessage.bind(hub);
      hub.sendMessage = (member, room, text, action) => send(member, room, text, action, undefined);
    },
  }), /is doubled/],
  ["whispers that are accepted again after a break", () => ({
    plant: ({ store: { sessions } }) => void (sessions.hasWhispered = () => false),
  }), /is delivered twice/],
  ["a session that is forgotten when its connection breaks", () => ({
    plant: ({ resumption }) => {
      const onDisconnect = resumption.onDisconnect.bind(resumption);
      resumption.onDisconnect = (member) => {
        onDisconnect(member);
        resumption.close(member);
        return false;
      };
    },
  }), /the session of \w+ is lost/],
  ["a session that is never removed", () => ({
    plant: ({ store: { sessions } }) => void (sessions.remove = () => {}),
  }), /sessions are left/],
  ["a member that stays behind", () => ({
    plant: ({ hub }) => {
      const unregister = hub.unregister.bind(hub);
      const isNext = every(3);
      hub.unregister = (member, why) => void (isNext() || unregister(member, why));
    },
  }), /members are left/],
  ["an error of a part of the server", () => ({
    plant: ({ hub }) => {
      const isNext = every(20);
      const send = hub.sendMessage.bind(hub);
      hub.sendMessage = (...given) => {
        if (isNext()) throw new Error("broken");
        return send(...given);
      };
    },
  }), /the server reports: internal error/],
];

for (const [what, plant, expected] of FAULTS) {
  Deno.test(`simulation: finds ${what}`, async () => {
    const found: string[] = [];
    for (let count = 0; count < FAULT_SEEDS; count++) {
      const { violations } = await simulate(FIRST_FAULT_SEED + count, { faults: plant() });
      found.push(...violations);
      if (violations.some((violation) => expected.test(violation))) return;
    }
    assert(false, found.slice(0, 5).join("\n") || "nothing was found");
  });
}
