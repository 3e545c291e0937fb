import {
  type AddressInfo,
  connect as netConnect,
  createServer,
  type Server,
  type ServerOpts,
  type Socket,
} from "node:net";
import { hostPort } from "../../protocol/mod.ts";
import type { Log, LogFields } from "../observability/log.ts";

export interface ListenerOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Connections that the kernel queues until they are accepted. */
  readonly backlog: number;
  /** Maximum number of open sockets; further ones are closed without a message. */
  readonly maxConnections: number;
  readonly watchMilliseconds: number;
}

/** Time limit for the accept of a connection of the watchdog. */
const PROBE_MILLISECONDS = 1000;

/** Maximum number of checks of the watchdog between two attempts to listen again. */
const MAX_CHECKS_BETWEEN_ATTEMPTS = 16;

type ProbeState = "accepted" | "not accepted" | "no descriptor" | "not permitted";

/** A connection of the watchdog to its own listener. */
interface Probe {
  /** Its local port, once it is connected. */
  readonly port: Promise<number | undefined>;
  accepted(): void;
}

/**
 * A listening socket with a watchdog.
 *
 * In Deno 2.9.6 an error of accept(), such as for a lack of descriptors, ends a `node:net` listener
 * silently: clients still connect, into the kernel's queue, and are never served. So a watchdog connects
 * to the listener if no client has for a while, and if that is not accepted, it listens again. Open
 * connections stay.
 *
 * After a failure, the next attempt to listen waits twice as long, and so on. Each fault is logged once,
 * until it is over.
 */
export class Listener {
  #server: Server | undefined;
  #port: number;
  #open = 0;
  #acceptedSinceWatch = false;
  #probe: Probe | undefined;
  /** The event of the current fault in the log. */
  #loggedFault: string | undefined;
  /** Whether it was logged that the listener cannot be watched. */
  #isBlindLogged = false;
  /** Number of failed attempts to listen again, and of checks to skip before the next one. */
  #failedAttempts = 0;
  #checksToSkip = 0;
  #watchdog: ReturnType<typeof setInterval> | undefined;
  #isClosed = false;

  /**
   * @param onConnection receives every accepted socket, and must attach an `error` listener at once.
   * @param create creates the server; default that of `node:net`.
   * @param connect connects to it; default that of `node:net`.
   */
  constructor(
    private readonly options: ListenerOptions,
    private readonly log: Log,
    private readonly onConnection: (socket: Socket) => void,
    private readonly create: (
      options: ServerOpts,
      onConnection: (socket: Socket) => void,
    ) => Server = createServer,
    private readonly connect: (address: { host: string; port: number }) => Socket = netConnect,
  ) {
    this.#port = options.port;
  }

  /**
   * Starts to listen, and the watchdog.
   *
   * @returns the address with the actual port.
   * @throws the error of `listen`: EADDRINUSE, EACCES, EADDRNOTAVAIL, EINVAL, ENOTFOUND.
   */
  async listen(): Promise<AddressInfo> {
    const address = await this.#listenOnce();
    this.#port = address.port;
    this.#watchdog = setInterval(() => void this.watch(), this.options.watchMilliseconds);
    return address;
  }

  /** Stops to listen. Open connections stay. */
  close(): void {
    this.#isClosed = true;
    clearInterval(this.#watchdog);
    this.#server?.close();
  }

  /** Checks whether the listener still accepts, and if not, listens again. */
  async watch(): Promise<void> {
    if (this.#acceptedSinceWatch) {
      this.#acceptedSinceWatch = false;
      return this.#accepts();
    }
    if (this.#probe !== undefined || this.#isClosed) return;
    if (this.#checksToSkip > 0) {
      this.#checksToSkip--;
      return;
    }
    const state = await this.#probeOnce();
    if (this.#isClosed) return;
    if (state === "accepted") return this.#accepts();
    if (state === "not permitted") return this.#logBlind();
    if (state === "no descriptor") {
      return this.#logOnce("warn", "no descriptors left; new clients wait until some leave");
    }
    if (this.#failedAttempts === 0) {
      this.#logOnce("warn", "the listener had stopped accepting; listening again");
    }
    this.#server?.close();
    try {
      await this.#listenOnce();
    } catch (error) {
      this.#checksToSkip = Math.min(2 ** this.#failedAttempts++, MAX_CHECKS_BETWEEN_ATTEMPTS);
      this.#logOnce("error", "cannot listen again; trying again later", { error: String(error) });
    }
  }

  /** Ends a fault: a client was accepted. */
  #accepts(): void {
    this.#failedAttempts = 0;
    if (this.#loggedFault === undefined) return;
    this.#loggedFault = undefined;
    this.log.info("accepting clients again");
  }

  /** Logs once that the listener cannot be watched. */
  #logBlind(): void {
    if (this.#isBlindLogged) return;
    this.#isBlindLogged = true;
    const address = hostPort({ host: probeHost(this.options.host), port: this.#port });
    this.log.warn("cannot watch the listener: this program may not connect to it", { address });
  }

  /** Logs a fault, unless it is the last logged one. */
  #logOnce(level: "warn" | "error", event: string, fields?: LogFields): void {
    if (this.#loggedFault === event) return;
    this.#loggedFault = event;
    this.log[level](event, fields);
  }

  #listenOnce(): Promise<AddressInfo> {
    const server = this.create({ allowHalfOpen: true }, this.#accept);
    server.maxConnections = this.options.maxConnections;
    this.#server = server;
    const { host, backlog } = this.options;
    return new Promise((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host, port: this.#port, backlog }, () => {
        server.removeListener("error", reject);
        server.on("error", (error) => {
          this.#logOnce("warn", "listener error", { error: String(error) });
        });
        resolve(server.address() as AddressInfo);
      });
    });
  }

  #accept = (socket: Socket): void => {
    const probe = this.#probe;
    if (probe === undefined) return this.#take(socket);
    // It may be the probe: wait for its port, which the kernel sets before accepting.
    socket.on("error", () => {});
    void probe.port.then((port) => {
      if (port !== socket.remotePort) return this.#take(socket);
      probe.accepted();
      socket.destroy();
    });
  };

  #take(socket: Socket): void {
    this.#acceptedSinceWatch = true;
    // A new listener does not count the connections of the one before.
    if (this.#open >= this.options.maxConnections) {
      socket.on("error", () => {});
      socket.destroy();
      return;
    }
    this.#open++;
    socket.once("close", () => this.#open--);
    this.onConnection(socket);
  }

  #probeOnce(): Promise<ProbeState> {
    return new Promise((resolve) => {
      const client = this.connect({ host: probeHost(this.options.host), port: this.#port });
      const done = (state: ProbeState) => {
        clearTimeout(timer);
        this.#probe = undefined;
        client.destroy();
        resolve(state);
      };
      const timer = setTimeout(() => done("not accepted"), PROBE_MILLISECONDS);
      const port = new Promise<number | undefined>((known) => {
        client.once("connect", () => known(client.localPort));
        client.once("close", () => known(undefined));
      });
      this.#probe = { port, accepted: () => done("accepted") };
      client.on("error", (error: NodeJS.ErrnoException) => {
        const { name, code = "" } = error;
        if (code === "EMFILE" || code === "ENFILE") done("no descriptor");
        else if (name === "NotCapable" || code === "EACCES" || code === "EPERM") {
          done("not permitted");
        } // Refused means that the listener is gone; anything else after the connect means that
        // the listener closed it, so it accepts.
        else done(code === "ECONNREFUSED" ? "not accepted" : "accepted");
      });
      // Closed because of too many connections: accepted all the same.
      client.once("end", () => done("accepted"));
    });
  }
}

/** The address under which a listener on all interfaces reaches itself. */
function probeHost(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  return host === "::" ? "::1" : host;
}
