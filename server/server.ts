import type { Socket } from "node:net";
import { Trace } from "../protocol/mod.ts";
import { Admission } from "./admission.ts";
import { type Chat, createChat } from "./chat.ts";
import { type Clock, systemClock } from "./clock.ts";
import { capClients } from "./descriptor_limit.ts";
import { Heartbeat } from "./heartbeat.ts";
import { Listener } from "./listener.ts";
import { Log, type LogEntry } from "./log.ts";
import { DEFAULT_SERVER_OPTIONS, type ServerOptions } from "./options.ts";
import { EventLoopMonitor } from "./metrics/event_loop_monitor.ts";
import { Metrics } from "./metrics/metrics.ts";
import { exposeMetrics } from "./metrics/server_metrics.ts";
import { TrustedProxies } from "./proxy/trusted_proxies.ts";
import { Reception, type ReceptionServer, serveClient } from "./reception.ts";
import type { StopReason } from "./session.ts";
import { keptSelfSigned } from "./tls/kept_certificate.ts";
import { createSelfSigned } from "./tls/self_signed.ts";
import type { TlsCredentials } from "./tls/tls_credentials.ts";
import { TlsGate } from "./tls/tls_gate.ts";
import { traceSocket } from "./traced_socket.ts";
import type { Visitor } from "./visitor.ts";
import { plainAddress } from "./network_address.ts";
import { WebServer } from "./web/web_server.ts";

export { DEFAULT_SERVER_OPTIONS, type ServerOptions };

/** Connections over the limit that may be open at once to be told so; fewer on a small server. */
const REFUSALS_AT_ONCE = 64;

/** Where a server takes what it does not make itself. */
export interface ServerEnvironment {
  /** The time; default the system's. */
  readonly clock?: Clock;
  /** Gets the log, entry by entry; by default nobody does. */
  readonly onLog?: (entry: LogEntry) => void;
  /** Gets a line about each read and write, where {@link ServerOptions.trace} asks for them. */
  readonly onTrace?: (line: string) => void;
}

/** A listening address. */
export interface ServerAddress {
  /** The address that is listened on. */
  readonly host: string;
  /** The port that is listened on; never 0. */
  readonly port: number;
  /** SHA-256 of the TLS certificate, in pairs of hexadecimal digits with colons; with TLS only. */
  readonly tlsFingerprint?: string;
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
  /** What it was started with, defaults included. */
  readonly options: ServerOptions;
  readonly #visitors = new Set<Visitor>();
  readonly #metrics = new Metrics();
  readonly #monitor: EventLoopMonitor;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #onTrace: (line: string) => void;
  readonly #trustedProxies: TrustedProxies;
  #chat: Chat | undefined;
  #listener: Listener | undefined;
  #tls: TlsGate | undefined;
  readonly #heartbeat: Heartbeat;
  #admission: Admission;
  #maxClients: number;
  #ticker: ReturnType<typeof setInterval> | undefined;
  #onEmpty: (() => void) | undefined;

  /**
   * Prepares a server; {@link start} lets it listen.
   *
   * @param options what differs from the defaults.
   * @throws {RangeError} where a trusted proxy is no address and no CIDR range.
   */
  constructor(options: Partial<ServerOptions> = {}, environment: ServerEnvironment = {}) {
    this.options = { ...DEFAULT_SERVER_OPTIONS, ...options };
    this.#trustedProxies = new TrustedProxies(this.options.trustedProxies);
    this.#clock = environment.clock ?? systemClock;
    this.#onTrace = environment.onTrace ?? (() => {});
    this.#log = new Log(
      this.options.logLevel,
      () => this.#clock.now(),
      environment.onLog ?? (() => {}),
    );
    const { eventLoopDelay } = this.#metrics;
    this.#monitor = new EventLoopMonitor(eventLoopDelay, () => this.#clock.monotonic());
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
   * @throws {TlsError} where the certificate and its key cannot be used.
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
    this.#tls = this.#createTlsGate();
    const chat = createChat(this.options, this.#clock, this.#log, this.#metrics);
    this.#chat = chat;
    const context = this.#receptionServer(chat);
    this.#listener = new Listener(
      { host, port, backlog, maxConnections, watchMilliseconds },
      this.#log,
      (socket) => {
        this.#metrics.connections++;
        this.#trace(socket);
        this.#visitors.add(new Reception(socket, context));
      },
    );
    const address = await this.#listen(this.#listener, chat);
    this.#ticker = setInterval(() => {
      chat.tick();
      this.#admission.report();
    }, 1000);
    this.#heartbeat.start();
    this.#monitor.start();
    this.#log.info("listening", { host: address.address, port: address.port });
    return {
      host: address.address,
      port: address.port,
      ...(this.#tls === undefined ? undefined : { tlsFingerprint: this.#tls.fingerprint }),
    };
  }

  /**
   * Uses another certificate for the TLS handshakes to come. One that cannot be used is logged, and
   * the one before stays.
   *
   * @returns whether it is in use; false also for a server without TLS.
   */
  reloadTls(credentials: TlsCredentials): boolean {
    return this.#tls?.reload(credentials) ?? false;
  }

  /**
   * Stops: nobody new is let in, everybody is told, what is queued is written, then all is closed.
   * It takes at most {@link ServerOptions.stopMilliseconds}.
   *
   * @param reason what everybody is told: that it stops for good, or that it will be back at once.
   * @returns what could not be stored and is given up, as a sentence; nothing where all is.
   */
  async stop(reason: StopReason = "shutdown"): Promise<string | undefined> {
    this.#listener?.close();
    clearInterval(this.#ticker);
    this.#heartbeat.stop();
    this.#monitor.stop();
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
    const lost = this.#chat?.close();
    if (lost !== undefined) this.#log.error(lost);
    this.#log.info("stopped");
    return lost;
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
    const server: ReceptionServer = {
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
      refused: (code) => this.#metrics.refuse(code),
      metrics: this.#metrics,
      tls: this.#tls,
      tlsOnly: options.tlsOnly,
      trustedProxies: this.#trustedProxies,
      proxyHeaderMilliseconds: options.proxyHeaderMilliseconds,
    };
    return options.web ? { ...server, web: this.#createWebServer(server, chat) } : server;
  }

  #createWebServer(server: ReceptionServer, { hub, store, files }: Chat): WebServer {
    return new WebServer(this.options, {
      log: this.#log,
      metrics: this.#metrics,
      replace: server.replace,
      serve: (wire, socket, visitor) =>
        void serveClient(server, { wire, kind: "websocket", socket, visitor }),
      exposeMetrics: () => {
        const gauges = {
          connections: this.#visitors.size,
          members: hub.people.size,
          rooms: hub.rooms,
          store,
          transfers: files.transferCount,
        };
        return exposeMetrics(this.#metrics, gauges, this.options.serverName);
      },
    });
  }

  /** Nobody else asks whether somebody traces: a socket that is not traced is as it was. */
  #trace(socket: Socket): void {
    const { trace } = this.options;
    if (trace === null) return;
    const peer = `${plainAddress(socket.remoteAddress)}:${socket.remotePort ?? 0}`;
    const teller = trace.lines
      ? new Trace(peer, () => this.#clock.now(), this.#onTrace)
      : undefined;
    traceSocket(socket, teller, trace);
  }

  #createTlsGate(): TlsGate | undefined {
    const { tls, tlsHosts, tlsHandshakeMilliseconds, data } = this.options;
    if (tls === null) return undefined;
    const now = this.#clock.now();
    const credentials = tls !== "self-signed"
      ? tls
      : data === null
      ? createSelfSigned(tlsHosts, now)
      : keptSelfSigned(data, tlsHosts, now);
    return new TlsGate(credentials, tlsHandshakeMilliseconds, this.#log);
  }

  #replace(visitor: Visitor, by?: Visitor): void {
    this.#visitors.delete(visitor);
    if (by !== undefined) this.#visitors.add(by);
    else if (this.#visitors.size === 0) this.#onEmpty?.();
  }
}
