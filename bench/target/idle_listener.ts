/** A listener that does not accept until it is told to. */
export interface IdleListener {
  /** Where it listens. */
  readonly port: number;
  /** From now on it accepts all connections, and greets them. */
  accept(): void;
  /** Ends it. */
  close(): void;
}
