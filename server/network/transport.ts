import type { Socket } from "node:net";
import type { ByteString } from "../../protocol/mod.ts";
import type { Peer } from "./peer.ts";

/** What a transport tells its connection. */
export interface TransportListener {
  /** Bytes came in: part of a stream, or over WebSocket one whole message. */
  received(bytes: ByteString): void;
  /** The other side gave a sign of life that says nothing. */
  alive(): void;
  /** The other side will say nothing more. */
  ended(): void;
  /** The connection is gone. Comes exactly once, also after an error. */
  closed(): void;
}

/** A connection's bytes, whatever carries them. */
export interface Transport {
  /** IP address of the other side. */
  readonly address: string;
  /** Port of the other side. */
  readonly port: number;
  /** True where the client has asked for an introduction before its first byte. */
  readonly asksForIntroduction?: boolean;
  /** Starts to deliver. Called once. */
  listen(listener: TransportListener): void;
  /** Writes; calls `written` when the kernel has taken all of it. */
  write(bytes: Uint8Array, written: () => void): void;
  /** Asks for a sign of life, where the transport has a way of its own. */
  ping?(): void;
  /** Has the system ask the other side for a sign of life, and close the connection when none comes
   * for some time. */
  probe?(): void;
  /** Says that nothing more will come, behind what was written. */
  end(): void;
  /** Closes at once. */
  destroy(): void;
  pause(): void;
  resume(): void;
}

/** Milliseconds of silence after which the system asks for a sign of life. */
const PROBE_IDLE = 1000;

/** Counts what went over wires, in bytes of the chat. */
export interface Traffic {
  receivedBytes: number;
  sentBytes: number;
}

/** The transport of a plain or TLS socket. */
export class SocketTransport implements Transport {
  readonly address: string;
  readonly port: number;
  #isProbeOdd = false;

  constructor(
    private readonly socket: Socket,
    peer: Pick<Peer, "address" | "port">,
    private readonly traffic: Traffic,
  ) {
    this.address = peer.address;
    this.port = peer.port;
  }

  listen(listener: TransportListener): void {
    const { socket, traffic } = this;
    // The decoders work on byte strings, and this is the cheapest way to get them.
    socket.setEncoding("latin1");
    socket.on("data", (chunk: string) => {
      traffic.receivedBytes += chunk.length;
      listener.received(chunk);
    });
    socket.on("end", () => listener.ended());
    socket.on("close", () => listener.closed());
  }

  write(bytes: Uint8Array, written: () => void): void {
    this.traffic.sentBytes += bytes.length;
    this.socket.write(bytes, written);
  }

  probe(): void {
    // Only another time than the last one reaches the system.
    this.#isProbeOdd = !this.#isProbeOdd;
    this.socket.setKeepAlive(true, this.#isProbeOdd ? 2 * PROBE_IDLE : PROBE_IDLE);
  }

  end(): void {
    this.socket.end();
  }

  destroy(): void {
    this.socket.destroy();
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }
}
