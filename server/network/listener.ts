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

/** Where and how to listen. */
export interface ListenerOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Connections that the kernel holds while they wait to be accepted. */
  readonly backlog: number;
  /** Sockets open at once; one more is closed without a word. */
  readonly maxConnections: number;
  /** Milliseconds between two looks of the watchdog. */
  readonly watchMilliseconds: number;
}

/** Milliseconds after which a connection of the watchdog's own should have been accepted. */
const PROBE_MILLISECONDS = 1000;

/** Most looks of the watchdog between two attempts to listen again. */
const MAX_LOOKS_BETWEEN_ATTEMPTS = 16;

/** Result of a probe of the watchdog. */
type ProbeState = "accepted" | "not accepted" | "no descriptor" | "not permitted";

/** A connection that the watchdog made to its own listener. */
interface Probe {
  /** Its local port, once it is connected. */
  readonly port: Promise<number | undefined>;
  accepted(): void;
}

/**
 * A listening socket that heals.
 *
 * In Deno 2.9.6 an error of accept(), such as having no descriptor left, kills a `node:net` listener
 * without a word: clients still connect, into the kernel's queue, and are never served. So a watchdog
 * connects to the listener whenever no client has for a while, and where that is not accepted, it
 * listens again. Open connections are not touched by that.
 *
 * Where listening again fails too, the next attempt waits twice as long, and so on. Whatever goes
 * wrong is logged once, until it goes right again.
 */
export class Listener {
  #server: Server | undefined;
  #port: number;
  #open = 0;
  #acceptedSinceWatch = false;
  #probe: Probe | undefined;
  /** The last fault in the log, while it lasts. */
  #trouble: string | undefined;
  /** Whether it was logged that the listener cannot be watched. */
  #isBlindLogged = false;
  /** Attempts to listen again that failed, and looks to let pass before the next. */
  #failedAttempts = 0;
  #looksToWait = 0;
  #watchdog: ReturnType<typeof setInterval> | undefined;
  #isClosed = false;

  /**
   * @param onConnection gets every accepted socket; attach an `error` listener at once.
   * @param create makes the server that listens; that of `node:net` by default.
   * @param connect connects to it; that of `node:net` by default.
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
   * Starts to listen, and to watch.
   *
   * @returns the address with the real port.
   * @throws what `listen` answers: EADDRINUSE, EACCES, EADDRNOTAVAIL, EINVAL, ENOTFOUND.
   */
  async listen(): Promise<AddressInfo> {
    const address = await this.#listenOnce();
    this.#port = address.port;
    this.#watchdog = setInterval(() => void this.watch(), this.options.watchMilliseconds);
    return address;
  }

  /** Stops listening. Open connections stay. */
  close(): void {
    this.#isClosed = true;
    clearInterval(this.#watchdog);
    this.#server?.close();
  }

  /** One look of the watchdog: is the listener still accepting? If not, it listens again. */
  async watch(): Promise<void> {
    if (this.#acceptedSinceWatch) {
      this.#acceptedSinceWatch = false;
      return this.#accepts();
    }
    if (this.#probe !== undefined || this.#isClosed) return;
    if (this.#looksToWait > 0) {
      this.#looksToWait--;
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
      this.#looksToWait = Math.min(2 ** this.#failedAttempts++, MAX_LOOKS_BETWEEN_ATTEMPTS);
      this.#logOnce("error", "cannot listen again; trying again later", { error: String(error) });
    }
  }

  /** A client was accepted: any fault is over. */
  #accepts(): void {
    this.#failedAttempts = 0;
    if (this.#trouble === undefined) return;
    this.#trouble = undefined;
    this.log.info("accepting clients again");
  }

  /** Logs once that the listener cannot be watched. */
  #logBlind(): void {
    if (this.#isBlindLogged) return;
    this.#isBlindLogged = true;
    const address = hostPort({ host: probeHost(this.options.host), port: this.#port });
    this.log.warn("cannot watch the listener: this program may not connect to it", { address });
  }

  /** Logs what is wrong, unless that was the last that was said. */
  #logOnce(level: "warn" | "error", event: string, fields?: LogFields): void {
    if (this.#trouble === event) return;
    this.#trouble = event;
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
    // It may be the probe: wait until its port is known, which the kernel knew before accepting.
    socket.on("error", () => {});
    void probe.port.then((port) => {
      if (port !== socket.remotePort) return this.#take(socket);
      probe.accepted();
      socket.destroy();
    });
  };

  #take(socket: Socket): void {
    this.#acceptedSinceWatch = true;
    // A listener that was replaced does not know of the connections of the one before.
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
      // Closed for being one too many: accepted all the same.
      client.once("end", () => done("accepted"));
    });
  }
}

/** The address under which a listener on all interfaces reaches itself. */
function probeHost(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  return host === "::" ? "::1" : host;
}
