import { Admission } from "./admission.ts";
import { type Chat, createChat } from "./chat.ts";
import { type Clock, systemClock } from "./clock.ts";
import { capClients } from "./descriptor_limit.ts";
import { Heartbeat } from "./heartbeat.ts";
import { Listener } from "./listener.ts";
import { Log, type LogEntry } from "./log.ts";
import { DEFAULT_SERVER_OPTIONS, type ServerOptions } from "./options.ts";
import { Reception, type ReceptionServer, type Visitor } from "./reception.ts";
import type { StopReason } from "./session.ts";

export { DEFAULT_SERVER_OPTIONS, type ServerOptions };

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
  readonly #clock: Clock;
  #chat: Chat | undefined;
  #listener: Listener | undefined;
  readonly #heartbeat: Heartbeat;
  #admission: Admission;
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
    this.#heartbeat = new Heartbeat(this.options.pingMilliseconds);
    this.#maxClients = this.options.maxClients;
    this.#admission = new Admission(this.options, this.#log);
  }

  /** Clients that can be served at once: what was asked for, or fewer under a low descriptor limit. */
  get maxClients(): number {
    return this.#maxClients;
  }

  /**
   * Starts to listen.
   *
   * @throws the error of `listen`, with its `code`, where the address cannot be had.
   * @throws {StorageError} where the data cannot be read.
   */
  async start(): Promise<ServerAddress> {
    const cap = capClients(this.options.maxClients);
    this.#maxClients = cap.clients;
    this.#admission = new Admission({ ...this.options, maxClients: cap.clients }, this.#log);
    if (cap.isCapped) {
      this.#log.warn(
        `the limit on open files leaves room for ${cap.clients} clients; ` +
          `raise it with: ulimit -n ${this.options.maxClients + 1024}`,
        { wanted: this.options.maxClients, clients: cap.clients },
      );
    }
    const { host, port, backlog, watchMilliseconds } = this.options;
    const maxConnections = cap.isCapped ? cap.clients : this.options.maxClients + REFUSALS_AT_ONCE;
    const chat = createChat(this.options, this.#clock, this.#log);
    this.#chat = chat;
    const context = this.#receptionServer(chat);
    this.#listener = new Listener(
      { host, port, backlog, maxConnections, watchMilliseconds },
      this.#log,
      (socket) => this.#visitors.add(new Reception(socket, context)),
    );
    const address = await this.#listen(this.#listener, chat);
    this.#ticker = setInterval(() => {
      chat.tick();
      this.#admission.report();
    }, 1000);
    this.#heartbeat.start();
    this.#log.info("listening", { host: address.address, port: address.port });
    return { host: address.address, port: address.port };
  }

  /**
   * Stops: nobody new is let in, everybody is told, what is queued is written, then all is closed.
   * It takes at most {@link ServerOptions.stopMilliseconds}.
   *
   * @param reason what everybody is told: that it stops for good, or that it will be back at once.
   */
  async stop(reason: StopReason = "shutdown"): Promise<void> {
    this.#listener?.close();
    clearInterval(this.#ticker);
    this.#heartbeat.stop();
    this.#admission.report();
    this.#log.info("stopping", { connections: this.#visitors.size });
    const empty = new Promise<void>((resolve) => this.#onEmpty = resolve);
    for (const visitor of this.#visitors) visitor.shutDown(reason);
    if (this.#visitors.size === 0) this.#onEmpty?.();
    const timer = setTimeout(() => {
      for (const visitor of this.#visitors) visitor.destroy();
    }, this.options.stopMilliseconds);
    await empty;
    clearTimeout(timer);
    this.#chat?.close();
    this.#log.info("stopped");
  }

  async #listen(listener: Listener, chat: Chat) {
    try {
      return await listener.listen();
    } catch (error) {
      chat.close();
      throw error;
    }
  }

  /** The server as those who receive and serve its clients see it. */
  #receptionServer(chat: Chat): ReceptionServer {
    const { options } = this;
    return {
      ...chat,
      outboxLimits: options.outbox,
      slowClients: options.slowClients,
      heartbeat: this.#heartbeat,
      rate: options.rate ?? undefined,
      registrationMilliseconds: options.registrationMilliseconds,
      admit: (address) => this.#admission.enter(address),
      replace: (visitor, by) => this.#replace(visitor, by),
      forget: (connection, admitted) => {
        if (admitted !== undefined) this.#admission.leave(admitted.address);
        this.#replace(connection);
      },
    };
  }

  #replace(visitor: Visitor, by?: Visitor): void {
    this.#visitors.delete(visitor);
    if (by !== undefined) this.#visitors.add(by);
    else if (this.#visitors.size === 0) this.#onEmpty?.();
  }
}
