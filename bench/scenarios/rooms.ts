import type { LatencySummary } from "../ledger/latency_histogram.ts";
import type { LedgerTotals } from "../ledger/ledger_totals.ts";
import { ErrorTally, runFailures } from "../load/error_tally.ts";
import { join, type Joined, sumOfJoins } from "../load/joining.ts";
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
 * room has at least two connections; one of them sends. */
export interface RoomsOptions extends Omit<PacedOptions, "senders"> {
  /** Only hubbub's JSON lines can name a room in the login. */
  readonly profile: "json";
  /** Number of rooms. */
  readonly rooms: number;
}

/** Result of `rooms`. `--json` prints it. */
export interface RoomsResult extends PacedResult {
  /** Distinguishes this result from those of other scenarios. */
  readonly scenario: "rooms";
  /** Requested number of rooms. */
  readonly rooms: number;
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

/** The rooms of one thread, by number: `connections` and `rooms` are still those of all. */
interface OwnRooms extends RoomsOptions {
  readonly first?: number;
  readonly end?: number;
}

/** Many rooms at a time with one sending connection each. A room belongs to one thread. */
export const rooms: Scenario<OwnRooms, RoomsResult> = {
  load: ["profile", "connections", "rooms"],
  figures: figuresOf(ROOMS_METRICS),
  assign(options) {
    const { workers = 1, rooms, connections, messagesPerSecond: perSecond } = options;
    if (workers > rooms) {
      throw new RangeError(
        `Cannot use ${workers} workers with ${rooms} rooms: each room belongs to one worker`,
      );
    }
    // Every room has one sender.
    return deal({ workers, connections, senders: rooms, perSecond }, (portion) => {
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
    const { target, connections, rooms } = options;
    const { messages, deliveries, latencies, errors } = measurement;
    return {
      ...pacedResult({ ...options, senders: rooms }, measurement, known, { delivery: latencies }),
      ...{ scenario: "rooms", rooms, messages, deliveries },
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
  const { target, timeoutSeconds, first = 0, end = options.rooms } = options;
  const { signal, runId } = context;
  const errors = new ErrorTally();
  const connections = connectionsOf(options, first, end);
  const found: Joined[] = [];
  let joined = 0;
  for (let room = first; room < end && !signal.aborted; room++) {
    const size = connectionsOf(options, room, room + 1);
    const connectionsBefore = connectionsOf(options, first, room);
    const others = joined;
    const group = await join({
      ...{ target, profile: jsonIn(`bench-${runId}-${room}`), timeoutSeconds, errors },
      ...{ connections: size, label: `${room}-`, connectionsBefore },
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
    // A server that refuses all in the first room refuses those of the others, too.
    if (group.members.length === 0) break;
  }
  const groups = found.map(({ members }, index) => {
    return { members, senders: 1, firstSender: first + index };
  });
  const load = pacedLoad({ ...options, connections, senders: groups.length });
  const plan = { groups, audience: "others" } as const;
  const traffic = joined > 1 ? await new LoadRun(plan, errors, load, context).run() : noTraffic();
  await Promise.all(found.map(({ pool }) => pool.close()));
  return {
    ...{ ...sumOfJoins(found.map(({ joining }) => joining)), ...traffic },
    ...{ errors: errors.list(), interrupted: signal.aborted },
  };
}

/** Number of connections of the rooms from `first` to before `end`. */
function connectionsOf({ connections, rooms }: RoomsOptions, first: number, end: number): number {
  let sum = 0;
  for (let room = first; room < end; room++) sum += Math.floor((connections + room) / rooms);
  return sum;
}

/** JSON lines whose login joins a room. */
function jsonIn(room: string): Profile {
  return {
    ...json,
    login: (name) => JSON.stringify({ type: "hello", name, rooms: [room] }) + "\n",
  };
}
