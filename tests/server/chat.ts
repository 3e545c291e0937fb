import { assert, assertEquals } from "@std/assert";
import {
  type ByteString,
  type ClientFrame,
  type ErrorCode,
  fromByteString,
  type ServerFrame,
  toByteString,
} from "../../protocol/mod.ts";
import { AccountWatch } from "../../server/accounts/account_watch.ts";
import { Authenticator } from "../../server/chat/authenticator.ts";
import { FileExchange, type FileRules } from "../../server/chat/files/file_exchange.ts";
import { Subscriber } from "../../server/fanout/audience.ts";
import { Fanout } from "../../server/fanout/fanout.ts";
import { Hub } from "../../server/chat/hub.ts";
import { KnownAddresses, LoginThrottle } from "../../server/accounts/login_throttle.ts";
import { LoginRefusals, PresenceLog } from "../../server/observability/bounded_logs.ts";
import { Metrics } from "../../server/observability/metrics.ts";
import { Log } from "../../server/observability/log.ts";
import { Moderation } from "../../server/chat/moderation.ts";
import { Operators } from "../../server/accounts/operators.ts";
import { PasswordVerifier } from "../../server/accounts/password_verifier.ts";
import { Registrations } from "../../server/accounts/registrations.ts";
import { DEFAULT_OUTBOX_LIMITS, Outbox, type OutboxLimits } from "../../server/fanout/outbox.ts";
import { Resumption } from "../../server/chat/resumption.ts";
import { Session, type WorkState } from "../../server/session/session.ts";
import type { SessionServer } from "../../server/session/session_server.ts";
import { MemoryAccounts } from "../../server/storage/accounts.ts";
import { createMemoryStore } from "../../server/storage/memory_store.ts";
import type { Account, Store } from "../../server/storage/store.ts";
import type { Slice } from "../../server/scheduling/scheduler.ts";
import { type Rate, TokenBucket } from "../../server/scheduling/token_bucket.ts";
import { type ClientProtocol, createEncoders } from "../../server/fanout/encoder.ts";
import { FakeClock, FakeSink, keptLog } from "./fakes.ts";

/** How a chat in a test differs from the usual one. */
interface ChatOptions {
  readonly store?: Store;
  readonly rooms?: readonly string[];
  readonly graceMilliseconds?: number;
  readonly maxBroken?: number;
  readonly serverPassword?: string;
  readonly operators?: readonly string[];
  readonly maxAccounts?: number;
  readonly registrationsPerHour?: number;
  readonly clock?: FakeClock;
  readonly files?: Partial<FileRules>;
}

/** How one person in a test is connected. */
interface PersonOptions {
  readonly rate?: Rate;
  readonly limits?: OutboxLimits;
  readonly ip?: string;
}

/** A store in memory that keeps accounts, too, as one that survives the server would. */
export function storeWithAccounts(...accounts: readonly [name: string, password: string][]): Store {
  const store = Object.assign(createMemoryStore(), { accounts: new MemoryAccounts() });
  for (const [name, password] of accounts) store.accounts.save(accountOf(name, password));
  return store;
}

/** An account as the tests make it. */
export function accountOf(name: string, password: string, isOperator = false): Account {
  const passwordHash = fakeHash(password);
  return { key: name.toLowerCase(), name, passwordHash, createdAt: 0, isOperator };
}

/** What the fake keeps of a password. */
export function fakeHash(password: string): string {
  return `hash of ${password}`;
}

/** Lets every promise that can go on do so; no time passes. */
export async function promises(): Promise<void> {
  for (let count = 0; count < 20; count++) await Promise.resolve();
}

/** A real hub, fan-out and sessions without sockets and without time. */
export class Chat {
  readonly clock: FakeClock;
  readonly log = keptLog();
  readonly fanout = new Fanout(() => {});
  readonly store: Store;
  readonly hub: Hub;
  readonly resumption: Resumption;
  readonly moderation: Moderation;
  readonly formats;
  readonly files: FileExchange;
  readonly counts = { relayedBytes: 0 };
  readonly people: Person[] = [];
  readonly server: SessionServer;
  readonly loginRefusals: LoginRefusals;
  /** Passwords that were checked. */
  readonly checked: string[] = [];
  /** True while too many others have theirs checked or made. */
  isBusy = false;
  #tokens = 0;

  constructor(options: ChatOptions = {}) {
    const { clock = new FakeClock(), rooms = [], graceMilliseconds = 10_000, maxBroken } = options;
    const { store = createMemoryStore(), operators = [], serverPassword } = options;
    this.clock = clock;
    this.store = store;
    this.formats = createEncoders(clock.now);
    this.hub = new Hub(this.fanout, clock, store, rooms);
    this.resumption = new Resumption(this.hub, store, clock, graceMilliseconds, maxBroken);
    this.moderation = new Moderation(store, clock);
    const { hub, resumption, moderation } = this;
    const { accounts } = store;
    const log = new Log("debug", clock.now, this.log.write);
    const metrics = new Metrics();
    this.loginRefusals = new LoginRefusals(log, (code) => metrics.refuse(code));
    const knownAddresses = new KnownAddresses(store.knownAddresses);
    const operatorNames = new Operators(accounts, operators);
    const accountWatch = new AccountWatch(
      accounts,
      operatorNames,
      knownAddresses,
      log,
      (key, isNotified) => resumption.logOut(key, isNotified),
      (key, isOperator) => {
        const member = hub.people.find(key);
        if (member !== undefined) member.isOperator = member.isAuthenticated && isOperator;
      },
    );
    const { maxAccounts = 100, registrationsPerHour = 5 } = options;
    const passwords = new PasswordVerifier({
      accounts,
      throttle: new LoginThrottle(knownAddresses, maxAccounts),
      serverPassword,
      checkPassword: (password, hash) => {
        this.checked.push(password);
        return Promise.resolve(this.isBusy ? undefined : fakeHash(password) === hash);
      },
      log,
      refusals: this.loginRefusals,
      metrics,
      monotonic: clock.monotonic,
    });
    const authenticator = new Authenticator({
      hub,
      resumption,
      moderation,
      accounts,
      accountWatch,
      operators: operatorNames,
      passwords,
    });
    const rules = { files: true, maxFileBytes: 25_000_000, ...options.files };
    this.files = new FileExchange(this.hub, this.fanout, clock, rules, this.counts);
    this.server = {
      hub,
      files: this.files,
      resumption,
      moderation,
      store,
      authenticator,
      fanout: this.fanout,
      log,
      metrics,
      operators: operatorNames,
      accountWatch,
      passwords,
      registrations: accounts &&
        new Registrations(accounts, { maxAccounts, registrationsPerHour }),
      refusals: this.loginRefusals,
      presenceLog: new PresenceLog(log),
      serverName: "hubbub test",
      newToken: () => `token ${++this.#tokens}`,
      hashPassword: (password) => Promise.resolve(this.isBusy ? undefined : fakeHash(password)),
      now: clock.now,
      monotonic: clock.monotonic,
    };
  }

  /** Somebody connects; text clients are asked for their name. */
  connect(kind: ClientProtocol = "json", options: PersonOptions = {}): Person {
    const person = new Person(this, kind, options);
    this.people.push(person);
    person.session.start();
    this.flush();
    return person;
  }

  /** Somebody connects and enters; what they and the others heard of it is dropped. */
  join(name: string, kind: ClientProtocol = "json", room?: string): Person {
    const person = this.connect(kind);
    person.say(kind === "text" ? name : { type: "hello", name, ...(room && { room }) });
    for (const each of this.people) each.heard();
    return person;
  }

  /** Somebody enters with the password of a protected name. */
  async joinWithPassword(name: string, password: string): Promise<Person> {
    const person = this.connect();
    person.say({ type: "hello", name, password });
    await this.settle();
    for (const each of this.people) each.heard();
    return person;
  }

  /** The end of a turn: what was said is written, and taken by all that read. */
  flush(): void {
    this.store.commit();
    this.fanout.flush(this.clock.monotonic());
    for (const { sink, isStalled } of this.people) if (!isStalled) sink.takeAll();
  }

  /** What waited for promises goes on. */
  async settle(): Promise<void> {
    await promises();
    for (const person of this.people) if (person.takeWake()) person.work();
    this.flush();
  }

  /** Time passes, a second at a time, as the server sees it. */
  advance(milliseconds: number): void {
    for (let left = milliseconds; left > 0; left -= 1000) {
      this.clock.advance(Math.min(left, 1000));
      this.resumption.tick();
      this.files.tick();
    }
    this.flush();
  }
}

/** Somebody in the chat. */
export class Person {
  readonly sink = new FakeSink();
  readonly subscriber: Subscriber;
  readonly session: Session;
  /** True while they do not read. */
  isStalled = false;
  isRegistered = false;
  /** True once too much waited for them. */
  hasOverflowed = false;
  readonly #slices: Slice[] = [];
  #isWoken = false;
  #seen = 0;

  constructor(private readonly chat: Chat, kind: ClientProtocol, options: PersonOptions) {
    const { rate, limits, ip = "192.0.2.1" } = options;
    const outbox = new Outbox(this.sink, limits ?? DEFAULT_OUTBOX_LIMITS, (skipped) => {
      if (skipped !== undefined) this.session.tellSkipped(skipped);
    }, () => this.hasOverflowed = true);
    this.subscriber = new Subscriber(chat.formats[kind], outbox);
    this.session = new Session(chat.server, this.subscriber, {
      ip,
      address: `${ip}:4000`,
      bucket: rate && new TokenBucket(rate, chat.clock.monotonic()),
      checkPlace: () => undefined,
      join: () => undefined,
      onRegistered: () => this.isRegistered = true,
      wake: () => this.#isWoken = true,
      addSlice: (slice) => this.#slices.push(slice),
    });
  }

  /** Whether the session has asked to work again since the last call. */
  takeWake(): boolean {
    const isWoken = this.#isWoken;
    this.#isWoken = false;
    return isWoken;
  }

  /** Bytes come in and are worked on until the session has enough; then the turn ends. */
  send(bytes: ByteString): WorkState {
    this.session.push(bytes);
    return this.work();
  }

  /** The session works until it has enough, in as many turns as that takes. */
  work(): WorkState {
    for (;;) {
      const state = this.session.work(100);
      if (state === "more" && !this.chat.fanout.isFull) continue;
      this.chat.flush();
      if (state !== "more" && !this.runSlices()) return state;
    }
  }

  /** Runs a slice of each long work. @returns whether there was any. */
  runSlices(): boolean {
    const slices = this.#slices.splice(0);
    this.#slices.push(...slices.filter((each) => each.slice()));
    this.chat.flush();
    return slices.length > 0;
  }

  /** Lines of bytes, or frames, come in. */
  say(...lines: (ByteString | object)[]): WorkState {
    const bytes = (line: ByteString | object) =>
      typeof line === "string" ? line : toByteString(JSON.stringify(line));
    return this.send(lines.map((line) => bytes(line) + "\n").join(""));
  }

  /** The other side has closed, and what it sent is worked on. */
  endInput(): WorkState {
    this.session.endInput();
    return this.work();
  }

  /** What was written since the last call. */
  heard(): string {
    const bytes = this.sink.bytes.slice(this.#seen);
    this.#seen += bytes.length;
    return fromByteString(bytes)!;
  }

  /** The same as frames. */
  frames(): ServerFrame[] {
    return this.heard().split("\n").slice(0, -1).map((line) => JSON.parse(line));
  }
}

/** The one answer to a frame, as far as it is an error. */
export function refusal(person: Person, frame: ClientFrame): [ErrorCode, string | undefined] {
  const frames = answers(person, frame);
  assertEquals(frames.length, 1);
  const [error] = frames;
  assert(error?.type === "error", JSON.stringify(error));
  return [error.code, error.ref];
}

/** What a frame is answered with. */
export function answers(person: Person, frame: ClientFrame): ServerFrame[] {
  person.frames();
  person.say(frame);
  return person.frames();
}
