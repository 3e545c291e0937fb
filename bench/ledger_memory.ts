/** What the threads of a run know together of its senders. It can be posted to them. */
export interface LedgerMemory {
  /** By sender: how many messages it has sent. Only its own thread changes that. */
  readonly sent: Float64Array;
  /** By sender: 1 once its connection broke. */
  readonly gone: Uint8Array;
  /** By sender: how far any thread's receivers have come, as far as the threads have told. */
  readonly farthest: Float64Array;
}

/** Makes what the threads of a run know together of its senders. */
export function ledgerMemory(senders: number): LedgerMemory {
  return {
    sent: new Float64Array(new SharedArrayBuffer(senders * 8)),
    gone: new Uint8Array(new SharedArrayBuffer(senders)),
    farthest: new Float64Array(new SharedArrayBuffer(senders * 8)),
  };
}
