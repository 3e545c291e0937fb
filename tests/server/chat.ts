import { assert, assertEquals } from "@std/assert";
import {
  type ByteString,
  type ClientFrame,
  type ClientProtocol,
  type ErrorCode,
  fromByteString,
  type ServerFrame,
  toByteString,
} from "../../protocol/mod.ts";
import { type Chat as ProductChat, createChat } from "../../server/chat/chat.ts";
import type { FileRules } from "../../server/chat/files/file_exchange.ts";
import type { OutboxLimits } from "../../server/fanout/outbox.ts";
import { Admission } from "../../server/network/admission.ts";
import { ConnectionRegistry } from "../../server/network/connection_registry.ts";
import { Log } from "../../server/observability/log.ts";
import { Metrics } from "../../server/observability/metrics.ts";
import { DEFAULT_SERVER_OPTIONS } from "../../server/options.ts";
import type { Rate } from "../../server/scheduling/token_bucket.ts";
import type { SessionContext } from "../../server/session/session_context.ts";
import type { WorkState } from "../../server/session/input_task.ts";
import { Heartbeat, PeerProbes } from "../../server/session/liveness.ts";
import { Session } from "../../server/session/session.ts";
import { MemoryAccounts } from "../../server/storage/accounts.ts";
import { createMemoryStore } from "../../server/storage/memory_store.ts";
import type { Account, Store } from "../../server/storage/store.ts";
import { WorkQueueFullError } from "../../server/accounts/work_queue.ts";
import { stopTimers } from "./fake_timers.ts";
import { FakeClock, FakeTransport, memoryLog } from "./fakes.ts";

/** The differences of a chat in a test from the default. */
interface ChatOptions {
  readonly store?: Store;
  readonly rooms?: readonly string[];
  readonly maxRoomClients?: number;
  readonly graceMilliseconds?: number;
  readonly maxBroken?: number;
  readonly serverPassword?: string;
  readonly operators?: readonly string[];
  readonly maxAccounts?: number;
  readonly registrationsPerHour?: number;
  readonly clock?: FakeClock;
  readonly files?: Partial<FileRules>;
}

/** The connection of one client in a test. */
interface TestClientOptions {
  readonly rate?: Rate;
  readonly limits?: OutboxLimits;
  readonly ip?: string;
}

/** A store in memory with accounts, like a store on the disk. */
export function storeWithAccounts(...accounts: readonly [name: string, password: string][]): Store {
  const store = Object.assign(createMemoryStore(), { accounts: new MemoryAccounts() });
  for (const [name, password] of accounts) store.accounts.save(accountOf(name, password));
  return store;
}

/** An account with a fake hash. */
export function accountOf(name: string, password: string, isOperator = false): Account {
  const passwordHash = fakeHash(password);
  return { key: name.toLowerCase(), name, passwordHash, createdAt: 0, isOperator };
}

/** The fake hash of a password. */
export function fakeHash(password: string): string {
  return `hash of ${password}`;
}

/** Settles all promises that can settle without time passing. */
export async function promises(): Promise<void> {
  for (let count = 0; count < 20; count++) await Promise.resolve();
}

/** The chat of the product with its sessions, without sockets and real time. */
export class Chat {
  readonly clock: FakeClock;
  readonly log = memoryLog();
  readonly metrics = new Metrics();
  readonly registry = new ConnectionRegistry();
  readonly store: Store;
  /** The parts that all sessions share. */
  readonly server: ProductChat;
  readonly context: SessionContext;
  readonly clients: TestClient[] = [];
  /** Passwords that were checked. */
  readonly checked: string[] = [];
  /** True while too many other passwords are checked or hashed. */
  isBusy = false;
  /** Slices of long work that have run. */
  slices = 0;
  readonly #scheduled: (() => void)[] = [];
  #tokens = 0;

  constructor(options: ChatOptions = {}) {
    stopTimers();
    const { clock = new FakeClock(), store = createMemoryStore(), operators = [] } = options;
    const { maxBroken = 10_000, serverPassword = null } = options;
    this.clock = clock;
    this.store = store;
    const log = new Log("debug", clock.now, this.log.write);
    this.server = createChat(
      {
        ...DEFAULT_SERVER_OPTIONS,
        rooms: options.rooms ?? [],
        maxRoomClients: options.maxRoomClients ?? 0,
        graceMilliseconds: options.graceMilliseconds ?? 10_000,
        maxAccounts: options.maxAccounts ?? 100,
        registrationsPerHour: options.registrationsPerHour ?? 5,
        ...{ files: true, maxFileBytes: 25_000_000, ...options.files },
        operators,
        serverPassword,
        maxClients: Math.min(maxBroken, 10_000),
        rate: null,
        serverName: "hubbub test",
      },
      clock,
      log,
      this.metrics,
      {
        store,
        minDisconnectedSessions: maxBroken,
        schedule: (run) => this.#scheduled.push(run),
        newToken: () => `token ${++this.#tokens}`,
        checkPassword: (password, hash) => {
          this.checked.push(password);
          return this.isBusy ? full() : Promise.resolve(fakeHash(password) === hash);
        },
        hashPassword: (password) => Promise.resolve(this.isBusy ? undefined : fakeHash(password)),
      },
    );
    const { scheduler } = this.server;
    const addSlice = scheduler.addSlice.bind(scheduler);
    scheduler.addSlice = (slice) =>
      addSlice({
        slice: () => {
          this.slices++;
          return slice.slice();
        },
      });
    this.context = {
      chat: this.server,
      registry: this.registry,
      heartbeat: new Heartbeat(0),
      probes: new PeerProbes(),
      options: { ...DEFAULT_SERVER_OPTIONS, rate: null, registrationMilliseconds: 60_000 },
    };
  }

  get hub() {
    return this.server.hub;
  }

  get fanout() {
    return this.server.fanout;
  }

  get resumption() {
    return this.server.resumption;
  }

  get moderation() {
    return this.server.moderation;
  }

  get formats() {
    return this.server.encoders;
  }

  get files() {
    return this.server.files;
  }

  /** Whether a turn of the scheduler was requested. */
  get hasTurn(): boolean {
    return this.#scheduled.length > 0;
  }

  /** A client connects; a text client is prompted for a name. */
  connect(kind: ClientProtocol = "json", options: TestClientOptions = {}): TestClient {
    const person = new TestClient(this, kind, options);
    this.clients.push(person);
    person.session.start();
    this.flush();
    return person;
  }

  /** A client connects and joins; all frames about it are dropped. */
  join(name: string, kind: ClientProtocol = "json", room?: string): TestClient {
    const person = this.connect(kind);
    person.say(kind === "text" ? name : { type: "hello", name, ...(room && { rooms: [room] }) });
    for (const each of this.clients) each.received();
    return person;
  }

  /** A client joins with the password of a protected name. */
  async joinWithPassword(name: string, password: string): Promise<TestClient> {
    const person = this.connect();
    person.say({ type: "hello", name, password });
    await this.settle();
    for (const each of this.clients) each.received();
    return person;
  }

  /** Runs one turn of the scheduler. */
  runTurn(): void {
    for (const run of this.#scheduled.splice(0)) run();
    this.flush();
  }

  /** Runs turns until none is requested. */
  runTurns(): void {
    do this.runTurn(); while (this.hasTurn);
  }

  /** Writes all output, and completes the writes. */
  flush(): void {
    this.store.commit();
    this.fanout.flush(this.clock.monotonic());
    for (const { transport } of this.clients) transport.take();
  }

  /** Settles promises, and handles the input that waited for them. */
  async settle(): Promise<void> {
    await promises();
    this.runTurns();
  }

  /** Advances the time in steps of one second. */
  advance(milliseconds: number): void {
    for (let left = milliseconds; left > 0; left -= 1000) {
      this.clock.advance(Math.min(left, 1000));
      this.resumption.tick();
      this.files.tick();
    }
    this.flush();
  }
}

/** The result of a full work queue. */
function full(): Promise<never> {
  return Promise.reject(new WorkQueueFullError());
}

/** One client of the chat. */
export class TestClient {
  readonly transport: FakeTransport;
  readonly session: Session;
  #seen = 0;

  constructor(private readonly chat: Chat, kind: ClientProtocol, options: TestClientOptions) {
    const { rate, limits, ip = "192.0.2.1" } = options;
    const { context } = chat;
    this.transport = new FakeTransport(chat.registry, ip);
    const sessionOptions = {
      ...context.options,
      ...(rate && { rate }),
      ...(limits && { outbox: limits }),
    };
    const admission = new Admission(
      { maxClients: 1, maxPending: 1, maxPerAddress: 0, maxRefused: 1 },
      { add: (reason) => chat.metrics.refuse(reason) },
    );
    const ticket = admission.accept(ip, () => this.transport.destroy());
    this.session = new Session(this.transport, kind, ticket, {
      ...context,
      options: sessionOptions,
    });
  }

  get subscriber() {
    return this.session.connection.subscriber;
  }

  /** The task that handles the client's input. */
  get task() {
    return this.session.connection.task;
  }

  get isStalled(): boolean {
    return this.transport.isStalled;
  }

  /** True while the client does not read. */
  set isStalled(isStalled: boolean) {
    this.transport.isStalled = isStalled;
  }

  get isRegistered(): boolean {
    return this.session.connection.hasJoined;
  }

  /** Received bytes that are not handled. */
  get bufferedBytes(): number {
    return this.session.connection.format.decoder.buffered;
  }

  /** Receives bytes, which wait for a task. */
  push(bytes: ByteString): void {
    this.transport.receive(bytes);
  }

  /** Receives bytes and handles them. */
  send(bytes: ByteString): WorkState {
    this.push(bytes);
    return this.work();
  }

  /** Handles a maximum number of inputs, without the scheduler. */
  workOn(budget: number): WorkState {
    this.task.work(budget);
    return this.task.state;
  }

  /** Handles input until there is a reason to stop. */
  work(): WorkState {
    this.task.wake();
    this.chat.runTurns();
    return this.task.state;
  }

  /** Runs one turn. @returns whether slices of long work were in it. */
  runSlices(): boolean {
    const before = this.chat.slices;
    this.chat.runTurn();
    return this.chat.slices > before;
  }

  /** Receives lines of bytes, or frames, and handles them. */
  say(...lines: (ByteString | object)[]): WorkState {
    const bytes = (line: ByteString | object) =>
      typeof line === "string" ? line : toByteString(JSON.stringify(line));
    return this.send(lines.map((line) => bytes(line) + "\n").join(""));
  }

  /** The client has closed its side, and its input is handled. */
  endInput(): WorkState {
    this.transport.endInput();
    return this.work();
  }

  /** The connection is closed, and its input is handled. */
  close(): WorkState {
    this.transport.close();
    return this.work();
  }

  /** The output since the last call. */
  received(): string {
    const bytes = this.transport.written.slice(this.#seen);
    this.#seen += bytes.length;
    return fromByteString(bytes)!;
  }

  /** The same as frames. */
  frames(): ServerFrame[] {
    return this.received().split("\n").slice(0, -1).map((line) => JSON.parse(line));
  }
}

/** The code and `ref` of the single answer to a frame, which must be an error. */
export function refusal(person: TestClient, frame: ClientFrame): [ErrorCode, string | undefined] {
  const frames = answers(person, frame);
  assertEquals(frames.length, 1);
  const [error] = frames;
  assert(error?.type === "error", JSON.stringify(error));
  return [error.code, error.ref];
}

/** The answers to a frame. */
export function answers(person: TestClient, frame: ClientFrame): ServerFrame[] {
  person.frames();
  person.say(frame);
  return person.frames();
}
