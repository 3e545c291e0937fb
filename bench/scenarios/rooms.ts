import type { LatencySummary } from "../ledger/latency_histogram.ts";
import type { LedgerTotals } from "../ledger/ledger_totals.ts";
import { ErrorTally, runFailures } from "../load/error_tally.ts";
import { join, type Joined, sumOfJoins } from "../load/joining.ts";
import type { LoadPlan } from "../load/load_plan.ts";
import { LoadRun } from "../load/load_run.ts";
import { type Measurement, noTraffic } from "../load/measurement.ts";
import type { RunContext } from "../load/run_context.ts";
import { json } from "../profiles/json.ts";
import type { Profile } from "../profiles/profile.ts";
import { figuresOf } from "../results/comparison.ts";
import { messageFailures } from "../results/failures.ts";
import {
  deliveryMetrics,
  ERRORS,
  latencyMetrics,
  type Metrics,
  number,
} from "../results/metrics.ts";
import { summaryOf } from "../results/run_health.ts";
import {
  pacedLoad,
  type PacedOptions,
  type PacedResult,
  pacedResult,
  type Scenario,
} from "./scenario.ts";
import { deal } from "./worker_assignment.ts";

/** Options of `rooms`. The connections and the rate are those of all rooms and are split evenly. Each
 * room has at least two connections and a sender of its own. */
export interface RoomsOptions extends Omit<PacedOptions, "senders"> {
  /** Only hubbub's JSON lines can name a room in the login. */
  readonly profile: "json";
  /** Number of rooms. */
  readonly rooms: number;
  /** Rooms of each connection; default 1. The rooms are divided into sets of that many, and a connection is
   * in all rooms of one set. */
  readonly roomsPerClient?: number;
}

/** Result of `rooms`. `--json` prints it. */
export interface RoomsResult extends PacedResult {
  /** Distinguishes this result from those of other scenarios. */
  readonly scenario: "rooms";
  /** Requested number of rooms. */
  readonly rooms: number;
  /** Rooms of each connection; absent for 1. */
  readonly roomsPerClient?: number;
  /** Messages sent, in all rooms. */
  readonly messages: number;
  /** Of all rooms. Deliveries to a wrong room count as `misdelivered`. */
  readonly deliveries: LedgerTotals;
  /** `null` without deliveries. */
  readonly latencyMicroseconds: LatencySummary | null;
}

/** Of `rooms`: of all rooms together. */
export const ROOMS_METRICS: Metrics<RoomsResult> = {
  ...latencyMetrics("", (result) => result.latencyMicroseconds),
  ...deliveryMetrics((result) => result.deliveries),
  messages: number((result) => result.messages),
  joined: number((result) => result.joined),
  ...ERRORS,
};

const NEW_ROOMS_ADVICE = "The server limits new rooms for each address: 30 per hour by " +
  "default. Give fewer --rooms, or no address: a server that bench starts has no such limit.";

/** The sets of rooms of one thread, by number: `connections` and `rooms` are still those of all. */
interface OwnRooms extends RoomsOptions {
  readonly first?: number;
  readonly end?: number;
}

/**
 * Many rooms at a time with one sending connection each. A set of rooms, which have the same members,
 * belongs to one thread.
 */
export const rooms: Scenario<OwnRooms, RoomsResult> = {
  load: ["profile", "connections", "rooms", "roomsPerClient"],
  figures: figuresOf(ROOMS_METRICS),
  assign(options) {
    const { workers = 1, rooms, connections, messagesPerSecond: perSecond } = options;
    const sets = setsOf(options);
    if (workers > sets) {
      const what = sets === rooms ? `${rooms} rooms: each room` : `${sets} sets of rooms: each set`;
      throw new RangeError(`Cannot use ${workers} workers with ${what} belongs to one worker`);
    }
    return deal({ workers, connections, senders: sets, perSecond }, (portion) => {
      const { firstSender: first, senders } = portion;
      const messagesPerSecond = perSecond * portion.senderShare;
      return { ...options, first, end: first + senders, messagesPerSecond };
    }).map((assignment) => ({
      ...assignment,
      firstConnection: connectionsOf(options, 0, assignment.firstSender),
    }));
  },
  isPaced: () => true,
  measure,
  result: (options, measurement, known) => {
    const { target, connections, rooms, roomsPerClient } = options;
    const { messages, deliveries, latencies, errors } = measurement;
    return {
      ...pacedResult({ ...options, senders: rooms }, measurement, known, { delivery: latencies }),
      ...{ scenario: "rooms", rooms, messages, deliveries },
      ...roomsPerClient === undefined ? undefined : { roomsPerClient },
      latencyMicroseconds: summaryOf(latencies),
      failures: [
        ...messageFailures(target, connections, measurement),
        ...runFailures(errors),
        ...errors.some(({ code }) => code === "too_many_new_rooms") ? [NEW_ROOMS_ADVICE] : [],
      ],
    };
  },
};

async function measure(options: OwnRooms, context: RunContext): Promise<Measurement> {
  const { target, timeoutSeconds, first = 0, end = setsOf(options) } = options;
  const { roomsPerClient = 1 } = options;
  const { signal, runId } = context;
  const errors = new ErrorTally();
  const connections = connectionsOf(options, first, end);
  const found: Joined[] = [];
  let joined = 0;
  const nameOf = (room: number) => `bench-${runId}-${room}`;
  for (let set = first; set < end && !signal.aborted; set++) {
    const size = connectionsOf(options, set, set + 1);
    const connectionsBefore = connectionsOf(options, first, set);
    const rooms = Array.from(
      { length: roomsPerClient },
      (_, index) => set * roomsPerClient + index,
    );
    const others = joined;
    const group = await join({
      ...{ target, profile: jsonIn(rooms.map(nameOf)), timeoutSeconds, errors },
      ...{ connections: size, label: `${set}-`, connectionsBefore },
      totalConnections: options.connections,
    }, {
      ...context,
      onProgress: (progress) => {
        const joined = others + progress.joined;
        context.onProgress({ ...progress, joined, connections, fraction: joined / connections });
      },
    });
    found.push(group);
    joined += group.members.length;
    // A server that refuses all in the first set refuses those of the others, too.
    if (group.members.length === 0) break;
  }
  const groups = found.map(({ members }, index) => {
    return { members, senders: roomsPerClient, firstSender: (first + index) * roomsPerClient };
  });
  const load = pacedLoad({ ...options, connections, senders: groups.length * roomsPerClient });
  // A client in one room need not name it.
  const message = roomsPerClient === 1
    ? json.message
    : messagesIn(groups.flatMap(({ firstSender, members }) =>
      members.slice(0, roomsPerClient).map((_, index) => nameOf(firstSender + index))
    ));
  const plan = { groups, audience: "others", message } as const;
  const traffic = joined > 1 ? await new LoadRun(plan, errors, load, context).run() : noTraffic();
  await Promise.all(found.map(({ pool }) => pool.close()));
  return {
    ...{ ...sumOfJoins(found.map(({ joining }) => joining)), ...traffic },
    ...{ errors: errors.list(), interrupted: signal.aborted },
  };
}

/** Number of sets of rooms. */
function setsOf({ rooms, roomsPerClient = 1 }: RoomsOptions): number {
  return Math.floor(rooms / roomsPerClient);
}

/** Number of connections of the sets from `first` to before `end`. */
function connectionsOf(options: RoomsOptions, first: number, end: number): number {
  const sets = setsOf(options);
  let sum = 0;
  for (let set = first; set < end; set++) sum += Math.floor((options.connections + set) / sets);
  return sum;
}

/** JSON lines whose login joins these rooms. */
function jsonIn(rooms: readonly string[]): Profile {
  return {
    ...json,
    login: (name) => JSON.stringify({ type: "hello", name, rooms }) + "\n",
  };
}

/** The messages of senders that are in several rooms. @param rooms by sender. */
function messagesIn(rooms: readonly string[]): NonNullable<LoadPlan["message"]> {
  return (text, sender) => `{"type":"message","room":"${rooms[sender]}","text":"${text}"}\n`;
}
