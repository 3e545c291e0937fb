import { randomBytes } from "node:crypto";
import type { Clock } from "../scheduling/clock.ts";
import { AccountWatch } from "../accounts/account_watch.ts";
import { AccessWatch } from "./access_watch.ts";
import { Authenticator } from "./authenticator.ts";
import { Fanout } from "../fanout/fanout.ts";
import { FileExchange } from "./files/file_exchange.ts";
import { StoredFiles } from "./files/stored_files.ts";
import { Hub } from "./hub.ts";
import { reportInternalError } from "../observability/internal_error.ts";
import { KnownAddresses, LoginThrottle } from "../accounts/login_throttle.ts";
import type { Log } from "../observability/log.ts";
import { LoginRefusals, PresenceLog } from "../observability/bounded_logs.ts";
import type { Metrics } from "../observability/metrics.ts";
import { Moderation } from "./moderation.ts";
import { checkOperators, Operators } from "../accounts/operators.ts";
import { PasswordVerifier } from "../accounts/password_verifier.ts";
import { TokenVerifier } from "../accounts/token_verifier.ts";
import { Registrations } from "../accounts/registrations.ts";
import { MIN_DISCONNECTED_SESSIONS, Resumption } from "./resumption.ts";
import type { ServerOptions } from "../options.ts";
import { OutboxBudget } from "../fanout/outbox_budget.ts";
import { checkPassword, hashPassword } from "../accounts/password.ts";
import { PasswordThreads } from "../accounts/password_threads.ts";
import { WorkQueueFullError } from "../accounts/work_queue.ts";
import { writableByOthers } from "../storage/database.ts";
import { createMemoryStore } from "../storage/memory_store.ts";
import { openSqliteStore, systemStoreEnvironment } from "../storage/sqlite_store.ts";
import type { Store } from "../storage/store.ts";
import { RoomPacer } from "../fanout/room_pacer.ts";
import { Scheduler, SLICE_REST } from "../scheduling/scheduler.ts";
import {
  createEncoders,
  createIrcEncoders,
  type Encoders,
  type IrcEncoders,
} from "../fanout/encoder.ts";
import { createEventFormats, type EventFormats } from "../fanout/event_format.ts";

/** The options of the chat, without those of the network. */
export type ChatOptions = Pick<
  ServerOptions,
  | "rooms"
  | "maxRooms"
  | "maxRoomsPerClient"
  | "maxRoomClients"
  | "newRoomsPerHour"
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
  | "storeFilesBytes"
  | "serverName"
  | "outboxTotalBytes"
>;

/** Replacements for parts of a chat, for tests. */
export interface ChatEnvironment {
  /** Replaces the store of the options. */
  readonly store?: Store;
  /** See {@link Scheduler}. */
  readonly schedule?: (run: () => void) => void;
  /** Minimum number of sessions without a connection that are kept; default {@link MIN_DISCONNECTED_SESSIONS}. */
  readonly minDisconnectedSessions?: number;
  readonly checkPassword?: typeof checkPassword;
  readonly hashPassword?: Chat["hashPassword"];
  readonly newToken?: () => string;
}

/**
 * Opens the store of the options and makes a chat.
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
    return new Chat(store, options, clock, log, metrics, environment);
  } catch (error) {
    // Otherwise the data would stay locked.
    store.close();
    throw error;
  }
}

/** The chat without its network: the parts that all connections share. */
export class Chat implements Clock {
  readonly fanout: Fanout;
  readonly scheduler: Scheduler;
  readonly outboxBudget: OutboxBudget;
  readonly encoders: Encoders;
  readonly ircEncoders: IrcEncoders;
  readonly eventFormats: EventFormats;
  readonly hub: Hub;
  readonly resumption: Resumption;
  readonly files: FileExchange;
  readonly storedFiles: StoredFiles;
  readonly moderation: Moderation;
  readonly operators: Operators;
  readonly accountWatch: AccountWatch;
  readonly accessWatch = new AccessWatch();
  readonly passwords: PasswordVerifier;
  readonly tokens: TokenVerifier;
  /** Absent without accounts. */
  readonly registrations: Registrations | undefined;
  readonly refusals: LoginRefusals;
  readonly presenceLog: PresenceLog;
  readonly authenticator: Authenticator;
  /** Name and version. */
  readonly serverName: string;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** Milliseconds of a clock that never goes back. */
  readonly monotonic: () => number;
  readonly after: Clock["after"];
  readonly newToken: () => string;
  /** Makes the hash of a password; `undefined` when too many others are waiting. */
  readonly hashPassword: (password: string) => Promise<string | undefined>;
  readonly #passwordThreads = new PasswordThreads();
  #storeFailure: string | undefined;

  constructor(
    readonly store: Store,
    options: ChatOptions,
    clock: Clock,
    readonly log: Log,
    readonly metrics: Metrics,
    environment: ChatEnvironment,
  ) {
    const { accounts } = store;
    checkOperators(options.operators, accounts, options.data);
    this.serverName = options.serverName;
    this.now = () => clock.now();
    this.monotonic = () => clock.monotonic();
    this.after = (milliseconds, run) => clock.after(milliseconds, run);
    this.newToken = environment.newToken ?? (() => randomBytes(18).toString("base64url"));
    this.hashPassword = environment.hashPassword ??
      ((password) =>
        hashPassword(password, randomBytes, undefined, this.#passwordThreads.derive)
          .catch(undefinedWhenFull));
    this.ircEncoders = createIrcEncoders((name) => this.hub.members.find(name));
    this.encoders = createEncoders(this.now, this.ircEncoders);
    this.eventFormats = createEventFormats(this.encoders.json);
    this.outboxBudget = new OutboxBudget(options.outboxTotalBytes, () => metrics.shedClients++);
    this.fanout = this.#createFanout(options);
    this.scheduler = this.#createScheduler(options, clock, environment);
    this.hub = this.#createHub(options, clock);
    this.resumption = this.#createResumption(options, clock, environment);
    this.files = new FileExchange(this.hub, this.fanout, clock, options, metrics);
    this.moderation = new Moderation(store, clock);
    this.storedFiles = this.#createStoredFiles(options);
    this.operators = new Operators(accounts, options.operators);
    this.refusals = new LoginRefusals(log, (code) => metrics.refuse(code));
    this.presenceLog = new PresenceLog(log);
    const knownAddresses = new KnownAddresses(store.knownAddresses);
    this.accountWatch = this.#createAccountWatch(knownAddresses);
    this.registrations = accounts && new Registrations(accounts, options);
    this.passwords = this.#createPasswordVerifier(options, knownAddresses, environment);
    const { refusals } = this;
    this.tokens = new TokenVerifier({
      ...{ accounts, tokens: store.tokens, clock: this, log, refusals },
    });
    const { hub, resumption, moderation, accountWatch, operators, passwords } = this;
    this.authenticator = new Authenticator({
      ...{ hub, resumption, moderation, accounts, accountWatch, operators, passwords },
    });
    warnOfWriters(options.data, log);
    this.resumption.restore();
  }

  /** Does the periodic work; called every second. An error in one part does not stop the others. */
  tick(): void {
    const { hub, store, refusals, presenceLog } = this;
    this.#guarded(() => hub.sendPresence(this.monotonic()));
    this.#guarded(() => this.accountWatch.tick());
    this.#guarded(() => this.accessWatch.tick());
    this.#guarded(() => this.resumption.tick());
    this.#guarded(() => hub.rooms.tick());
    this.#guarded(() => this.files.tick());
    this.#guarded(() => this.storedFiles.tick());
    this.#guarded(() => {
      for (const { key } of this.moderation.tick()) {
        this.log.audit("unbanned", { target: key, by: "administrator" });
      }
    });
    this.#guarded(() => store.commit());
    this.#logFailure(store.failure);
    refusals.report();
    presenceLog.report();
  }

  /**
   * Applies options that have changed, of those that the parts do not read at each use, and the accounts.
   *
   * @param operators if they have changed.
   * @throws {OperatorError} if an operator has no account; then nothing has changed.
   * @throws {StorageError} if the folder of the files cannot be used; then nothing has changed, either.
   */
  change(
    { rooms, registrationsPerHour, data, storeFilesBytes }: Pick<
      ChatOptions,
      "rooms" | "registrationsPerHour" | "data" | "storeFilesBytes"
    >,
    operators?: readonly string[],
  ): void {
    // The account of a new operator may have been added a moment ago.
    this.accountWatch.tick();
    this.storedFiles.open({ data, storeFilesBytes });
    if (operators !== undefined) {
      checkOperators(operators, this.store.accounts, data);
      for (const key of this.operators.rename(operators)) this.#setOperator(key);
    }
    this.hub.setPermanentRooms(rooms);
    this.registrations?.limitAddresses(registrationsPerHour);
  }

  /** Writes all data and closes the store. @returns a sentence about data that could not be written, if any. */
  close(): string | undefined {
    this.refusals.report();
    this.presenceLog.report();
    this.#passwordThreads.close();
    return this.store.close();
  }

  #createFanout({ rate }: ChatOptions): Fanout {
    const request = () => this.scheduler.request();
    const pacer = rate === null
      ? undefined
      : new RoomPacer((milliseconds, woken) =>
        this.after(milliseconds, () => {
          woken();
          request();
        })
      );
    return new Fanout(
      request,
      this.metrics,
      (error) => reportInternalError(this, error),
      pacer,
    );
  }

  #createScheduler({ rate }: ChatOptions, clock: Clock, environment: ChatEnvironment): Scheduler {
    const { fanout, store, outboxBudget } = this;
    const output = {
      get isFull() {
        return fanout.isFull;
      },
      flush: (now: number) => {
        // Messages are written before they are acknowledged, in this flush.
        this.#guarded(() => store.commit());
        fanout.flush(now);
        outboxBudget.enforce();
      },
    };
    const rest = rate === null ? 0 : SLICE_REST;
    return new Scheduler(clock, output, environment.schedule, rest);
  }

  #createHub(options: ChatOptions, clock: Clock): Hub {
    const { fanout, store } = this;
    return new Hub(fanout, clock, store, options.rooms, {
      maxRooms: options.maxRooms,
      retentionMilliseconds: options.roomRetentionMilliseconds,
      newPerHour: options.newRoomsPerHour,
      maxPerMember: options.maxRoomsPerClient,
      get maxClients() {
        return options.maxRoomClients;
      },
    });
  }

  #createResumption(
    { maxClients, graceMilliseconds }: ChatOptions,
    clock: Clock,
    { minDisconnectedSessions = MIN_DISCONNECTED_SESSIONS }: ChatEnvironment,
  ): Resumption {
    // After a restart all clients of the last run may resume.
    const maxDisconnected = Math.max(minDisconnectedSessions, maxClients);
    return new Resumption(this.hub, this.store, clock, graceMilliseconds, maxDisconnected);
  }

  #createStoredFiles(options: ChatOptions): StoredFiles {
    const { hub, resumption, moderation, store, log, metrics } = this;
    const parts = { hub, resumption, moderation, store, clock: this, log, metrics };
    return new StoredFiles(parts, options);
  }

  #createAccountWatch(knownAddresses: KnownAddresses): AccountWatch {
    const { resumption, operators, store, log } = this;
    return new AccountWatch(
      store.accounts,
      operators,
      knownAddresses,
      log,
      (key, isNotified) => resumption.logOut(key, isNotified),
      (key) => this.#setOperator(key),
    );
  }

  /** Makes the member with this key an operator, or none any more, as its account is. */
  #setOperator(key: string): void {
    const member = this.hub.members.find(key);
    if (member === undefined) return;
    const isOperator = member.isAuthenticated && this.operators.has(key);
    this.hub.setRights(member, { isOperator });
  }

  #createPasswordVerifier(
    options: ChatOptions,
    knownAddresses: KnownAddresses,
    environment: ChatEnvironment,
  ): PasswordVerifier {
    const check: typeof checkPassword = environment.checkPassword ??
      ((password, hash, work) =>
        checkPassword(password, hash, work, undefined, this.#passwordThreads.derive));
    return new PasswordVerifier({
      accounts: this.store.accounts,
      throttle: new LoginThrottle(knownAddresses, options.maxAccounts),
      get serverPassword() {
        return options.serverPassword ?? undefined;
      },
      checkPassword: (password, hash, work) => check(password, hash, work).catch(undefinedWhenFull),
      log: this.log,
      refusals: this.refusals,
      metrics: this.metrics,
      monotonic: this.monotonic,
    });
  }

  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      reportInternalError(this, error);
    }
  }

  /** Logs the start and the end of a failure of the store, once each. */
  #logFailure(failure: string | undefined): void {
    if (failure === this.#storeFailure) return;
    this.#storeFailure = failure;
    if (failure === undefined) this.log.info("storage works again");
    else this.log.error(failure);
  }
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

function undefinedWhenFull(error: unknown): undefined {
  if (!(error instanceof WorkQueueFullError)) throw error;
}

/** Warns if users other than the owner may change the data. */
function warnOfWriters(data: string | null, log: Log): void {
  if (data === null) return;
  const [first, ...others] = writableByOthers(data);
  if (first === undefined) return;
  log.warn("others may write to the data; remove that with: chmod -R go-w", {
    path: first,
    ...(others.length === 0 ? undefined : { more: others.length }),
  });
}
