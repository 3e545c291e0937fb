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

/** Input that is discarded while a client may take to close its side; with more, the connection is
 * reset: the client does not read, and its bytes would cost memory and time. */
const MAX_DISCARDED_BYTES = 1024 * 1024;

/** How long a client may take to close its side. */
const LINGER_MILLISECONDS = 5000;

/** How a lingering close is ended, besides by the client. */
export interface LingerOptions {
  /** Called when the connection is closed. */
  readonly onClosed?: () => void;
  /** Called when the server stops; by default the close lingers on. */
  readonly onShutDown?: () => void;
  /** Milliseconds until the connection is closed in any case. */
  readonly milliseconds?: number;
}

/**
 * The owner of a connection that gets its last bytes.
 *
 * Input is read and dropped: closing with unread input would send RST, and the last bytes could be lost
 * on the way.
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

/** Writes the last bytes to a connection, and closes it behind them. */
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

/** Why a connection is refused, and what it gets. */
export interface Refusal {
  readonly reason: RefusalReason;
  /** For the log. */
  readonly why: string;
  readonly lastBytes: Buffer;
}

/** Counts and logs a refusal, and closes the connection behind its last bytes. */
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
