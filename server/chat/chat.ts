import { randomBytes } from "node:crypto";
import { DEFAULT_ROOM } from "../../protocol/mod.ts";
import type { Clock } from "../scheduling/clock.ts";
import { AccountWatch } from "../accounts/account_watch.ts";
import { Authenticator } from "./authenticator.ts";
import { Fanout } from "../fanout/fanout.ts";
import { FileExchange } from "./files/file_exchange.ts";
import { Hub } from "./hub.ts";
import { reportInternalError } from "../observability/internal_error.ts";
import { KnownAddresses, LoginThrottle } from "../accounts/login_throttle.ts";
import type { Log } from "../observability/log.ts";
import { LoginRefusals, PresenceLog } from "../observability/bounded_logs.ts";
import type { Metrics } from "../observability/metrics.ts";
import { Moderation } from "./moderation.ts";
import { checkOperators, Operators } from "../accounts/operators.ts";
import { PasswordVerifier } from "../accounts/password_verifier.ts";
import { Registrations } from "../accounts/registrations.ts";
import { MIN_BROKEN_KEPT, Resumption } from "./resumption.ts";
import type { ServerOptions } from "../options.ts";
import { OutboxBudget } from "../fanout/outbox_budget.ts";
import type { HandlerServer } from "./handlers/handler.ts";
import { checkPassword, hashPassword } from "../accounts/password.ts";
import { WorkQueueFullError } from "../accounts/work_queue.ts";
import { writableByOthers } from "../storage/database.ts";
import { createMemoryStore } from "../storage/memory_store.ts";
import { openSqliteStore, systemStoreEnvironment } from "../storage/sqlite_store.ts";
import type { Store } from "../storage/store.ts";
import { RoomPacer } from "../fanout/room_pacer.ts";
import { Scheduler, SLICE_REST } from "../scheduling/scheduler.ts";
import { createEncoders, type Encoders } from "../fanout/encoder.ts";

/** The options that concern the chat, and not the network. */
export type ChatOptions = Pick<
  ServerOptions,
  | "rooms"
  | "maxRooms"
  | "roomRetentionMilliseconds"
  | "data"
  | "rate"
  | "historyLimit"
  | "databaseBytes"
  | "sync"
  | "graceMilliseconds"
  | "maxClients"
  | "serverPassword"
  | "operators"
  | "maxAccounts"
  | "registrationsPerHour"
  | "files"
  | "maxFileBytes"
  | "serverName"
  | "outboxTotalBytes"
>;

/** The chat without its network: what all connections share. */
export interface Chat extends Clock, HandlerServer {
  readonly authenticator: Authenticator;
  readonly fanout: Fanout;
  readonly log: Log;
  readonly presenceLog: PresenceLog;
  readonly metrics: Metrics;
  /** Name and version. */
  readonly serverName: string;
  /** Makes an unguessable token. */
  newToken(): string;
  readonly turn: Scheduler;
  readonly outboxBudget: OutboxBudget;
  readonly formats: Encoders;
  /** Does what is due every second. */
  tick(): void;
  /** Writes everything down, and forgets it. @returns what it could not write down, as a sentence. */
  close(): string | undefined;
}

/** What a chat takes from outside; a test passes its own. */
export interface ChatEnvironment {
  /** Takes the place of the store that the options name. */
  readonly store?: Store;
  /** See {@link Scheduler}. */
  readonly schedule?: (run: () => void) => void;
  /** Minimum number of sessions without a connection that are kept; default {@link MIN_BROKEN_KEPT}. */
  readonly minBrokenKept?: number;
  readonly checkPassword?: typeof checkPassword;
  readonly hashPassword?: Chat["hashPassword"];
  readonly newToken?: () => string;
}

/**
 * Puts the parts of a chat together.
 *
 * @throws {StorageError} when the data cannot be read.
 * @throws {OperatorError} when an operator has no account.
 */
export function createChat(
  options: ChatOptions,
  clock: Clock,
  log: Log,
  metrics: Metrics,
  environment: ChatEnvironment = {},
): Chat {
  const store = environment.store ?? openStore(options, clock);
  try {
    return assembleChat(store, options, clock, log, metrics, environment);
  } catch (error) {
    // Or the data would stay locked.
    store.close();
    throw error;
  }
}

function assembleChat(
  store: Store,
  options: ChatOptions,
  clock: Clock,
  log: Log,
  metrics: Metrics,
  environment: ChatEnvironment,
): Chat {
  const { accounts } = store;
  checkOperators(options.operators, accounts, options.data);
  /** Runs a part of the server's own work; the other parts go on if it throws. */
  const guarded = (part: () => void) => {
    try {
      part();
    } catch (error) {
      reportInternalError({ log, metrics }, error);
    }
  };
  const outboxBudget = new OutboxBudget(options.outboxTotalBytes, () => metrics.shedClients++);
  const fanout = new Fanout(
    () => turn.request(),
    metrics,
    (error) => reportInternalError({ log, metrics }, error),
    options.rate === null ? undefined : new RoomPacer((milliseconds, woken) =>
      setTimeout(() => {
        woken();
        turn.request();
      }, milliseconds)
    ),
  );
  const turn = new Scheduler(
    clock,
    {
      get isFull() {
        return fanout.isFull;
      },
      flush(now) {
        // What is acknowledged in this turn is written down before.
        guarded(() => store.commit());
        fanout.flush(now);
        outboxBudget.enforce();
      },
    },
    environment.schedule,
    undefined,
    options.rate === null ? 0 : SLICE_REST,
  );
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
    Math.max(environment.minBrokenKept ?? MIN_BROKEN_KEPT, options.maxClients),
  );
  const files = new FileExchange(hub, fanout, clock, options, metrics);
  const moderation = new Moderation(store, clock);
  const operators = new Operators(accounts, options.operators);
  const knownAddresses = new KnownAddresses(store.knownAddresses);
  const accountWatch = new AccountWatch(
    accounts,
    operators,
    knownAddresses,
    log,
    (key, isNotified) => resumption.logOut(key, isNotified),
    (key, isOperator) => {
      const member = hub.people.find(key);
      if (member !== undefined) member.isOperator = member.isAuthenticated && isOperator;
    },
  );
  const loginThrottle = new LoginThrottle(knownAddresses, options.maxAccounts);
  const loginRefusals = new LoginRefusals(log, (code) => metrics.refuse(code));
  const presenceLog = new PresenceLog(log);
  const check = environment.checkPassword ?? checkPassword;
  const passwords = new PasswordVerifier({
    accounts,
    throttle: loginThrottle,
    serverPassword: options.serverPassword ?? undefined,
    checkPassword: (password, hash, work) => check(password, hash, work).catch(undefinedWhenFull),
    log,
    refusals: loginRefusals,
    metrics,
    monotonic: () => clock.monotonic(),
  });
  const authenticator = new Authenticator({
    hub,
    resumption,
    moderation,
    accounts,
    accountWatch,
    operators,
    passwords,
  });
  warnOfWriters(options.data, log);
  resumption.restore();
  const failures = new FailureLog(log);
  return {
    hub,
    fanout,
    turn,
    outboxBudget,
    formats: createEncoders(() => clock.now()),
    store,
    resumption,
    moderation,
    operators,
    accountWatch,
    passwords,
    registrations: accounts && new Registrations(accounts, options),
    refusals: loginRefusals,
    presenceLog,
    files,
    authenticator,
    log,
    metrics,
    serverName: options.serverName,
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    newToken: environment.newToken ?? (() => randomBytes(18).toString("base64url")),
    hashPassword: environment.hashPassword ??
      ((password) => hashPassword(password, randomBytes).catch(undefinedWhenFull)),
    tick() {
      guarded(() => hub.tellPresence(clock.monotonic()));
      guarded(() => accountWatch.tick());
      guarded(() => resumption.tick());
      guarded(() => hub.rooms.tick());
      guarded(() => files.tick());
      guarded(() => {
        for (const { key } of moderation.tick()) {
          log.audit("unbanned", { target: key, by: "administrator" });
        }
      });
      guarded(() => store.commit());
      failures.look(store.failure);
      loginRefusals.report();
      presenceLog.report();
    },
    close() {
      loginRefusals.report();
      presenceLog.report();
      return store.close();
    },
  };
}

function openStore({ data, historyLimit, databaseBytes, sync }: ChatOptions, clock: Clock): Store {
  const limit = historyLimit === null ? undefined : { historyLimit };
  return data === null
    ? createMemoryStore({ ...limit }, clock)
    : openSqliteStore(data, { ...limit, diskBytes: databaseBytes, sync }, {
      ...systemStoreEnvironment,
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
    });
}

/** Too many passwords are being worked on: whoever asks is told so. */
function undefinedWhenFull(error: unknown): undefined {
  if (!(error instanceof WorkQueueFullError)) throw error;
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
