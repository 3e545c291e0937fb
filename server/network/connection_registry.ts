/** Why a server stops. */
export type StopReason = "shutdown" | "restart";

/** The owner of an accepted socket. */
export interface ConnectionHandler {
  /** Ends the connection in order: the server stops. */
  shutDown(reason: StopReason): void;
  /** Closes at once, without a message. */
  destroy(): void;
}

/** The owners of all sockets of a server: one per socket, from accept until its work is done. */
export class ConnectionRegistry {
  readonly #handlers = new Set<ConnectionHandler>();
  #onEmpty: () => void = () => {};

  /** Connections that are open, or whose input is still worked on. */
  get size(): number {
    return this.#handlers.size;
  }

  [Symbol.iterator](): Iterator<ConnectionHandler> {
    return this.#handlers.values();
  }

  /** A socket has a new owner. @param former absent for a socket that was just accepted. */
  replace(former: ConnectionHandler | undefined, next: ConnectionHandler): void {
    if (former !== undefined) this.#handlers.delete(former);
    this.#handlers.add(next);
  }

  /** A socket is closed, and its owner has no work left. */
  delete(handler: ConnectionHandler): void {
    this.#handlers.delete(handler);
    if (this.#handlers.size === 0) this.#onEmpty();
  }

  /**
   * Ends all connections, and resolves once none is left.
   *
   * @param milliseconds after which those that are left are closed at once.
   */
  async shutDown(reason: StopReason, milliseconds: number): Promise<void> {
    const empty = new Promise<void>((resolve) => this.#onEmpty = resolve);
    for (const handler of this.#handlers) handler.shutDown(reason);
    if (this.#handlers.size === 0) return;
    const timer = setTimeout(() => {
      for (const handler of this.#handlers) handler.destroy();
    }, milliseconds);
    await empty;
    clearTimeout(timer);
  }
}
