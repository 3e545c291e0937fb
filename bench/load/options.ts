import { hostPort } from "../../protocol/mod.ts";
import {
  MAX_SENDERS,
  MIN_PAYLOAD_BYTES,
  type Verification,
  VERIFICATIONS,
} from "../ledger/payload_codec.ts";
import type { PayloadSource } from "../ledger/padding.ts";
import { type Pace, RATES } from "./pacer.ts";
import type { LineTemplates } from "../profiles/line.ts";
import { type ProfileName, PROFILES } from "../profiles/mod.ts";

/** Names of scenarios, the first argument of `hubbub bench`. */
export const SCENARIO_NAMES = ["broadcast", "echo"] as const;

/** One of {@link SCENARIO_NAMES}. */
export type ScenarioName = (typeof SCENARIO_NAMES)[number];

/** The address of a server. */
export interface Target {
  /** A name or an address; empty for a Unix socket. */
  readonly host: string;
  /** 1 to 65535; 0 for a Unix socket. */
  readonly port: number;
  /** Connect with TLS. Certificates are not verified. */
  readonly isEncrypted?: true;
  /** The path of a Unix socket, in place of a host and a port. */
  readonly path?: string;
}

/** A target in the form of the command line. */
export function targetText({ host, port, isEncrypted, path }: Target): string {
  if (path !== undefined) return `unix:${path}`;
  return (isEncrypted === true ? "tls://" : "") + hostPort({ host, port });
}

/** Options of a run. */
export interface BenchmarkOptions {
  /** The server to load. */
  readonly target: Target;
  /** Default `broadcast`. */
  readonly scenario?: ScenarioName;
  /** The kind of server. Default `json`; `echo` for the scenario of that name, which accepts `echo` and
   * `line`. */
  readonly profile?: ProfileName;
  /** Templates of the profile `line`; no other profile accepts them. */
  readonly lines?: LineTemplates;
  /** Connections, at least 2; for `echo`, 1 to 17,576. Default 128. */
  readonly connections?: number;
  /** Connections opened per second, over 0 and up to 1,000,000. Default: the next one as soon as one is
   * connected, 64 at a time in each thread. */
  readonly connectRate?: number;
  /** Number of connections that send, 1 to 17,576. Default 8, or all of fewer connections. Not valid for
   * `echo`, where all send. */
  readonly senders?: number;
  /** How long is sent, in seconds. Default 10, or the time of a ramp. Without meaning where
   * `amount` is given. */
  readonly durationSeconds?: number;
  /** Total number of messages. Default: limited by `durationSeconds` only. */
  readonly amount?: number;
  /** Messages per second of all senders together, 1 to 500,000, each sent when it is due (an open loop);
   * or a rate that changes. Default: a sender sends the next message when one is complete (a closed
   * loop). */
  readonly rate?: Pace;
  /** Messages that a sender has in flight, 1 to 65,536, without a `rate`. Default 1. */
  readonly pipelining?: number;
  /** Length of every message's text, 16 to 4096 bytes. Default 64. */
  readonly payloadBytes?: number;
  /** Content of the texts. Default: letters and digits. Random bytes need a profile that accepts them:
   * `echo`, `line`, `nats`, `redis`. */
  readonly payload?: PayloadSource;
  /** Check whether all receivers get the messages of all senders in one order. For `broadcast`, with
   * fewer senders than connections. Default: the order of each sender's messages is checked. */
  readonly order?: "total";
  /** Which deliveries are compared with what was sent byte by byte: all, or one in 16. Default
   * `all`. */
  readonly verify?: Verification;
  /** Threads that share the connections, 1 to 64, each with one at least. Default 1. */
  readonly workers?: number;
  /** Time of a warm-up, whose messages count in no figure. Default 0. */
  readonly warmUpSeconds?: number;
  /** Chooses names and payloads: the same seed gives the same ones, and with a `rate` the same bytes on
   * every connection. (Without, an `amount` goes to the sender that is ready first.) Whole, 0 to
   * 4,294,967,295. Two runs with one seed at the same time would take each other's names. Default:
   * random. */
  readonly seed?: number;
  /** Maximum time for a connection to join, and for a message to reach all receivers, also at the end.
   * Default 10. */
  readonly timeoutSeconds?: number;
}

/** The options with their defaults. */
export type FullOptions =
  & Required<Omit<BenchmarkOptions, MayBeUnset>>
  & Pick<BenchmarkOptions, MayBeUnset>;

/** Options without a default value. */
export type MayBeUnset = "amount" | "connectRate" | "lines" | "order" | "rate" | "seed";

/** The options of a load on joined connections. */
export type LoadOptions =
  & Pick<FullOptions, "profile" | "connections" | "durationSeconds" | "timeoutSeconds">
  & Pick<FullOptions, "payloadBytes" | "payload" | "verify" | "pipelining">
  & Pick<FullOptions, "lines" | "order" | "rate" | "amount">;

/** The defaults of the options. */
export const DEFAULTS = {
  scenario: "broadcast",
  profile: "json",
  connections: 128,
  senders: 8,
  durationSeconds: 10,
  workers: 1,
  warmUpSeconds: 0,
  pipelining: 1,
  payloadBytes: 64,
  payload: { kind: "letters" },
  verify: "all",
  timeoutSeconds: 10,
} as const satisfies Omit<BenchmarkOptions, "target" | MayBeUnset>;

/** Other defaults of the scenario `echo`. */
const ECHO_DEFAULTS = { profile: "echo" } as const;

/** Maximum length of a text that hubbub accepts. */
const MAX_PAYLOAD_BYTES = 4096;
const MAX_CONNECT_RATE = 1_000_000;
/** Maximum of messages in flight in a closed loop: when each was sent, and how many threads wait for it,
 * take 12 bytes. */
const MAX_IN_FLIGHT = 16_777_216;
/** Maximum of pairs of a sender and a receiver: the ledger stores 8 bytes for each. */
const MAX_STREAMS = 67_108_864;
/** Longest time that a timer can be set to: 24 days. */
const MAX_SECONDS = 2 ** 31 / 1000 - 1;

/**
 * Adds the defaults and checks all options.
 *
 * @throws {RangeError} with a sentence that names the option and its range.
 */
export function fullOptions(options: BenchmarkOptions): FullOptions {
  const full: FullOptions = {
    ...DEFAULTS,
    ...typeof options.rate === "object" ? { durationSeconds: options.rate.seconds } : undefined,
    ...options.scenario === "echo" ? ECHO_DEFAULTS : undefined,
    ...withoutUnset(options),
  };
  checkTarget(full.target);
  checkOneOf("scenario", full.scenario, SCENARIO_NAMES);
  checkOneOf("profile", full.profile, Object.keys(PROFILES));
  checkOneOf("verification", full.verify, VERIFICATIONS);
  if (full.scenario === "echo") return checked({ ...full, senders: echoSenders(options, full) });
  if (full.profile === "echo") {
    throw new RangeError(
      'Cannot use the profile "echo" for broadcast: an echo server sends nothing to other clients',
    );
  }
  checkWhole("connections", full.connections, 2, 1_000_000);
  checkWhole("senders", full.senders, 1, MAX_SENDERS);
  checkProduct("senders", full.senders, "connections", full.connections, MAX_STREAMS);
  if (full.senders > full.connections && isGiven(options.senders)) {
    throw new RangeError(
      `Cannot use ${full.senders} senders with ${full.connections} connections: every sender is one ` +
        "of the connections",
    );
  }
  return checked({ ...full, senders: Math.min(full.senders, full.connections) });
}

/** Checks the options of `echo`. @returns the number of senders. */
function echoSenders(
  given: BenchmarkOptions,
  { profile, connections }: FullOptions,
): number {
  if (profile !== "echo" && profile !== "line") {
    throw new RangeError(
      `Cannot use the profile "${profile}" for echo: it must be one of echo, line`,
    );
  }
  if (given.senders !== undefined) {
    throw new RangeError("Cannot use senders for echo: every connection sends");
  }
  checkWhole("connections", connections, 1, MAX_SENDERS);
  return connections;
}

function checked(full: FullOptions): FullOptions {
  checkWhole("workers", full.workers, 1, Math.min(64, full.connections));
  checkWhole("pipelining", full.pipelining, 1, 65_536);
  checkWhole("payload bytes", full.payloadBytes, MIN_PAYLOAD_BYTES, MAX_PAYLOAD_BYTES);
  checkProduct("senders", full.senders, "pipelining", full.pipelining, MAX_IN_FLIGHT);
  checkRate(full.rate);
  checkSeconds("duration", full.durationSeconds);
  checkSeconds("timeout", full.timeoutSeconds);
  if (full.amount !== undefined) checkWhole("amount", full.amount, 1, Number.MAX_SAFE_INTEGER);
  checkAmountOfRamp(full);
  if (full.warmUpSeconds !== 0) checkSeconds("warm-up", full.warmUpSeconds);
  if (full.warmUpSeconds > 0 && typeof full.rate === "object") {
    throw new RangeError("Cannot use a warm-up with a ramp: the ramp already warms the server up");
  }
  checkConnectRate(full.connectRate);
  if (full.seed !== undefined) checkWhole("seed", full.seed, 0, 2 ** 32 - 1);
  checkLines(full);
  checkPayload(full);
  checkOrder(full);
  return full;
}

function checkTarget(target: Target | undefined): void {
  if (target?.path !== undefined) {
    if (target.path !== "") return;
    throw new RangeError("Cannot use an empty path as Unix socket");
  }
  if (typeof target?.host !== "string" || target.host === "") {
    throw new RangeError("Cannot run without a target: give the host as a name or an address");
  }
  checkWhole("port", target.port, 1, 65_535);
}

/** A ramp that ends at 0 makes no more messages than these. */
function checkAmountOfRamp({ rate, amount }: FullOptions): void {
  if (amount === undefined || typeof rate !== "object" || rate.to > 0) return;
  const most = Math.ceil(rate.from / 2 * rate.seconds);
  if (amount <= most) return;
  throw new RangeError(
    `Cannot send an amount of ${amount}: the ramp makes ${most} messages and ends at 0 per second`,
  );
}

function checkRate(rate: Pace | undefined): void {
  if (rate === undefined) return;
  const { from, to, seconds } = typeof rate === "number"
    ? { from: rate, to: rate, seconds: 1 }
    : rate;
  const isGood = from >= 0 && to >= 0 && Math.max(from, to) >= RATES.least &&
    Math.max(from, to) <= RATES.most;
  if (!isGood) {
    const given = typeof rate === "number" ? rate : `${from}:${to}`;
    throw new RangeError(
      `Cannot use ${given} as rate: it must be ${RATES.least} to ${RATES.most} messages per second`,
    );
  }
  checkSeconds("time of the ramp", seconds);
}

function checkConnectRate(rate: number | undefined): void {
  if (rate === undefined || (rate > 0 && rate <= MAX_CONNECT_RATE)) return;
  throw new RangeError(
    `Cannot use ${rate} as connect rate: it must be over 0 and at most ${MAX_CONNECT_RATE}`,
  );
}

function checkOrder({ order, scenario, senders, connections }: FullOptions): void {
  if (order === undefined) return;
  checkOneOf("order", order, ["total"]);
  if (scenario !== "broadcast") {
    throw new RangeError(
      `Cannot check the total order in ${scenario}: its clients do not receive the same messages`,
    );
  }
  if (senders < connections) return;
  throw new RangeError(
    "Cannot check the total order where all connections send: give fewer senders than connections",
  );
}

function checkPayload({ profile, payload }: FullOptions): void {
  if (payload.kind !== "random" || PROFILES[profile].takesBytes === true) return;
  const able = Object.entries(PROFILES).flatMap(([name, { takesBytes }]) => takesBytes ? name : []);
  throw new RangeError(
    `Cannot send random bytes with the profile "${profile}", which takes text: it must be one of ` +
      able.join(", "),
  );
}

function checkLines({ profile, lines }: FullOptions): void {
  if (lines === undefined) return;
  if (profile !== "line") {
    throw new RangeError(
      `Cannot use templates of lines with the profile "${profile}": only "line"`,
    );
  }
  if (lines.message !== undefined && !lines.message.includes("{text}")) {
    throw new RangeError(`Cannot use "${lines.message}" as message: it must have {text} in it`);
  }
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function withoutUnset<T extends object>(options: T): T {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => isGiven(value)),
  ) as T;
}

function checkWhole(what: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new RangeError(
      `Cannot use ${value} as ${what}: it must be a whole number from ${least} to ${most}`,
    );
  }
}

function checkProduct(one: string, a: number, other: string, b: number, most: number): void {
  if (a * b > most) {
    throw new RangeError(
      `Cannot use ${a} ${one} with ${b} ${other}: their product may be at most ${most}`,
    );
  }
}

function checkSeconds(what: string, value: number): void {
  if (!(value > 0 && value <= MAX_SECONDS)) {
    throw new RangeError(
      `Cannot use ${value} as ${what}: it must be over 0 and at most ${MAX_SECONDS} seconds`,
    );
  }
}

function checkOneOf(what: string, value: string, known: readonly string[]): void {
  if (!known.includes(value)) {
    throw new RangeError(
      `Cannot use the ${what} "${value}": it must be one of ${known.join(", ")}`,
    );
  }
}
