import { setImmediate } from "node:timers";
import type { OpenTransport, Transport, TransportListener } from "../core/transport.ts";
import net from "node:net";

/** The transport of a connection that was not attempted. */
export const NO_TRANSPORT: Transport = {
  write() {},
  pause() {},
  resume() {},
  end() {},
  destroy() {},
};

/** Silence after which TCP sends keepalive probes. */
const KEEPALIVE_MILLISECONDS = 60_000;

/** Bytes that Deno reads from a socket at once: a chunk of this size means that more is waiting. */
const FULL_CHUNK = 65_536;

/**
 * Checks a port to connect to.
 *
 * @throws {RangeError} for 0, with the code of other invalid ports: the system would report a refused
 * connection.
 */
export function connectablePort(port: number): number {
  if (port !== 0) return port;
  throw Object.assign(new RangeError("port 0"), { code: "ERR_SOCKET_BAD_PORT" });
}

/**
 * A transport of a socket that connects.
 *
 * After a full chunk the socket is paused until the next turn of the event loop. Deno delivers up to
 * 32 chunks before any promise continues (measured in 2.9.6): 2 MB of events would delay their reader
 * and the keyboard.
 *
 * @param connect starts to connect. Its exceptions are reported like any other failure.
 * @param readyEvent emitted when bytes may be sent.
 * @param check called then; it returns the reason why the connection must not be used, if any.
 */
export function socketTransport<Socket extends net.Socket>(
  connect: () => Socket,
  readyEvent: "connect" | "secureConnect",
  listener: TransportListener,
  check: (socket: Socket) => Error | undefined = () => undefined,
): Transport {
  let failure: Error | undefined;
  let isPaused = false;
  let socket: Socket;
  try {
    socket = connect();
  } catch (error) {
    // Unlike other failures, an invalid port throws at once.
    queueMicrotask(() => listener.closed(error as Error));
    return NO_TRANSPORT;
  }
  const yieldTurn = () => {
    socket.pause();
    setImmediate(() => void (isPaused || socket.resume()));
  };
  socket.setEncoding("latin1");
  socket.setNoDelay(true);
  socket.setKeepAlive(true, KEEPALIVE_MILLISECONDS);
  socket.on(readyEvent, () => {
    failure = check(socket);
    if (failure === undefined) listener.opened();
    else socket.destroy();
  });
  socket.on("data", (bytes) => {
    if (bytes.length >= FULL_CHUNK) yieldTurn();
    // A string, since the socket has an encoding; node's types do not depend on that.
    listener.received(bytes as unknown as string);
  });
  socket.on("drain", () => listener.drained?.());
  socket.on("error", (error) => failure ??= error); // "close" follows
  socket.on("close", () => listener.closed(failure));
  return {
    write: (bytes) => !socket.writable || socket.write(bytes, "latin1"),
    pause: () => {
      isPaused = true;
      socket.pause();
    },
    resume: () => {
      isPaused = false;
      socket.resume();
    },
    end: () => void socket.end(),
    destroy: () => void socket.destroy(),
  };
}

/** Connects by TCP. */
export const openTcp: OpenTransport = ({ host, port }, listener): Transport =>
  socketTransport(() => net.connect({ host, port: connectablePort(port) }), "connect", listener);
