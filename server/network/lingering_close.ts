import type { Buffer } from "node:buffer";
import type { RefusalReason } from "../observability/metrics.ts";
import type { AdmissionTicket } from "./admission.ts";
import type { ByteString } from "../../protocol/mod.ts";
import { peerText } from "./peer.ts";
import type { SocketTransport, TransportContext, TransportListener } from "./transport.ts";

/** Input that is discarded while a client may take to close its side; with more, the connection is
 * reset: the client does not read, and its bytes would cost memory and time. */
export const MAX_DISCARDED_BYTES = 1024 * 1024;

/** How long a client may take to close its side. */
const LINGER_MILLISECONDS = 5000;

/**
 * A connection that gets its last bytes.
 *
 * Its input is read and dropped: closing with unread input would send RST, and the last bytes could be
 * lost on the way.
 */
export class LingeringClose implements TransportListener {
  readonly #timer: ReturnType<typeof setTimeout>;
  #discarded = 0;

  /** @param milliseconds until it is closed in any case. */
  constructor(
    private readonly transport: SocketTransport,
    lastBytes: Buffer,
    private readonly context: Pick<TransportContext, "registry">,
    milliseconds = LINGER_MILLISECONDS,
  ) {
    transport.setListener(this);
    transport.end(lastBytes);
    transport.resume();
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
    this.context.registry.delete(this);
  }

  shutDown(): void {
    this.transport.socket.destroySoon();
  }

  destroy(): void {
    this.transport.destroy();
  }
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
  new LingeringClose(transport, lastBytes, context);
}
