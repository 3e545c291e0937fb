import type { MachineWeather, ProcessOptions } from "./server_process.ts";
import type { NetworkWeather } from "./network.ts";
import type { Random } from "./random.ts";
import { DEFAULT_OUTBOX_LIMITS } from "../../server/fanout/outbox.ts";

/** Frequencies of what a client does, as shares of their sum. */
export interface Habits {
  readonly message: number;
  readonly whisper: number;
  readonly join: number;
  readonly visit: number;
  readonly leave: number;
  readonly nick: number;
  readonly ask: number;
  readonly pause: number;
  readonly reload: number;
  readonly quit: number;
  readonly vanish: number;
}

/** What a run consists of: drawn anew for each seed, so that each is another kind of weather. */
export interface Plan {
  /** Milliseconds with faults. */
  readonly duration: number;
  readonly programs: number;
  readonly textUsers: number;
  readonly hasOperator: boolean;
  readonly rooms: readonly string[];
  /** Maximum milliseconds between two actions of a client. */
  readonly pace: number;
  /** Maximum messages of one action. */
  readonly burst: number;
  /** Maximum characters of a text behind its mark. */
  readonly padding: number;
  readonly habits: Habits;
  readonly crashes: number;
  readonly restarts: number;
  readonly network: NetworkWeather;
  readonly machine: MachineWeather;
  readonly server: ProcessOptions;
  /** Whether a slow reader may miss messages. */
  readonly maySkip: boolean;
}

const ROOMS = ["lobby", "tea", "Zoo", "Kitchen"];

/** Draws a plan. */
export function drawPlan(random: Random): Plan {
  /** A fault that is off in half of the plans. */
  const perhaps = (most: number) => random.chance(0.5) ? 0 : random.between(0, most);
  const least = random.pick([0.05, 1, 20]);
  const isNarrow = random.chance(0.25);
  return {
    duration: random.pick([1500, 5000, 12_000]),
    programs: random.whole(2, 4),
    textUsers: random.whole(0, 2),
    hasOperator: random.chance(0.3),
    rooms: ROOMS.slice(0, random.whole(1, ROOMS.length)),
    pace: random.pick([200, 1000, 3000]),
    burst: random.pick([1, 2, 8]),
    padding: random.pick([0, 40, 1000]),
    habits: {
      message: random.between(10, 40),
      whisper: random.between(0, 15),
      join: perhaps(10),
      visit: perhaps(6),
      leave: perhaps(3),
      nick: perhaps(4),
      ask: perhaps(5),
      pause: perhaps(4),
      reload: perhaps(4),
      quit: perhaps(2),
      vanish: perhaps(4),
    },
    crashes: random.chance(0.5) ? 0 : random.whole(1, 3),
    restarts: random.chance(0.7) ? 0 : 1,
    network: {
      latency: [least, least * random.pick([1, 4, 50])],
      stallChance: perhaps(0.05),
      stall: [100, random.pick([500, 5000, 20_000])],
      splitChance: random.pick([0, 0.3, 0.9]),
      piece: random.pick([1, 30, 1000]),
      capacity: random.pick([500, 5000, 65_536]),
      breakChance: perhaps(0.8),
      breakWithin: random.pick([200, 3000, 30_000]),
      lostConnectChance: perhaps(0.2),
    },
    machine: { cost: random.pick([0, 0, 0.01, 0.3]), lateness: random.pick([0, 1, 60]) },
    server: {
      rate: random.pick([null, { perSecond: 20, burst: 40 }, { perSecond: 5, burst: 10 }]),
      outbox: isNarrow
        ? { softBytes: 2000, softMilliseconds: 300, hardBytes: 20_000 }
        : DEFAULT_OUTBOX_LIMITS,
      slowClients: isNarrow && random.chance(0.3) ? "close" : "skip",
      graceMilliseconds: random.pick([0, 1000, 10_000]),
      pingMilliseconds: 5000,
      maxClients: 1000,
    },
    maySkip: isNarrow,
  };
}
