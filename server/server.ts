import { randomBytes } from "node:crypto";
import { type Clock, systemClock } from "./clock.ts";
import { capClients } from "./descriptor_limit.ts";
import { Fanout } from "./fanout.ts";
import { Hub } from "./hub.ts";
import { Listener } from "./listener.ts";
import { Log, type LogEntry, type LogLevel } from "./log.ts";
import { DEFAULT_OUTBOX_LIMITS, type OutboxLimits } from "./outbox.ts";
import { Reception, type ReceptionServer, type Visitor } from "./reception.ts";
import { DEFAULT_RATE, type Rate } from "./token_bucket.ts";
import { Turn } from "./turn.ts";
import { createWireFormats } from "./wire_format.ts";

/** How a server is to run. */
export interface ServerOptions {
  /** Address to listen on; `0.0.0.0` or `::` for all interfaces. */
  readonly host: string;
  /** 0 to 65535; 0 lets the system choose. */
  readonly port: number;
  /** Connections that the kernel holds while they wait to be accepted; Linux holds one more. */
  readonly backlog: number;
  /** Clients at once; one more is told that the server is full. */
  readonly maxClients: number;
  /** How often each client may say something; `null` for no limit. */
  readonly rate: Rate | null;
  /** Milliseconds within which a client has to give a name. */
  readonly registrationMilliseconds: number;
  /** What may wait for a client that reads slowly. */
  readonly outbox: OutboxLimits;
  /** Milliseconds that stopping may take, before what is left is cut off. */
  readonly stopMilliseconds: number;
  /** Milliseconds between two looks at whether the listener still accepts. */
  readonly watchMilliseconds: number;
  readonly logLevel: LogLevel;
  /** What `welcome` says of the server. */
  readonly serverName: string;
}

/** The defaults of every option. */
export const DEFAULT_SERVER_OPTIONS: ServerOptions = {
  host: "127.0.0.1",
  port: 8080,
  backlog: 128,
  maxClients: 1000,
  rate: DEFAULT_RATE,
  registrationMilliseconds: 60_000,
  outbox: DEFAULT_OUTBOX_LIMITS,
  stopMilliseconds: 5000,
  watchMilliseconds: 2000,
  logLevel: "info",
  serverName: "hubbub",
};

/** Connections over the limit that may be open at once to be told so; fewer on a small server. */
const REFUSALS_AT_ONCE = 64;

/** Where a server takes what it does not make itself. */
export interface ServerEnvironment {
  readonly clock?: Clock;
  /** Gets the log, entry by entry; by default nobody does. */
  readonly onLog?: (entry: LogEntry) => void;
}

/** A listening address. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * A chat server on one port. It knows nothing of threads, signals or the command line.
 *
 * ```ts
 * import { Server } from "./server.ts";
 *
 * const server = new Server({ port: 0 });
 * const { port } = await server.start();
 * console.log(`nc 127.0.0.1 ${port}`);
 * await server.stop();
 * ```
 */
export class Server {
  readonly options: ServerOptions;
  readonly #visitors = new Set<Visitor>();
  readonly #log: Log;
  readonly #fanout: Fanout;
  readonly #hub: Hub;
  readonly #turn: Turn;
  readonly #clock: Clock;
  #listener: Listener | undefined;
  #admitted = 0;
  /** Whether the log has been told, once for each time that it gets full. */
  #saidFull = false;
  #maxClients: number;
  #ticker: ReturnType<typeof setInterval> | undefined;
  #onEmpty: (() => void) | undefined;

  constructor(options: Partial<ServerOptions> = {}, environment: ServerEnvironment = {}) {
    this.options = { ...DEFAULT_SERVER_OPTIONS, ...options };
    this.#clock = environment.clock ?? systemClock;
    this.#log = new Log(
      this.options.logLevel,
      () => this.#clock.now(),
      environment.onLog ?? (() => {}),
    );
    this.#fanout = new Fanout(() => this.#turn.request());
    this.#turn = new Turn(this.#clock, (now) => this.#fanout.flush(now));
    this.#hub = new Hub(this.#fanout, this.#clock);
    this.#maxClients = this.options.maxClients;
  }

  /** Clients that can be served at once: what was asked for, or fewer under a low descriptor limit. */
  get maxClients(): number {
    return this.#maxClients;
  }

  /**
   * Starts to listen.
   *
   * @throws the error of `listen`, with its `code`, where the address cannot be had.
   */
  async start(): Promise<ServerAddress> {
    const cap = capClients(this.options.maxClients);
    this.#maxClients = cap.clients;
    if (cap.isCapped) {
      this.#log.warn(
        `the limit on open files leaves room for ${cap.clients} clients; ` +
          `raise it with: ulimit -n ${this.options.maxClients + 1024}`,
        { wanted: this.options.maxClients, clients: cap.clients },
      );
    }
    const { host, port, backlog, watchMilliseconds } = this.options;
    const maxConnections = cap.isCapped ? cap.clients : this.options.maxClients + REFUSALS_AT_ONCE;
    const context = this.#receptionServer();
    this.#listener = new Listener(
      { host, port, backlog, maxConnections, watchMilliseconds },
      this.#log,
      (socket) => this.#visitors.add(new Reception(socket, context)),
    );
    const address = await this.#listener.listen();
    this.#ticker = setInterval(() => this.#hub.tellPresence(this.#clock.monotonic()), 1000);
    this.#log.info("listening", { host: address.address, port: address.port });
    return { host: address.address, port: address.port };
  }

  /**
   * Stops: nobody new is let in, everybody is told, what is queued is written, then all is closed.
   * It takes at most {@link ServerOptions.stopMilliseconds}.
   */
  async stop(): Promise<void> {
    this.#listener?.close();
    clearInterval(this.#ticker);
    this.#log.info("stopping", { connections: this.#visitors.size });
    const empty = new Promise<void>((resolve) => this.#onEmpty = resolve);
    for (const visitor of this.#visitors) visitor.shutDown();
    if (this.#visitors.size === 0) this.#onEmpty?.();
    const timer = setTimeout(() => {
      for (const visitor of this.#visitors) visitor.destroy();
    }, this.options.stopMilliseconds);
    await empty;
    clearTimeout(timer);
    this.#log.info("stopped");
  }

  /** The server as those who receive and serve its clients see it. */
  #receptionServer(): ReceptionServer {
    const { options } = this;
    return {
      hub: this.#hub,
      fanout: this.#fanout,
      turn: this.#turn,
      log: this.#log,
      formats: createWireFormats(() => this.#clock.now()),
      serverName: options.serverName,
      outboxLimits: options.outbox,
      rate: options.rate ?? undefined,
      registrationMilliseconds: options.registrationMilliseconds,
      now: () => this.#clock.now(),
      monotonic: () => this.#clock.monotonic(),
      newToken: () => randomBytes(18).toString("base64url"),
      admit: () => this.#admit(),
      replace: (visitor, by) => this.#replace(visitor, by),
      forget: (connection, wasAdmitted) => this.#forget(connection, wasAdmitted),
    };
  }

  #admit(): { online: number; limit: number } | undefined {
    if (this.#admitted >= this.#maxClients) {
      if (!this.#saidFull) {
        this.#saidFull = true;
        this.#log.warn("the server is full; clients are refused", { limit: this.#maxClients });
      }
      return { online: this.#admitted, limit: this.#maxClients };
    }
    this.#admitted++;
    return undefined;
  }

  #replace(visitor: Visitor, by?: Visitor): void {
    this.#visitors.delete(visitor);
    if (by !== undefined) this.#visitors.add(by);
    else if (this.#visitors.size === 0) this.#onEmpty?.();
  }

  #forget(visitor: Visitor, wasAdmitted: boolean): void {
    if (wasAdmitted) {
      this.#admitted--;
      this.#saidFull = false;
    }
    this.#replace(visitor);
  }
}
