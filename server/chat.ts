import { randomBytes } from "node:crypto";
import { DEFAULT_ROOM } from "../protocol/mod.ts";
import type { Clock } from "./clock.ts";
import { Entrance } from "./entrance.ts";
import { Fanout } from "./fanout.ts";
import { FileExchange } from "./files/file_exchange.ts";
import { Hub } from "./hub.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics/metrics.ts";
import { Moderation } from "./moderation.ts";
import { MIN_BROKEN_KEPT, Resumption } from "./resumption.ts";
import type { ServerOptions } from "./options.ts";
import { OutboxBudget } from "./outbox_budget.ts";
import type { SessionServer } from "./session.ts";
import {
  AddressPenalty,
  checkPassword,
  createMemoryStore,
  hashPassword,
  openSqliteStore,
  type Store,
  systemStoreEnvironment,
  WorkQueueFullError,
  writableByOthers,
} from "./storage/mod.ts";
import { Turn } from "./turn.ts";
import { createWireFormats, type WireFormats } from "./wire_format.ts";

/** The options that concern the chat, and not the network. */
export type ChatOptions = Pick<
  ServerOptions,
  | "rooms"
  | "maxRooms"
  | "roomRetentionMilliseconds"
  | "data"
  | "historyLimit"
  | "sync"
  | "graceMilliseconds"
  | "maxClients"
  | "serverPassword"
  | "operators"
  | "files"
  | "maxFileBytes"
  | "serverName"
  | "outboxTotalBytes"
>;

/** The chat without its network: what all connections share. */
export interface Chat extends SessionServer {
  readonly turn: Turn;
  readonly outboxBudget: OutboxBudget;
  readonly formats: WireFormats;
  /** Does what is due every second. */
  tick(): void;
  /** Writes everything down, and forgets it. @returns what it could not write down, as a sentence. */
  close(): string | undefined;
}

/**
 * Puts the parts of a chat together.
 *
 * @throws {StorageError} when the data cannot be read.
 */
export function createChat(
  options: ChatOptions,
  clock: Clock,
  log: Log,
  metrics: Metrics,
): Chat {
  const store = openStore(options, clock);
  /** Counts and logs an error that no single client has caused. */
  const internalError = (error: unknown) => {
    metrics.internalErrors++;
    log.error("internal error", {
      error: String(error),
      ...(error instanceof Error && error.stack !== undefined ? { stack: error.stack } : undefined),
    });
  };
  /** Runs a part of the server's own work; the other parts go on if it throws. */
  const guarded = (part: () => void) => {
    try {
      part();
    } catch (error) {
      internalError(error);
    }
  };
  const outboxBudget = new OutboxBudget(options.outboxTotalBytes, () => metrics.shedClients++);
  const fanout = new Fanout(() => turn.request(), metrics, internalError);
  const turn = new Turn(clock, {
    get isFull() {
      return fanout.isFull;
    },
    flush(now) {
      // What is acknowledged in this turn is written down before.
      guarded(() => store.commit());
      fanout.flush(now);
      outboxBudget.enforce();
    },
  });
  const hub = new Hub(fanout, clock, store, [DEFAULT_ROOM, ...options.rooms], {
    maxRooms: options.maxRooms,
    retentionMilliseconds: options.roomRetentionMilliseconds,
  });
  const resumption = new Resumption(
    hub,
    store,
    clock,
    options.graceMilliseconds,
    // After a restart everybody who was there may come back.
    Math.max(MIN_BROKEN_KEPT, options.maxClients),
  );
  const files = new FileExchange(hub, fanout, clock, options, metrics);
  const moderation = new Moderation(store, clock, options.operators);
  const entrance = new Entrance({
    hub,
    resumption,
    moderation,
    accounts: store.accounts,
    serverPassword: options.serverPassword ?? undefined,
    penalties: new AddressPenalty(),
    checkPassword: (password, hash) => checkPassword(password, hash).catch(undefinedWhenFull),
    monotonic: () => clock.monotonic(),
    delay: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  });
  warnOfOperators(options.operators, store, log);
  warnOfWriters(options.data, log);
  resumption.restore();
  const failures = new FailureLog(log);
  return {
    hub,
    fanout,
    turn,
    outboxBudget,
    formats: createWireFormats(() => clock.now()),
    store,
    resumption,
    moderation,
    files,
    entrance,
    log,
    metrics,
    serverName: options.serverName,
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    newToken: () => randomBytes(18).toString("base64url"),
    hashPassword: (password) => hashPassword(password, randomBytes).catch(undefinedWhenFull),
    tick() {
      guarded(() => hub.tellPresence(clock.monotonic()));
      guarded(() => resumption.tick());
      guarded(() => hub.rooms.tick());
      guarded(() => files.tick());
      guarded(() => moderation.tick());
      guarded(() => store.commit());
      failures.look(store.failure);
    },
    close: () => store.close(),
  };
}

function openStore({ data, historyLimit, sync }: ChatOptions, clock: Clock): Store {
  const limit = historyLimit === null ? undefined : { historyLimit };
  return data === null
    ? createMemoryStore({ ...limit }, clock)
    : openSqliteStore(data, { ...limit, sync }, {
      ...systemStoreEnvironment,
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
    });
}

/** Too many passwords are being worked on: whoever asks is told so. */
function undefinedWhenFull(error: unknown): undefined {
  if (!(error instanceof WorkQueueFullError)) throw error;
}

/** An operator without a password would be whoever takes the name first. */
function warnOfOperators(operators: readonly string[], store: Store, log: Log): void {
  for (const name of operators) {
    if (store.accounts === undefined) {
      log.warn("operators need --data: without it no name can be registered", { name });
    }
  }
}

/** Others than the owner of the data may change it. */
function warnOfWriters(data: string | null, log: Log): void {
  if (data === null) return;
  const [first, ...others] = writableByOthers(data);
  if (first === undefined) return;
  log.warn("others may write to the data; remove that with: chmod -R go-w", {
    path: first,
    ...(others.length === 0 ? undefined : { more: others.length }),
  });
}

/** Tells the log when storing fails, and when it works again: once each. */
class FailureLog {
  #last: string | undefined;

  constructor(private readonly log: Log) {}

  look(failure: string | undefined): void {
    if (failure === this.#last) return;
    this.#last = failure;
    if (failure === undefined) this.log.info("storing works again");
    else this.log.error(failure);
  }
}
