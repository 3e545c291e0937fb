/** What the thread of a listener that accepts on demand gets at its start. */
export interface DemandStart {
  readonly host: string;
  readonly port: number;
  readonly backlog: number;
  /** See {@link demandOf}. */
  readonly memory: SharedArrayBuffer;
}

/** What that thread reports. */
export type DemandReport =
  | { readonly type: "listening"; readonly host: string; readonly port: number }
  | { readonly type: "failed"; readonly code: string | undefined; readonly message: string }
  | {
    readonly type: "client";
    /** Its file descriptor, which all threads share. */
    readonly descriptor: number;
    readonly remoteAddress: string | undefined;
    readonly remotePort: number | undefined;
  };

/** Bytes of the shared memory. */
export const DEMAND_BYTES = 8;

/** The number of clients that were asked for until now, and 1 once the listener is to be closed. */
export function demandOf(memory: SharedArrayBuffer): Int32Array {
  return new Int32Array(memory);
}

export const ASKED = 0;
export const CLOSED = 1;
