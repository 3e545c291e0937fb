import type { Buffer } from "node:buffer";
import type { RefusalReason } from "../observability/metrics.ts";
import type { AdmissionTicket } from "./admission.ts";
import type { ByteString } from "../../protocol/mod.ts";
import { peerText } from "./peer.ts";
import type { ConnectionRegistry } from "./connection_registry.ts";
import type {
  SocketTransport,
  Transport,
  TransportContext,
  TransportListener,
} from "./transport.ts";

/** Maximum number of discarded bytes until the client closes its side. Past it the connection is reset:
 * the client does not read, and its input would cost memory and time. */
const MAX_DISCARDED_BYTES = 1024 * 1024;

/** Time limit for the client to close its side. */
const LINGER_MILLISECONDS = 5000;

export interface LingerOptions {
  /** Called when the connection is closed. */
  readonly onClosed?: () => void;
  /** Called when the server stops; by default the close continues. */
  readonly onShutDown?: () => void;
  /** Time limit until the connection is closed. */
  readonly milliseconds?: number;
}

/**
 * The owner of a connection that gets its last bytes.
 *
 * Input is read and discarded: a close with unread input would send RST, and the last bytes could be
 * lost.
 */
export class LingeringClose implements TransportListener {
  readonly #timer: ReturnType<typeof setTimeout>;
  #discarded = 0;

  constructor(
    private readonly transport: Transport,
    private readonly registry: ConnectionRegistry,
    private readonly options: LingerOptions = {},
  ) {
    transport.setListener(this);
    transport.resume();
    const { milliseconds = LINGER_MILLISECONDS } = options;
    this.#timer = setTimeout(() => this.destroy(), milliseconds);
  }

  received({ length }: ByteString): void {
    this.#discarded += length;
    if (this.#discarded > MAX_DISCARDED_BYTES) this.destroy();
  }

  alive(): void {}

  ended(): void {}

  closed(): void {
    clearTimeout(this.#timer);
    this.registry.delete(this);
    this.options.onClosed?.();
  }

  shutDown(): void {
    this.options.onShutDown?.();
  }

  destroy(): void {
    this.transport.destroy();
  }
}

/** Writes the last bytes to a connection, and closes it after them. */
export function endConnection(
  transport: SocketTransport,
  lastBytes: Buffer,
  { registry }: Pick<TransportContext, "registry">,
  milliseconds?: number,
): void {
  transport.end(lastBytes);
  new LingeringClose(transport, registry, {
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
