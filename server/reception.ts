import type { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { Connection, type ConnectionServer } from "./connection.ts";
import { DETECTION_MILLISECONDS, detectWireKind } from "./detection.ts";
import type { StopReason } from "./session.ts";
import { plainAddress, SocketWire } from "./wire.ts";

/** After this silence TCP asks whether the other side is still there. */
const KEEPALIVE_MILLISECONDS = 60_000;

/** Somebody who is connected, in whatever way. */
export interface Visitor {
  /** Tells that the server stops, and closes. */
  shutDown(reason: StopReason): void;
  /** Closes at once, without a word. */
  destroy(): void;
}

/** What the reception needs of the server. */
export interface ReceptionServer extends ConnectionServer {
  /** From now on somebody else stands for the socket; nobody, once it is closed. */
  replace(visitor: Visitor, by?: Visitor): void;
}

/**
 * Receives a socket and finds out by its first bytes who is to deal with it.
 */
export class Reception implements Visitor {
  readonly #timer: ReturnType<typeof setTimeout>;

  constructor(private readonly socket: Socket, private readonly server: ReceptionServer) {
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEPALIVE_MILLISECONDS);
    socket.on("error", () => {}); // "close" follows and does the rest
    socket.on("close", this.#onClose);
    socket.on("end", this.#onEnd);
    socket.once("data", this.#onData);
    this.#timer = setTimeout(() => this.#detected(), DETECTION_MILLISECONDS);
    server.log.debug("connected", {
      address: `${plainAddress(socket.remoteAddress)}:${socket.remotePort ?? 0}`,
    });
  }

  shutDown(): void {
    this.destroy();
  }

  destroy(): void {
    this.socket.destroy();
  }

  #onData = (chunk: Buffer): void => void this.#detected(chunk);

  #onEnd = (): void => this.#detected().ended();

  #onClose = (): void => {
    clearTimeout(this.#timer);
    this.server.replace(this);
  };

  /** The first bytes came, or none in time: from here on it is known who deals with the socket. */
  #detected(chunk?: Buffer): Connection {
    clearTimeout(this.#timer);
    this.socket.removeListener("data", this.#onData);
    this.socket.removeListener("end", this.#onEnd);
    this.socket.removeListener("close", this.#onClose);
    const connection = new Connection(
      new SocketWire(this.socket),
      detectWireKind(chunk?.[0]),
      this.server,
    );
    this.server.replace(this, connection);
    connection.start(chunk?.toString("latin1"));
    return connection;
  }
}
