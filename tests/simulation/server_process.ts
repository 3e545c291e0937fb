import type { Socket } from "node:net";
import { type Chat, createChat } from "../../server/chat/chat.ts";
import { Admission, ticketOf } from "../../server/network/admission.ts";
import { ConnectionRegistry } from "../../server/network/connection_registry.ts";
import { type SnifferContext, sniffProtocol } from "../../server/network/protocol_sniffer.ts";
import { TrustedProxies } from "../../server/network/trusted_proxies.ts";
import { RefusalLog } from "../../server/observability/bounded_logs.ts";
import { Log, type LogEntry } from "../../server/observability/log.ts";
import { Metrics } from "../../server/observability/metrics.ts";
import { DEFAULT_SERVER_OPTIONS, type ServerOptions } from "../../server/options.ts";
import { protocolHandlers } from "../../server/protocol_handlers.ts";
import type { Clock } from "../../server/scheduling/clock.ts";
import { Heartbeat, PeerProbes } from "../../server/session/liveness.ts";
import { type SimulatedDisk, withCommit } from "./disk.ts";
import type { Faults } from "./faults.ts";
import type { SimulatedSocket } from "./network.ts";
import type { Random } from "./random.ts";
import type { Timeline } from "./timeline.ts";

/** Unix milliseconds at the start of a run. */
const EPOCH = 1_790_000_000_000;

/** Beats of the heartbeat per ping interval. */
const BEATS_PER_PING = 6;

/** The options of a simulated server. */
export type ProcessOptions = Pick<
  ServerOptions,
  "rate" | "outbox" | "slowClients" | "graceMilliseconds" | "pingMilliseconds" | "maxClients"
>;

/** How slow the machine of the server is. */
export interface MachineWeather {
  /** Milliseconds that pass with each look at the clock. */
  readonly cost: number;
  /** Maximum delay of a timer, in milliseconds. */
  readonly lateness: number;
}

/** The parts of a run that a process needs, and those that a test replaces by faulty ones. */
export interface ProcessContext {
  readonly timeline: Timeline;
  readonly random: Random;
  readonly disk: SimulatedDisk;
  readonly machine: MachineWeather;
  readonly faults: Faults;
  /** Called when promises will settle. */
  settles(): void;
  /** Called once, when the process has died. */
  onDeath(): void;
}

/** One process of the server: the product's own, from the sniffer of protocols to the store. */
export class ServerProcess {
  readonly chat: Chat;
  readonly metrics = new Metrics();
  readonly errors: LogEntry[] = [];
  readonly registry: ConnectionRegistry;
  readonly admission: Admission;
  readonly #sniffer: SnifferContext;
  readonly #heartbeat: Heartbeat;
  readonly #probes = new PeerProbes();
  readonly #timers = new Set<() => void>();
  /** Writes to sockets and to the disk so far. */
  #effects = 0;
  #diesAt = Infinity;
  isDead = false;
  /** Whether promises may settle in any step. */
  isStopping = false;

  constructor(options: ProcessOptions, private readonly context: ProcessContext) {
    const clock = this.#clock();
    const log = new Log("info", clock.now, (entry) => {
      if (entry.level === "error") this.errors.push(entry);
    });
    const { metrics } = this;
    this.registry = new ConnectionRegistry(clock.after);
    this.#heartbeat = new Heartbeat(options.pingMilliseconds);
    const serverOptions: ServerOptions = {
      ...DEFAULT_SERVER_OPTIONS,
      ...options,
      newRoomsPerHour: null,
      serverName: "hubbub simulated",
    };
    this.chat = createChat(serverOptions, clock, log, metrics, {
      store: withCommit(context.disk.open(clock), (commit) => {
        if (context.faults.skipsCommit?.() !== true && this.#effect()) commit();
      }),
      schedule: (run) => void this.#after(context.random.between(0, 0.1), run),
      newToken: () => `token-${context.random.whole(0, 2 ** 52)}`,
      checkPassword: () =>
        new Promise((resolve) =>
          void this.#after(context.random.between(10, 200), () => {
            context.settles();
            resolve(true);
          })
        ),
    });
    context.faults.plant?.(this.chat);
    this.admission = new Admission(
      { maxClients: options.maxClients, maxPending: 100, maxPerAddress: 0, maxRefused: 10 },
      new RefusalLog(metrics, log),
    );
    const transports = { registry: this.registry, log, metrics };
    const sessions = {
      chat: this.chat,
      registry: this.registry,
      heartbeat: this.#heartbeat,
      probes: this.#probes,
      options: serverOptions,
    };
    this.#sniffer = {
      ...transports,
      tls: undefined,
      tlsOnly: false,
      trustedProxies: new TrustedProxies([]),
      proxyHeaderMilliseconds: 5000,
      monotonic: clock.monotonic,
      after: clock.after,
      handlers: protocolHandlers(sessions, undefined, transports),
    };
    this.#every(1000, () => {
      this.chat.tick();
      this.#probes.tick();
    });
    this.#every(options.pingMilliseconds / BEATS_PER_PING, () => this.#heartbeat.beat());
  }

  /** Running timers, without those of the periodic work. */
  get timers(): number {
    return this.#timers.size;
  }

  accept(socket: SimulatedSocket): void {
    if (this.isDead) return socket.destroy();
    this.metrics.connections++;
    socket.onWrite = () => this.#effect();
    // The members of a socket that the server uses.
    const accepted = socket as unknown as Socket;
    sniffProtocol(accepted, ticketOf(accepted, this.admission), this.#sniffer);
  }

  /** Lets the process die at one of its next effects: before it is carried out. */
  dieWithin(effects: number): void {
    this.#diesAt = this.#effects + effects;
  }

  /** Lets the process die now. */
  die(): void {
    if (this.isDead) return;
    this.isDead = true;
    this.context.disk.freeze();
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
    // After the current step, which the process does not finish either: nothing has effects any more.
    this.context.timeline.after(0, () => this.context.onDeath());
  }

  /** Stops in order, as for a restart. */
  stop(): void {
    this.isStopping = true;
    void this.registry.shutDown("restart", 5000).then(() => {
      if (this.isDead) return;
      this.chat.close();
      this.die();
    });
  }

  /** @returns whether the process lives to carry it out. */
  #effect(): boolean {
    if (this.isDead) return false;
    this.#effects++;
    if (this.#effects < this.#diesAt) return true;
    this.die();
    return false;
  }

  #clock(): Clock {
    const { timeline, machine: { cost, lateness }, random } = this.context;
    const monotonic = () => {
      timeline.spend(cost);
      return timeline.now;
    };
    return {
      monotonic,
      now: () => EPOCH + Math.floor(timeline.now),
      after: (milliseconds, run) => {
        // Timers of JavaScript have whole milliseconds, at least one.
        const whole = Math.max(1, Math.floor(milliseconds));
        return this.#after(whole + random.between(0, lateness), run);
      },
    };
  }

  #after(milliseconds: number, run: () => void): () => void {
    if (this.isDead) return () => {};
    const cancel = () => {
      cancelEntry();
      this.#timers.delete(cancel);
    };
    const cancelEntry = this.context.timeline.after(milliseconds, () => {
      this.#timers.delete(cancel);
      run();
    });
    this.#timers.add(cancel);
    return cancel;
  }

  #every(milliseconds: number, run: () => void): void {
    this.context.timeline.after(milliseconds, () => {
      if (this.isDead) return;
      run();
      this.#every(milliseconds, run);
    });
  }
}
