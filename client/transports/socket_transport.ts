import { setImmediate } from "node:timers";
import type { OpenTransport, Transport, TransportListener } from "../core/transport.ts";
import net from "node:net";

/** After this silence TCP asks whether the other side is still there. */
const KEEPALIVE_MILLISECONDS = 60_000;

/** Bytes that Deno reads from a socket at once. So many means that more is waiting. */
const FULL_CHUNK = 65_536;

/**
 * A port to connect to.
 *
 * @throws {RangeError} for 0, with the code of other invalid ports: the system would report a refused
 * connection.
 */
export function connectablePort(port: number): number {
  if (port !== 0) return port;
  throw Object.assign(new RangeError("port 0"), { code: "ERR_SOCKET_BAD_PORT" });
}

/**
 * A socket that connects, as a transport.
 *
 * After a full chunk the socket rests for a turn. Deno delivers up to 32 chunks in one go before any
 * promise gets its turn (measured in 2.9.6): two megabytes of events would pile up before whoever
 * reads them, or types, is heard.
 *
 * @param connect starts to connect. What it throws is told as any other failure.
 * @param readyEvent says that bytes may be sent.
 * @param check looks at the connection then; what it returns is why it is not to be used.
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
    // A port out of range is thrown at once, unlike everything else that can be wrong.
    queueMicrotask(() => listener.closed(error as Error));
    return { write() {}, pause() {}, resume() {}, end() {}, destroy() {} };
  }
  const rest = () => {
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
    if (bytes.length >= FULL_CHUNK) rest();
    // A string, since the socket has an encoding; node's types do not depend on that.
    listener.received(bytes as unknown as string);
  });
  socket.on("error", (error) => failure ??= error); // "close" follows
  socket.on("close", () => listener.closed(failure));
  return {
    write: (bytes) => void (socket.writable && socket.write(bytes, "latin1")),
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
