import { type Clock, systemClock } from "../scheduling/clock.ts";

/** Why a server stops. */
export type StopReason = "shutdown" | "restart";

/** The owner of an accepted socket. */
export interface ConnectionHandler {
  /**
   * Ends the connection in order when the server stops.
   *
   * @param milliseconds until it is closed at once.
   */
  shutDown(reason: StopReason, milliseconds: number): void;
  /** Closes at once, without a message. */
  destroy(): void;
}

/** Time for the `close` of the sockets that were closed at once, in milliseconds. */
const CLOSE_MILLISECONDS = 1000;

/** The owners of all sockets of a server: one per socket, from accept to the end of its work. */
export class ConnectionRegistry {
  readonly #handlers = new Set<ConnectionHandler>();
  #onEmpty: () => void = () => {};

  /** @param after calls back after a number of milliseconds; default: that of the system. */
  constructor(private readonly after: Clock["after"] = systemClock.after) {}

  /** Number of connections that are open or have remaining input. */
  get size(): number {
    return this.#handlers.size;
  }

  [Symbol.iterator](): Iterator<ConnectionHandler> {
    return this.#handlers.values();
  }

  /** Changes the owner of a socket. @param former absent for a socket that was just accepted. */
  replace(former: ConnectionHandler | undefined, next: ConnectionHandler): void {
    if (former !== undefined) this.#handlers.delete(former);
    this.#handlers.add(next);
  }

  /** Removes the owner of a closed socket, once it has no work left. */
  delete(handler: ConnectionHandler): void {
    this.#handlers.delete(handler);
    if (this.#handlers.size === 0) this.#onEmpty();
  }

  /**
   * Ends all connections. A socket that never reports its close does not delay it for ever.
   *
   * @param milliseconds until the remaining ones are closed at once.
   */
  async shutDown(reason: StopReason, milliseconds: number): Promise<void> {
    const empty = new Promise<void>((resolve) => this.#onEmpty = resolve);
    for (const handler of this.#handlers) handler.shutDown(reason, milliseconds);
    if (this.#handlers.size === 0) return;
    let cancel = this.after(milliseconds, () => {
      cancel = this.after(CLOSE_MILLISECONDS, this.#onEmpty);
      for (const handler of this.#handlers) handler.destroy();
    });
    await empty;
    cancel();
  }
}
