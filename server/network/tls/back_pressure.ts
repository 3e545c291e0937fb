import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";

/** The part of a socket's handle that starts and stops reading. */
interface ReadingHandle {
  readStart(): number;
  readStop(): number;
}

/**
 * Makes a paused TLS socket stop reading from its connection.
 *
 * In Deno 2.9.6 it continues to read and stores the bytes outside of the stream's buffer: 900 MB in
 * 2 s were measured. No public call stops that, not even a pause of the connection's own socket; the
 * handle of that socket does.
 *
 * @param secured the TLS socket.
 * @param socket the connection below it.
 */
export function stopReadingWhenPaused(secured: TLSSocket, socket: Socket): void {
  const inside = handleOf(secured);
  const outside = handleOf(socket);
  if (inside === undefined || outside === undefined) return;
  const start = inside.readStart.bind(inside);
  const stop = inside.readStop.bind(inside);
  inside.readStart = () => {
    const result = start();
    outside.readStart();
    return result;
  };
  inside.readStop = () => {
    outside.readStop();
    return stop();
  };
}

function handleOf(socket: Socket): ReadingHandle | undefined {
  const { _handle: handle } = socket as Socket & { _handle?: Partial<ReadingHandle> | null };
  return typeof handle?.readStart === "function" && typeof handle.readStop === "function"
    ? handle as ReadingHandle
    : undefined;
}
