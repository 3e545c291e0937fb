import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { hostPort, Trace } from "../protocol/mod.ts";
import { Admission, ticketOf } from "./network/admission.ts";
import { type Chat, createChat } from "./chat/chat.ts";
import { type Clock, systemClock } from "./scheduling/clock.ts";
import { capClients, type ConnectionCap } from "./network/descriptor_limit.ts";
import { Heartbeat, PeerProbes } from "./session/liveness.ts";
import { guardSocket } from "./observability/internal_error.ts";
import { ConnectionRegistry, type StopReason } from "./network/connection_registry.ts";
import type { TransportContext } from "./network/transport.ts";
import { createChatWebServer } from "./chat_web_server.ts";
import { protocolHandlers } from "./protocol_handlers.ts";
import { Listener } from "./network/listener.ts";
import { Log, type LogEntry } from "./observability/log.ts";
import type { LiveOptions } from "./live_options.ts";
import { DEFAULT_SERVER_OPTIONS, type ServerOptions } from "./options.ts";
import { EventLoopMonitor, Metrics } from "./observability/metrics.ts";
import { exposeMetrics } from "./observability/exposition.ts";
import { MetricsListener } from "./web/metrics_listener.ts";
import { TrustedProxies } from "./network/trusted_proxies.ts";
import { RefusalLog } from "./observability/bounded_logs.ts";
import { type SnifferContext, sniffProtocol } from "./network/protocol_sniffer.ts";
import type { SessionContext } from "./session/session_context.ts";
import { readCredentialFiles, type TlsCredentials } from "./network/tls/tls_credentials.ts";
import type { TlsGate } from "./network/tls/tls_gate.ts";
import { createTlsGate } from "./server_tls.ts";
import { traceSocket } from "./network/traced_socket.ts";
import { isLoopback, plainAddress } from "./addresses/network_address.ts";
import { AllowedHosts, hostNamesOf } from "./web/allowed_hosts.ts";
import { metricsRoute } from "./web/metrics_route.ts";
import { RequestGate } from "./web/request_gate.ts";
import { chatRoutes, type Route } from "./web/routes.ts";
import type { WebServer } from "./web/web_server.ts";
import { OutgoingHooks } from "./hooks/outgoing_hooks.ts";

export { DEFAULT_SERVER_OPTIONS, type ServerOptions };

/** Milliseconds in which a stop sends the messages that wait for webhooks. */
const HOOK_STOP_MILLISECONDS = 2000;

/** Clock and outputs of a server. */
export interface ServerEnvironment {
  /** Default: the clocks of the system. */
  readonly clock?: Clock;
  /** Receives the log entries; default: none are logged. */
  readonly onLog?: (entry: LogEntry) => void;
  /** Receives a line for each read and write, with {@link ServerOptions.trace}. */
  readonly onTrace?: (line: string) => void;
}

/** A listening address. */
export interface ServerAddress {
  /** The IP address. */
  readonly host: string;
  /** The port; never 0. */
  readonly port: number;
  /** SHA-256 of the TLS certificate, in pairs of hexadecimal digits with colons; with TLS only. */
  readonly tlsFingerprint?: string;
  /** The address of the metrics, if they have a port of their own. */
  readonly metrics?: { readonly host: string; readonly port: number };
}

/**
 * A chat server on one port, without threads, signals and command line.
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
  /** The options, including defaults and {@link change | changes}. */
  readonly options: ServerOptions;
  readonly #registry = new ConnectionRegistry((milliseconds, run) =>
    this.#clock.after(milliseconds, run)
  );
  readonly #metrics = new Metrics();
  readonly #monitor: EventLoopMonitor;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #onTrace: (line: string) => void;
  readonly #trustedProxies: TrustedProxies;
  #chat: Chat | undefined;
  #hooksOut: OutgoingHooks | undefined;
  #listener: Listener | undefined;
  #metricsListener: MetricsListener | undefined;
  #tls: TlsGate | undefined;
  #hosts: AllowedHosts | undefined;
  readonly #heartbeat: Heartbeat;
  readonly #probes = new PeerProbes();
  readonly #refusals: RefusalLog;
  #admission: Admission | undefined;
  #maxClients: number;
  /** The address of this machine by which a client of another one has reached it last. */
  #reachedAt: string | undefined;
  #ticker: ReturnType<typeof setInterval> | undefined;
  /** Settles with the current start; it never rejects. */
  #starting: Promise<void> | undefined;
  #stopping: Promise<string | undefined> | undefined;

  /**
   * Prepares a server; {@link start} makes it listen.
   *
   * @param options without the defaults.
   * @throws {RangeError} if a trusted proxy is neither an address nor a CIDR range.
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
    this.#refusals = new RefusalLog(this.#metrics, this.#log);
  }

  /** Maximum number of members: that of the options, or less with a low limit of descriptors. */
  get maxClients(): number {
    return this.#maxClients;
  }

  /**
   * Starts to listen, after a {@link stop} in progress. It resolves also if {@link stop} is called
   * meanwhile: that waits for the start, and then stops the server.
   *
   * @throws {TlsError} if the certificate and its key cannot be used.
   * @throws the error of `listen`, with its `code`, if the address cannot be used.
   * @throws {StorageError} if the data cannot be read.
   * @throws {OperatorError} if one of {@link ServerOptions.operators} has no account.
   */
  start(): Promise<ServerAddress> {
    const started = this.#start(this.#stopping);
    this.#stopping = undefined;
    const starting = started.then(() => {}, () => {}).then(() => {
      if (this.#starting === starting) this.#starting = undefined;
    });
    this.#starting = starting;
    return started;
  }

  async #start(stopping: Promise<unknown> | undefined): Promise<ServerAddress> {
    await stopping;
    const cap = capClients(this.options, this.#log);
    this.#maxClients = cap.clients;
    const admission = this.#createAdmission(cap);
    this.#admission = admission;
    this.#tls = await createTlsGate(this.options, this.#clock, this.#log);
    const chat = createChat(this.options, this.#clock, this.#log, this.#metrics);
    this.#chat = chat;
    this.#hooksOut = this.#createHooksOut(chat);
    this.#listener = this.#createListener(cap.total, admission, this.#snifferContext(chat));
    const { metrics, ...address } = await this.#listen(this.#listener, chat);
    this.#ticker = setInterval(() => {
      chat.tick();
      this.#refusals.report();
    }, 1000);
    this.#heartbeat.start();
    this.#probes.start();
    this.#monitor.start();
    this.#log.info("listening", { host: address.address, port: address.port });
    return {
      host: address.address,
      port: address.port,
      ...(this.#tls === undefined ? undefined : { tlsFingerprint: this.#tls.fingerprint }),
      ...(metrics === undefined ? undefined : { metrics }),
    };
  }

  /**
   * Changes options of the running server. The limits of a connection (`rate`, `outbox`, `slowClients`
   * and the times) are those of its beginning; all others hold at once.
   *
   * @throws {OperatorError} if an operator has no account; then nothing has changed.
   */
  change(changes: Partial<LiveOptions>): void {
    const options = { ...this.options, ...changes };
    this.#chat?.change(options, changes.operators);
    // The parts have this object, and read their options there.
    Object.assign(this.options, changes);
    this.#log.setLevel(options.logLevel);
    if (changes.hooksOut !== undefined) this.#hooksOut?.replace(changes.hooksOut);
    this.#admission?.limitAddresses(options.maxPerAddress);
    this.#hosts?.replace(hostNamesOf(options, this.#log));
  }

  /**
   * Replaces the certificate for later TLS handshakes. An unusable one is logged, and the old one stays.
   *
   * @returns whether it was replaced; false also for a server without TLS.
   */
  reloadTls(credentials: TlsCredentials): boolean {
    return this.#tls?.reload(credentials) ?? false;
  }

  /**
   * Like {@link reloadTls}, with files.
   *
   * @param paths of the certificate and the key.
   */
  reloadTlsFiles(paths: TlsCredentials): boolean {
    try {
      return this.reloadTls(readCredentialFiles(paths));
    } catch (error) {
      this.#log.error("cannot use the new TLS certificate; the old one stays", {
        error: (error as Error).message,
      });
      return false;
    }
  }

  /**
   * Stops: accepts no connection, ends all sessions with a reason, writes queued output, and closes.
   * Takes at most {@link ServerOptions.stopMilliseconds}, a second for sockets that do not report their
   * close, two seconds for outgoing webhooks, and the rest of a {@link start} in progress.
   * Further calls wait for the first.
   *
   * @param reason for the clients: a final stop, or a restart.
   * @returns a sentence about data that could not be stored and is lost, if any.
   */
  stop(reason: StopReason = "shutdown"): Promise<string | undefined> {
    return this.#stopping ??= this.#stop(reason);
  }

  async #stop(reason: StopReason): Promise<string | undefined> {
    if (this.#starting !== undefined) await this.#starting;
    this.#listener?.close();
    this.#metricsListener?.close();
    clearInterval(this.#ticker);
    this.#heartbeat.stop();
    this.#probes.stop();
    this.#monitor.stop();
    this.#refusals.report();
    this.#log.info("stopping", { connections: this.#registry.size });
    await this.#registry.shutDown(reason, this.options.stopMilliseconds);
    await this.#chat?.storedFiles.idle();
    await this.#stopHooksOut();
    const lost = this.#chat?.close();
    this.#chat = undefined;
    if (lost !== undefined) this.#log.error(lost);
    this.#log.info("stopped");
    return lost;
  }

  #createHooksOut(chat: Chat): OutgoingHooks {
    const { options } = this;
    const hooks = new OutgoingHooks({
      options,
      clock: this.#clock,
      log: this.#log,
      metrics: this.#metrics,
      random: Math.random,
      server: randomBytes(8).toString("hex"),
    });
    hooks.replace(options.hooksOut);
    chat.hub.onMessage = (room, message) => hooks.send(room.key, message);
    return hooks;
  }

  async #stopHooksOut(): Promise<void> {
    const unsent = await this.#hooksOut?.stop(HOOK_STOP_MILLISECONDS);
    this.#hooksOut = undefined;
    if (unsent !== undefined && unsent > 0) {
      this.#log.warn("messages not sent to webhooks", { count: unsent });
    }
  }

  #createAdmission({ clients, pending, refused }: ConnectionCap): Admission {
    const { maxPerAddress } = this.options;
    return new Admission(
      { maxClients: clients, maxPending: pending, maxPerAddress, maxRefused: refused },
      this.#refusals,
      (address) => this.#trustedProxies.has(address),
    );
  }

  #createListener(
    maxConnections: number,
    admission: Admission,
    context: SnifferContext,
  ): Listener {
    const { host, port, backlog, watchMilliseconds } = this.options;
    const options = { host, port, backlog, maxConnections, watchMilliseconds };
    return new Listener(options, this.#log, (socket) => {
      this.#metrics.connections++;
      const local = plainAddress(socket.localAddress);
      if (!isLoopback(local)) this.#reachedAt = local;
      guardSocket(context, socket, () => {
        this.#trace(socket);
        sniffProtocol(socket, ticketOf(socket, admission), context);
      });
    });
  }

  async #listen(listener: Listener, chat: Chat) {
    try {
      const metrics = await this.#listenForMetrics();
      return { ...await listener.listen(), metrics };
    } catch (error) {
      this.#metricsListener?.close();
      chat.close();
      this.#chat = undefined;
      throw error;
    }
  }

  #snifferContext(chat: Chat): SnifferContext {
    const { options } = this;
    const sessions: SessionContext = {
      chat,
      options,
      registry: this.#registry,
      heartbeat: this.#heartbeat,
      probes: this.#probes,
    };
    const context: TransportContext = {
      registry: this.#registry,
      log: this.#log,
      metrics: this.#metrics,
    };
    const web = options.web ? this.#createWebServer(context, sessions) : undefined;
    return {
      ...context,
      tls: this.#tls,
      tlsOnly: options.tlsOnly,
      trustedProxies: this.#trustedProxies,
      proxyHeaderMilliseconds: options.proxyHeaderMilliseconds,
      monotonic: () => this.#clock.monotonic(),
      after: (milliseconds, run) => this.#clock.after(milliseconds, run),
      handlers: protocolHandlers(sessions, web, context),
    };
  }

  #createWebServer(context: TransportContext, sessions: SessionContext): WebServer {
    const { options } = this;
    return createChatWebServer({
      options,
      context,
      sessions,
      gate: new RequestGate(this.#allowedHosts(), this.#trustedProxies, options.tlsOnly),
      routes: chatRoutes(
        options.metricsListen === null ? this.#metricsRoute() : undefined,
        () => ({
          files: sessions.chat.storedFiles.maxBytes !== undefined,
          hooks: options.hooks.length > 0,
        }),
      ),
      hookServer: {
        log: this.#log,
        monotonic: () => this.#clock.monotonic(),
        isOwn: (id) => this.#hooksOut?.isOwn(id) === true,
      },
      reachedAt: () => this.#reachedAt,
    });
  }

  async #listenForMetrics(): Promise<{ host: string; port: number } | undefined> {
    const { metricsListen } = this.options;
    if (metricsListen === null) return undefined;
    this.#metricsListener = new MetricsListener(metricsListen, this.options, {
      log: this.#log,
      metrics: this.#metrics,
      registry: this.#registry,
      refusals: this.#refusals,
      trustedProxies: this.#trustedProxies,
      hosts: this.#allowedHosts(),
      route: this.#metricsRoute(),
    });
    return await this.#metricsListener.listen();
  }

  #metricsRoute(): Route {
    const expose = () => {
      const { hub, store, files, storedFiles, outboxBudget } = this.#chat!;
      const gauges = {
        connections: this.#registry.size,
        pending: this.#admission?.pending ?? 0,
        members: hub.members.size,
        rooms: hub.rooms,
        store,
        waitingBytes: outboxBudget.usedBytes,
        transfers: files.transfers.size,
        storedFiles: storedFiles.usage,
        hookWaiting: this.#hooksOut?.size ?? 0,
      };
      const { serverName: server, build } = this.options;
      return exposeMetrics(this.#metrics, gauges, { server, ...build });
    };
    return metricsRoute(expose, () => this.options.metricsToken);
  }

  /** Created once, and only for a server with HTTP: the runtime may not permit to read the host name. */
  #allowedHosts(): AllowedHosts {
    return this.#hosts ??= new AllowedHosts(hostNamesOf(this.options, this.#log));
  }

  /** Without tracing, sockets stay unchanged. */
  #trace(socket: Socket): void {
    const { trace } = this.options;
    if (trace === null) return;
    const peer = hostPort({
      host: plainAddress(socket.remoteAddress),
      port: socket.remotePort ?? 0,
    });
    const tracer = trace.lines
      ? new Trace(peer, () => this.#clock.now(), this.#onTrace)
      : undefined;
    traceSocket(socket, tracer, trace);
  }
}
