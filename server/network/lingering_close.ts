import type { Buffer } from "node:buffer";
import type { RefusalReason } from "../observability/metrics.ts";
import type { AdmissionTicket } from "./admission.ts";
import { peerText } from "./peer.ts";
import { type Clock, systemClock } from "../scheduling/clock.ts";
import type { ConnectionRegistry } from "./connection_registry.ts";
import {
  CONTROL_FRAME_BYTES,
  type SocketTransport,
  type Transport,
  type TransportContext,
  type TransportListener,
} from "./transport.ts";

/** Maximum number of discarded bytes until the client closes its side. Past it the connection is reset:
 * the client does not read, and its input would cost memory and time. */
export const MAX_DISCARDED_BYTES = 1024 * 1024;

/** Time limit for the client to close its side. */
const LINGER_MILLISECONDS = 5000;

/** The same when the server stops, once the system has all bytes: it sends the rest, unless the client sends
 * more. `nc` closes only with its input. */
const STOP_LINGER_MILLISECONDS = 500;

export interface LingerOptions {
  /** Called when the connection is closed. */
  readonly onClosed?: () => void;
  /** Called when the server stops; by default the client has half a second from its last byte on. */
  readonly onShutDown?: () => void;
  /** Default: that of the system. */
  readonly after?: Clock["after"];
  /** Time limit until the connection is closed. */
  readonly milliseconds?: number;
}

/**
 * Takes over a connection that gets its last bytes, until the client has closed its side.
 *
 * Input is read and discarded: a close with unread input would send RST, and the last bytes could be
 * lost.
 */
export function lingerUntilClosed(
  transport: Transport,
  registry: ConnectionRegistry,
  {
    onClosed,
    onShutDown,
    after = systemClock.after,
    milliseconds = LINGER_MILLISECONDS,
  }: LingerOptions = {},
): void {
  let discardedBytes = 0;
  let cancel = after(milliseconds, () => transport.destroy());
  const closeSoon = () => {
    cancel();
    cancel = after(STOP_LINGER_MILLISECONDS, () => transport.destroy());
  };
  const discard = (bytes: number) => {
    discardedBytes += bytes;
    if (discardedBytes > MAX_DISCARDED_BYTES) transport.destroy();
  };
  const owner: TransportListener = {
    received: ({ length }) => discard(length),
    controlFrame: () => discard(CONTROL_FRAME_BYTES),
    ended: () => {},
    closed: () => {
      cancel();
      registry.delete(owner);
      onClosed?.();
    },
    shutDown: onShutDown ?? (() => transport.onWritten?.(closeSoon)),
    destroy: () => transport.destroy(),
  };
  transport.setListener(owner);
  transport.resume();
}

/** Writes the last bytes to a connection, and closes it after them. */
export function endConnection(
  transport: SocketTransport,
  lastBytes: Buffer,
  { registry }: Pick<TransportContext, "registry">,
  milliseconds?: number,
): void {
  transport.end(lastBytes);
  lingerUntilClosed(transport, registry, {
    onShutDown: () => transport.socket.destroySoon(),
    ...(milliseconds === undefined ? undefined : { milliseconds }),
  });
}

/** The reason of a refusal, and the last bytes for the client. */
export interface Refusal {
  readonly reason: RefusalReason;
  /** For the log. */
  readonly why: string;
  readonly lastBytes: Buffer;
}

/** Counts and logs a refusal, and closes the connection after its last bytes. */
export function refuseConnection(
  transport: SocketTransport,
  ticket: AdmissionTicket,
  { reason, why, lastBytes }: Refusal,
  context: TransportContext,
): void {
  ticket.refuse(reason);
  context.log.debug("refused", { address: peerText(transport.peer), reason: why });
  endConnection(transport, lastBytes, context);
}
